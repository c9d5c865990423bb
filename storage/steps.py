"""The steps of a case: state, trail, questions and messages in one transaction, whoever takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CaseFile, Step
from domain.catalog import PROCESSES
from domain.decision import Channel, Principal
from domain.fact import Reading
from domain.force import MovedByForce, Severity
from domain.option import Proposal
from domain.ports import NotInSystem
from domain.process import Process, State, Successor
from domain.readiness.following import itself
from domain.roles import Role
from domain.words import in_words
from storage.calendars import calendar_for
from storage.case_files import case_file
from storage.cases import open_case, start_next
from storage.facts import fact, keep_fact, tell_of_news
from storage.moves import tell_of_move
from storage.outbox import MessageKind, post
from storage.policies import NoPolicy
from storage.questions import ask, close_questions, keep_questions, pass_over
from storage.tables.cases import CaseRow, ProposalRow
from storage.telling import wake_under, watch
from storage.trail import LOCKSTEP, append, is_written


def refuse_earlier_runs(case: CaseRow, forced: int) -> None:
    """Nothing, if a run that began after *case* was moved *forced* times is its present one. Raises MovedByForce."""
    if forced != case.forced:
        raise MovedByForce(f"{case.id} was moved by force; what ran before is over.")


@dataclass(frozen=True)
class Taken:
    """Who has a case take a step, and what the trail calls that."""

    action: str
    by: Principal = LOCKSTEP
    channel: Channel = Channel.TIMER
    role: Role | None = None
    severity: Severity | None = None


BY_ITSELF = Taken("entered")


def reaches_others(process: Process, to: str) -> bool:
    """Whether a case that comes into the state *to* may change facts or other cases by that, wherever it comes from."""
    state = process.state(to)
    binds = {before.binds for before in process.states if to in before.next}
    return state.final or state.tells is not None or state.opens is not None or binds - {state.binds} != set()


async def take_step(
    session: AsyncSession,
    case: CaseRow,
    step: Step,
    state: State,
    taken: Taken = BY_ITSELF,
) -> None:
    """Put *case*, whose row the caller has locked, into *state*."""
    before = PROCESSES[case.process].state(case.state)
    if step.keeps:
        await keep_questions(session, case, step)
    elif before.questions is not None or state.questions is None:
        await close_questions(session, case, step.at)
    case.state, case.since, case.version = state.name, step.at, step.sequence
    case.assessment, case.because = step.assessment, step.because
    case.seen = max(case.seen, step.seen)
    case.owner = str(state.owner)
    case.hinted = False  # whatever was told before is in what this returns; a hint may have come too early
    if step.assessment and before != state and not case.request.get("already_made"):
        await _refresh(session, case)
    of_choice = {} if step.chosen is None else await _choose(session, case, step.chosen)
    await session.flush()
    file = await case_file(session, case, step.at)
    calendar = await calendar_for(session, case.site, state.owner)
    case.due_at = None if state.within is None else calendar.after(step.at, state.within)
    if state.final:
        case.closed_at = step.at
    await append(
        session, case, at=step.at, action=taken.action, by=taken.by, channel=taken.channel, role=taken.role,
        from_state=before.name, to_state=state.name, reason=step.because, once=f"{case.id}/{step.sequence}",
        details={
            "assessment": case.assessment,
            "evidence": {e.check: [e.verdict, e.digest] for e in file.evidence},
            "chosen": step.chosen,
            "policy": case.policy,
            **of_choice,
            **({} if taken.severity is None else {"severity": taken.severity}),
        },
    )  # fmt: skip
    # Before what is asked: who is asked about the case need not be told besides where it is.
    if before != state:
        await tell_of_move(session, case, step.at, decided=step.chosen is not None)
    if state.questions is not None:
        await ask(session, case, file, step, among_kept=before.questions is None)
    elif "automatic" in of_choice:
        await pass_over(session, case, file, step)
    await watch(session, case, () if state.watches is None else state.watches(file))
    await _have_followed(session, case, step, file, before, state)
    await session.flush()


async def _choose(session: AsyncSession, case: CaseRow, chosen: str) -> dict[str, Any]:
    """Make *chosen* the option of the case; for the trail, which of all shown it was, and whether policy took it."""
    row = await session.get(ProposalRow, (case.id, case.assessment))
    assert row is not None
    proposal = Proposal.model_validate(row.body)
    case.chosen = proposal.option(chosen).model_dump(mode="json")
    rank = [ruled.option.name for ruled in proposal.options].index(chosen) + 1
    return {"rank": rank, **({"automatic": True} if proposal.automatic == chosen else {})}


async def _have_followed(
    session: AsyncSession, case: CaseRow, step: Step, file: CaseFile, before: State, state: State
) -> None:
    """Whoever has to hear of the step is told, and what it sets going begins."""
    if state.binds != before.binds:
        await _tell_who_takes_of_it(session, case, step.at)
    post(session, MessageKind.EVENT, case, at=step.at, body=event_of(case, before.name))
    for told in () if state.tells is None else state.tells(file):
        # In the step's own version, so that whoever takes it again says nothing new.
        reading = Reading(fact=told, source=LOCKSTEP.id, version=f"{case.id}/{step.sequence}", as_of=step.at)
        await keep_fact(session, reading, by=case.id)
    if state.opens is not None:
        await _set_going(session, case, state.opens(file), step.at)
    if state.final:
        await start_next(session, case, step.at)


async def _tell_who_takes_of_it(session: AsyncSession, case: CaseRow, at: datetime) -> None:
    """Whoever takes of what *case* is about looks again: it is becoming something else, or has become it."""
    try:
        about = await fact(session, PROCESSES[case.process].about, case.site, case.subject)
    except NotInSystem:
        return
    tell_of_news(session, about.fact)
    why = f"{case.id} is {in_words(case.state)}: {case.subject}."
    await wake_under(session, itself(about.fact), why, Channel.TIMER, at, by=case.id)


async def _set_going(session: AsyncSession, case: CaseRow, successors: Sequence[Successor], at: datetime) -> None:
    """Open the cases that follow from *case*; what became of each is a line on its trail."""
    for successor in successors:
        if successor.process not in PROCESSES:
            continue
        process = PROCESSES[successor.process]
        asked = process.request.model_validate(successor.request)
        once = f"{case.id}/{successor.once or case.version}/{process.name}/{asked.subject_key}"
        if await is_written(session, once):
            continue
        try:
            opened = await open_case(session, process, case.site, asked, LOCKSTEP, Channel.TIMER, at, caused_by=case.id)
            became = f"{opened.result} {opened.case_id}"
        except (NotInSystem, NoPolicy) as why:
            became = f"{process.title} for {asked.subject_key} could not be opened: {why}"
        await append(
            session, case, at=at, action="set_going", reason=became,
            details={"process": process.name, "subject": asked.subject_key}, once=once,
        )  # fmt: skip


async def _refresh(session: AsyncSession, case: CaseRow) -> None:
    """A new assessment starts from what the subject is now, not from what it was when the case opened."""
    process = PROCESSES[case.process]
    if case.state == "assessing":
        try:
            case.before = (await fact(session, process.about, case.site, case.subject)).model_dump(mode="json")
        except NotInSystem:
            return  # gone since; the checks will say so


def event_of(case: CaseRow, before: str) -> dict[str, Any]:
    """What receivers outside are told of *case*, which was in the state *before*."""
    return {
        "happened": case.state,
        "case_id": case.id,
        "process": case.process,
        "site": case.site,
        "subject": case.subject,
        "state": case.state,
        "state_before": before,
        "version": case.version,
        "owner": case.owner,
        "due_at": None if case.due_at is None else case.due_at.isoformat(),
        "because": case.because,
        "chosen": None if case.chosen is None else case.chosen["name"],
    }
