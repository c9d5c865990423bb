"""Questions as rows: opened with a state, read with their answers, closed when the case leaves it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.agreement import held_back
from domain.case import CaseFile, Entered, Step
from domain.catalog import PROCESSES
from domain.decision import GivenAnswer, OpenQuestion
from domain.evidence import pack_digest
from domain.notice import Occasion
from domain.question import QuestionDraft, Rung, RungKind, Turn, ladder
from domain.roles import Role
from domain.turn import turn_given_back
from storage.calendars import calendar_for
from storage.identity import people_at
from storage.lapsing import decides, lapsed
from storage.outbox import post_hint, post_notice
from storage.policies import pinned
from storage.tables.cases import CaseRow, CommandRow
from storage.tables.questions import BESIDE, AnswerRow, QuestionRoleRow, QuestionRow, SnoozeRow
from storage.trail import CLOCK, append


async def ask(session: AsyncSession, case: CaseRow, file: CaseFile, step: Step, *, among_kept: bool) -> None:
    """
    Open what the state of *case* asks, each question with its deadline in the time of those it waits for.

    With *among_kept*, what is asked already and was kept while the case looked again stays asked, on the new evidence;
    but for what people agreed to and is something else now: that is asked anew.
    """
    questions = PROCESSES[case.process].state(case.state).questions
    assert questions is not None
    before = await asked_by(session, case.id, step.sequence - 1) if among_kept else []
    kept = [question for question in before if question.closed_at is None or question.choice is not None]
    for number, draft in enumerate(drafts := questions(file), start=1):
        question = next((known for known in kept if draft.same_as(QuestionDraft.model_validate(known.draft))), None)
        if question is not None:
            kept.remove(question)
            if await lapsed(session, case, question, file, step.at):
                _close(session, case, question, step.at)
                question = None
        if question is None:
            question = await ask_one(session, case, file, step, number, draft)
        else:
            question.step, question.evidence = step.sequence, pack_digest(file.evidence)
            question.draft = draft.model_dump(mode="json")
            session.add(question)
        if question.closed_at is None and (case.due_at is None or question.due_at < case.due_at):
            case.due_at = question.due_at
    for question in kept:
        reworded = any(draft.topic == question.draft["topic"] for draft in drafts)
        if reworded or decides(question):
            await lapsed(session, case, question, file, step.at, reworded=reworded)
        _close(session, case, question, step.at)


async def pass_over(session: AsyncSession, case: CaseRow, file: CaseFile, step: Step) -> None:
    """What was decided while *case* looked again counts no more where it now takes another step by itself."""
    for question in await asked_by(session, case.id, step.sequence - 1):
        if decides(question):
            await lapsed(session, case, question, file, step.at)


async def ask_one(
    session: AsyncSession, case: CaseRow, file: CaseFile, step: Step, number: int, draft: QuestionDraft
) -> QuestionRow:
    """The question *draft*, asked as number *number* of *step*."""
    site = draft.site or case.site
    calendars = [await calendar_for(session, site, role) for role in draft.first_turn.waited_for]
    due, rungs = ladder(draft, step.at, calendars, file.policy.ladder)
    question = QuestionRow(
        id=f"{case.id}-{step.sequence}-{number}",
        case_id=case.id,
        process=case.process,
        site=site,
        subject=case.subject,
        step=step.sequence,
        state=case.state,
        draft=draft.model_dump(mode="json"),
        further_roles=[],
        evidence=pack_digest(file.evidence),
        requester=file.requester.id,
        also_asked=case.also_asked,
        assessment=case.assessment,
        asked_at=step.at,
        due_at=due,
        rungs=[rung.model_dump(mode="json") for rung in rungs],
    )
    session.add(question)
    later = held_back(draft, {})
    for role in (role for role in draft.roles if role not in later):
        session.add(QuestionRoleRow(question_id=question.id, role=role))
    post_notice(session, case, Occasion.ASKED, question.id, at=step.at)
    return question


async def begin_turn(
    session: AsyncSession, case: CaseRow, question: QuestionRow, turn: Turn, at: datetime
) -> dict[str, Any]:
    """
    Give those whose *turn* it is from *at* on the time that is theirs, with a ladder of its own.

    For the trail, until when, and what is over with the turn before: who was waited for has answered, so that nobody
    stands in for him any more, whoever saw to it has, and what it was parked for has come.
    """
    draft, before = QuestionDraft.model_validate(question.draft), [Rung.model_validate(rung) for rung in question.rungs]
    over = [role for rung in before if rung.percent <= question.escalation for role in rung.brings_in]
    turn = turn.model_copy(update={"stood_in": tuple(dict.fromkeys((*turn_of(question).stood_in, *over)))})
    ended = {
        **({"claim_ended": question.claim["person"]} if question.claim is not None else {}),
        **({"parking_ended": question.parked["until"]} if question.parked is not None else {}),
    }
    question.further_roles = [role for role in question.further_roles if role not in over]
    still = [Role(role) for role in question.further_roles]
    calendars = [await calendar_for(session, question.site, role) for role in turn.waited_for]
    # Where silence answers as soon as the time is over, no answer is of use any longer than that.
    over_at = next((rung.at for rung in before if rung.kind is RungKind.SILENCE and rung.percent <= 100), None)
    question.due_at, rungs = ladder(
        draft, at, calendars, (await pinned(session, case.policy)).ladder,
        turn.model_copy(update={"known": (*turn.known, *still)}), over_at,
    )  # fmt: skip
    question.rungs = [rung.model_dump(mode="json") for rung in rungs]
    question.turn, question.escalation = turn.model_dump(mode="json"), 0
    parked, question.claim, question.parked = question.parked, None, None
    session.add(question)
    await session.flush()
    await _ask_who_is_asked_now(session, question, turn)
    await due_as_its_questions(session, case)
    if parked is not None:
        await _note_resumed(session, case, question, str(parked["by"]), at)
    # The case sleeps until what was to be chased first, which may be sooner now.
    post_hint(session, case, at=at)
    return {"due_at": question.due_at.isoformat(), **ended}


async def _note_resumed(
    session: AsyncSession, case: CaseRow, question: QuestionRow, parked_by: str, at: datetime
) -> None:
    """The parking is over with the turn: who parked it is told, and who is asked now, although he knew of it before."""
    await append(
        session, case, at=at, action="resumed", by=CLOCK, reason="Others are asked now, in time of their own.",
        details={"question": question.id, "due": question.due_at.isoformat()},
    )  # fmt: skip
    post_notice(session, case, Occasion.RESUMED, question.id, at=at, only=parked_by, line=case.trail_length)
    post_notice(session, case, Occasion.REMINDED, question.id, at=at)


async def heed_who_asked(session: AsyncSession, case: CaseRow, question: QuestionRow, at: datetime) -> None:
    """Have nobody decide *question* who asked as well for what *case* does; whose turn came by that waits again."""
    question.also_asked = case.also_asked
    session.add(question)
    asked = await open_question(session, question)
    if (turn := turn_given_back(asked, at)) is None:
        await _found_by(session, question, asked.candidates)
        return
    begun = await begin_turn(session, case, question, turn, at)
    details = {"question": question.id, "waited_for": list(turn.waited_for), **begun}
    await append(session, case, at=at, action="turn_given_back", details=details)
    # Whoever was asked before knows of the question, and not that it waits for him again.
    post_notice(session, case, Occasion.REMINDED, question.id, at=at)


async def _found_by(session: AsyncSession, question: QuestionRow, candidates: Collection[Role]) -> None:
    of_question = col(QuestionRoleRow.question_id) == question.id
    await session.exec(delete(QuestionRoleRow).where(of_question, col(QuestionRoleRow.role).not_in(candidates)))


async def _ask_who_is_asked_now(session: AsyncSession, question: QuestionRow, turn: Turn) -> None:
    """Only who may answer finds *question*; whoever put it off before his *turn* did not put off that."""
    await _found_by(session, question, (await open_question(session, question)).candidates)
    people = await people_at(session, question.site)
    asked_now = {person for person, roles in people.items() if not roles.isdisjoint(turn.waited_for)}
    put_off = col(SnoozeRow.question_id) == question.id, col(SnoozeRow.person).in_(asked_now)
    await session.exec(delete(SnoozeRow).where(*put_off))


def turn_of(question: QuestionRow) -> Turn:
    """Who is waited for now, and how long they are given."""
    return QuestionDraft.model_validate(question.draft).turn(question.turn)


async def due_as_its_questions(session: AsyncSession, case: CaseRow) -> None:
    """Have the case due when the first of what it asks is."""
    await session.flush()
    soonest = select(func.min(QuestionRow.due_at)).where(
        QuestionRow.case_id == case.id, col(QuestionRow.closed_at).is_(None), QuestionRow.step > BESIDE
    )
    case.due_at = (await session.exec(soonest)).one()
    session.add(case)


async def keep_questions(session: AsyncSession, case: CaseRow, step: Step) -> None:
    """What is asked stays asked while the case looks again; what *step* has heard the answer of does not."""
    for question in await asked_by(session, case.id, step.sequence - 1):
        if question.id not in step.heard:
            question.step = step.sequence
            session.add(question)


async def asked_by(session: AsyncSession, case_id: str, sequence: int) -> list[QuestionRow]:
    """What the step *sequence* of the case asks, or has kept asking, answered or not."""
    query = select(QuestionRow).where(QuestionRow.case_id == case_id, QuestionRow.step == sequence)
    return list((await session.exec(query.order_by(col(QuestionRow.id)))).all())


def asked_first_at(question: QuestionRow) -> int:
    """The step that asked the question; it may have been kept since."""
    return int(question.id.rsplit("-", 2)[1])


async def open_question(session: AsyncSession, row: QuestionRow) -> OpenQuestion:
    """The question as it stands, with the answers so far."""
    return as_it_stands(row, (await session.exec(select(AnswerRow).where(AnswerRow.question_id == row.id))).all())


def as_it_stands(row: QuestionRow, answers: Iterable[AnswerRow]) -> OpenQuestion:
    """The question of *row* with its *answers*."""
    return OpenQuestion(
        id=row.id,
        draft=QuestionDraft.model_validate(row.draft),
        further_roles=tuple(Role(role) for role in row.further_roles),
        evidence=row.evidence,
        requester=row.requester,
        also_asked=row.also_asked or {},
        given=tuple(given_answer(given) for given in sorted(answers, key=lambda given: given.at)),
        choice=row.choice,
        turn=None if row.turn is None else Turn.model_validate(row.turn),
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )


def given_answer(row: AnswerRow) -> GivenAnswer:
    """The answer as it travels."""
    return GivenAnswer(
        person=row.person,
        role=Role(row.role),
        choice=row.choice,
        reason=row.reason,
        at=row.at,
        on_behalf_of=row.on_behalf_of,
        values=row.values or {},
        attachments=tuple(row.attachments or ()),
    )


async def open_to(session: AsyncSession, row: QuestionRow, role: Role) -> None:
    """Whoever holds *role* may answer the question as well from now on."""
    if role not in row.further_roles:
        row.further_roles = [*row.further_roles, role]
        session.add(row)
        await session.merge(QuestionRoleRow(question_id=row.id, role=role))


async def still_asked(session: AsyncSession, case_id: str) -> list[QuestionRow]:
    """The open questions of the case, but for those that stand beside it."""
    query = select(QuestionRow).where(
        QuestionRow.case_id == case_id, col(QuestionRow.closed_at).is_(None), QuestionRow.step > BESIDE
    )
    return list((await session.exec(query.order_by(col(QuestionRow.id)))).all())


async def close_questions(session: AsyncSession, case: CaseRow, at: datetime) -> None:
    """Close what is still asked: the case goes on without it."""
    for question in await still_asked(session, case.id):
        _close(session, case, question, at)


async def ask_again(session: AsyncSession, case: CaseRow, questions: Collection[str], at: datetime) -> None:
    """Let *questions*, which the case went on without, be those of the step it is at, answered or open as they were."""
    for name in questions:
        question = await session.get_one(QuestionRow, name)
        question.step = case.version
        session.add(question)
        if question.choice is None:
            question.closed_at = None
            await heed_who_asked(session, case, question, at)
            post_notice(session, case, Occasion.ASKED, question.id, at=at)


def _close(session: AsyncSession, case: CaseRow, question: QuestionRow, at: datetime) -> None:
    if question.closed_at is None:
        question.closed_at = at
        session.add(question)
        post_notice(session, case, Occasion.WITHDRAWN, question.id, at=at)


def is_reached(row: QuestionRow, percent: int, at: datetime) -> bool:
    """Whether the rung at *percent* is climbed at *at*: it may be so already, be put off, or be of a turn now over."""
    if row.closed_at is not None or row.escalation >= percent:
        return False
    return any(rung.percent == percent and rung.at <= at for rung in map(Rung.model_validate, row.rungs))


def open_rungs(questions: Iterable[QuestionRow]) -> tuple[tuple[str, Rung], ...]:
    """The rungs of open *questions* that were not reached yet, each with its question, soonest first."""
    rungs = [
        (question.id, rung)
        for question in questions
        for rung in map(Rung.model_validate, question.rungs)
        if rung.percent > question.escalation
    ]
    return tuple(sorted(rungs, key=lambda entry: (entry[1].at, entry[0])))


async def opened_by(session: AsyncSession, case: CaseRow, sequence: int) -> Entered:
    """What the step *sequence* of *case* opened."""
    asked = select(QuestionRow).where(QuestionRow.case_id == case.id, QuestionRow.step == sequence)
    questions = (await session.exec(asked)).all()
    unseen = select(CommandRow.number).where(CommandRow.case_id == case.id, col(CommandRow.number) > case.seen)
    rungs = open_rungs(await still_asked(session, case.id))
    return Entered(
        told=(await session.exec(unseen)).first() is not None or any(q.choice is not None for q in questions),
        questions=len(questions),
        wake_at=rungs[0][1].at if rungs else None,
        due_at=min((question.due_at for question in questions), default=case.due_at),
    )
