"""The record of a case, as its own workflow writes it. Every write may come twice and counts once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CaseFile, Command, CommandKind, Entered, EscalationStep, LookCall, News, Step
from domain.catalog import PROCESSES, process_of
from domain.effect import Effect, EffectState, KeptEffect
from domain.evidence import Evidence, digest
from domain.notice import Occasion
from domain.option import Proposal
from domain.ports import NotInSystem
from domain.process import State
from domain.question import Rung, RungKind
from domain.signalled import SignalledAnswer
from domain.signature import Signatures
from storage.alone import alone
from storage.case_files import case_file
from storage.cases import locked
from storage.claims import note_lapse
from storage.database import Database
from storage.decisions import decide_by_silence
from storage.lapsing import chosen_in_vain
from storage.news import command, news
from storage.outbox import MessageKind, post, post_notice
from storage.questions import is_reached, open_rungs, open_to, opened_by, still_asked, turn_of
from storage.requests import RequestKey
from storage.signals import decide_by_signal
from storage.steps import event_of, reaches_others, refuse_earlier_runs, take_step
from storage.tables.cases import CaseRow, CommandRow, EffectRow, EvidenceRow, ProposalRow, TrailRow
from storage.tables.questions import QuestionRow
from storage.trail import CLOCK, append

REACHED = {RungKind.REMIND: "reminded", RungKind.ESCALATE: "escalated", RungKind.SILENCE: "silent"}
"""What the trail says of a rung."""


class CaseRecord:
    """Satisfies the port ``CaseFiles`` on our own database."""

    def __init__(
        self, database: Database, *, signatures: Signatures | None = None, unsigned_signals_count: bool = False
    ) -> None:
        self._database = database
        self._signatures = signatures
        self._unsigned_signals_count = unsigned_signals_count

    async def load(self, case_id: str) -> CaseFile:
        """Everything known of the case. Raises NotInSystem."""
        async with self._database.reading() as session:
            case = await session.get(CaseRow, case_id)
            if case is None:
                raise NotInSystem(f"There is no case {case_id}.")
            return await case_file(session, case)

    async def written_since(self, process: str, site: str, subject: str, since: datetime) -> int:
        """How many decisions about the subject were written into other systems since then."""
        query = (
            select(func.count())
            .select_from(TrailRow)
            .join(CaseRow, col(CaseRow.id) == col(TrailRow.case_id))
            .where(CaseRow.process == process, CaseRow.site == site, CaseRow.subject == subject)
            .where(TrailRow.to_state == "propagating", col(TrailRow.at) >= since)
        )
        async with self._database.reading() as session:
            return (await session.exec(query)).one()

    async def keep_evidence(self, case_id: str, assessment: int, *evidence: Evidence) -> None:
        """Keep *evidence*; a check that answers again replaces what it said."""
        async with self._database.transaction() as session:
            for found in evidence:
                await session.merge(_evidence_row(case_id, assessment, found))

    async def carried_over(self, case_id: str, check: str, inputs: str, at: datetime) -> Evidence | None:
        """Evidence of the superseded case for the same inputs that is still good at *at*."""
        async with self._database.reading() as session:
            case = await session.get(CaseRow, case_id)
            if case is None or case.supersedes is None:
                return None
            query = (
                select(EvidenceRow)
                .where(EvidenceRow.case_id == case.supersedes, EvidenceRow.check == check)
                .order_by(col(EvidenceRow.assessment).desc())
            )
            row = (await session.exec(query)).first()
            if row is None:
                return None
            evidence = Evidence.model_validate(row.body)
            return evidence if evidence.inputs == inputs and evidence.valid_until > at else None

    async def keep_proposal(self, case_id: str, assessment: int, proposal: Proposal) -> None:
        """Keep the options and rulings of this assessment."""
        async with self._database.transaction() as session:
            body = proposal.model_dump(mode="json")
            await session.merge(ProposalRow(case_id=case_id, assessment=assessment, body=body))

    async def proposal_of(self, case_id: str, assessment: int) -> Proposal | None:
        """What this assessment came to; nothing as long as it has not."""
        async with self._database.reading() as session:
            row = await session.get(ProposalRow, (case_id, assessment))
        return None if row is None else Proposal.model_validate(row.body)

    async def enter(self, step: Step) -> Entered:
        """Move the case: state, trail, questions and messages in one transaction. Raises MovedByForce."""
        async with self._database.transaction() as session:
            if reaches_others(process_of(step.case_id), step.state):
                await alone(session)
            case = await locked(session, step.case_id)
            refuse_earlier_runs(case, step.forced)
            process = PROCESSES[case.process]
            if case.version >= step.sequence:
                return await opened_by(session, case, step.sequence)
            state = process.move(case.state, step.state)
            if (told := await _interruption(session, case, state)) is not None:
                return Entered(interrupted_by=told)
            await take_step(session, case, step, state)
            return await opened_by(session, case, step.sequence)

    async def climb(self, case_id: str, at: datetime) -> datetime | None:
        """When to chase next, after every reminder and escalation that is due at *at* has been made."""
        async with self._database.reading() as session:
            rungs = open_rungs(await still_asked(session, case_id))
        for question_id, rung in rungs:
            if rung.at <= at:
                await self.escalate(EscalationStep(case_id=case_id, question_id=question_id, rung=rung, at=at))
        return min((rung.at for _, rung in rungs if rung.at > at), default=None)

    async def escalate(self, step: EscalationStep) -> None:
        """Record a rung of a question's ladder that was reached, and open the question to who it names."""
        async with self._database.transaction() as session:
            if step.rung.kind is RungKind.SILENCE:
                await alone(session)  # a forced move that nobody confirmed is put back
            case = await locked(session, step.case_id)
            question = await session.get(QuestionRow, step.question_id)
            if question is None or not is_reached(question, step.rung.percent, step.at):
                return
            question.escalation = step.rung.percent
            rung = step.rung
            for role in rung.brings_in:
                await open_to(session, question, role)
            session.add(question)
            await note_lapse(session, case, question, step.at)
            await append(
                session, case, at=step.at, action=REACHED[rung.kind],
                by=CLOCK, role=rung.role, reason=f"{rung.percent} percent of the time for the answer has passed.",
                details=_reached(question, rung), once=_once(question, rung),
            )  # fmt: skip
            body = {
                **event_of(case, case.state),
                "question": question.id,
                "rung": rung.kind,
                "percent": rung.percent,
                "red": rung.red,
            }
            post(
                session,
                MessageKind.EVENT,
                case,
                at=step.at,
                body={**body, "happened": f"question_{rung.kind}"},
            )
            if rung.kind is not RungKind.SILENCE:  # which settles the question, and that is told
                occasion = Occasion.OVERDUE if rung.percent >= 100 else Occasion.REMINDED
                post_notice(session, case, occasion, question.id, at=step.at)
            if rung.kind is RungKind.SILENCE:
                await decide_by_silence(session, case, question, step.at)

    async def look(self, call: LookCall) -> News:
        """What people and systems have told the case since it last moved."""
        return await news(self._database, call)

    async def answer_by_signal(
        self, case_id: str, answer: SignalledAnswer, at: datetime, signal: str | None = None
    ) -> str:
        """What became of an answer that came as a signal; either way it is on the trail, once for each *signal*."""
        key = None if signal is None else RequestKey("engine", signal, digest(answer))
        return await decide_by_signal(
            self._database, case_id, answer, at, key,
            signatures=self._signatures, unsigned_counts=self._unsigned_signals_count,
        )  # fmt: skip

    async def plan_effect(self, case_id: str, key: str, effect: Effect, forced: int = 0) -> KeptEffect:
        """The effect as kept under *key*, planned now if it was not. Raises MovedByForce."""
        async with self._database.transaction() as session:
            case = await locked(session, case_id)
            refuse_earlier_runs(case, forced)
            row = await session.get(EffectRow, key)
            if row is None:
                body = effect.model_dump(mode="json")
                row = EffectRow(key=key, case_id=case_id, body=body, state=EffectState.PLANNED, at=case.since)
            row.forced = forced
            session.add(row)
            return _kept(row, effect)

    async def choice_lapses(self, case_id: str, differs: tuple[str, ...], at: datetime) -> None:
        """Have the answers by which the chosen option was taken count no more, if anybody was asked."""
        async with self._database.transaction() as session:
            case = await locked(session, case_id)
            await chosen_in_vain(session, case, await case_file(session, case, at), differs)

    async def effects_of(self, case_id: str) -> tuple[KeptEffect, ...]:
        """Every effect of the case, in the order they were planned."""
        async with self._database.reading() as session:
            query = select(EffectRow).where(EffectRow.case_id == case_id).order_by(col(EffectRow.key))
            rows = (await session.exec(query)).all()
            return tuple(_kept(row, TypeAdapter(Effect).validate_python(row.body)) for row in rows)

    async def settle_effect(self, key: str, state: EffectState, answer: str) -> None:
        """Keep how far the effect has come, with a line on the trail. Raises MovedByForce if it must not be sent."""
        async with self._database.transaction() as session:
            row = await session.get_one(EffectRow, key)
            case = await locked(session, row.case_id)
            # As it is now: the same may have been under way twice.
            await session.refresh(row)
            if row.state == state:
                return
            if state is EffectState.SENT:
                refuse_earlier_runs(case, row.forced)
            row.state, row.answer = state, answer
            session.add(row)
            await append(
                session, case, at=case.since, action=f"effect_{state}", reason=answer,
                details={"key": key, "effect": row.body},
            )  # fmt: skip


async def _interruption(session: AsyncSession, case: CaseRow, to: State) -> Command | None:
    """A command that came while the case could still be stopped, if it is about to get past that."""
    if to.interruptible or to.final or not PROCESSES[case.process].state(case.state).interruptible:
        return None
    told = select(CommandRow).where(
        CommandRow.case_id == case.id,
        col(CommandRow.number) > case.seen,
        col(CommandRow.kind) != CommandKind.LOOK_AGAIN,
    )
    row = (await session.exec(told.order_by(col(CommandRow.number)))).first()
    return None if row is None else command(row)


def _once(question: QuestionRow, rung: Rung) -> str:
    """Tells the rung from all others; each turn has a ladder of its own."""
    answers = turn_of(question).answers
    return f"{question.id}/{answers}/{rung.percent}" if answers else f"{question.id}/{rung.percent}"


def _reached(question: QuestionRow, rung: Rung) -> dict[str, Any]:
    also = {"also": list(rung.also)} if rung.also else {}
    red = {"red": True} if rung.red else {}
    return {"question": question.id, "percent": rung.percent, **also, **red}


def _evidence_row(case_id: str, assessment: int, evidence: Evidence) -> EvidenceRow:
    body = evidence.model_dump(mode="json")
    return EvidenceRow(case_id=case_id, assessment=assessment, check=evidence.check, body=body)


def _kept(row: EffectRow, effect: Effect) -> KeptEffect:
    return KeptEffect(key=row.key, effect=effect, state=EffectState(row.state), answer=row.answer)
