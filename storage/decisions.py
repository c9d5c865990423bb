"""The decision transaction: whatever way an answer comes in, it is accepted or refused here, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import SignalledAnswer
from domain.decision import (
    LONGEST_REASON,
    Answer,
    Channel,
    DecisionRefused,
    GivenAnswer,
    OpenQuestion,
    Principal,
    PrincipalKind,
    admit,
    settled,
)
from domain.ports import NotInSystem
from domain.question import QuestionDraft
from domain.roles import Role
from storage.cases import locked
from storage.database import Database
from storage.identity import roles_at
from storage.outbox import post_hint
from storage.requests import RequestKey, remember, remembered
from storage.tables import AnswerRow, CaseRow, QuestionRow
from storage.trail import CLOCK, append


class Answered(BaseModel):
    """An answer that stands."""

    model_config = ConfigDict(frozen=True)

    question_id: str
    case_id: str
    choice: str
    role: str
    at: AwareDatetime
    settled: str | None
    """The choice the question came to; nothing while more people are needed."""


class Decisions:
    """Answers to questions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer(
        self,
        question_id: str,
        answer: Answer,
        by: Principal,
        channel: Channel,
        at: datetime,
        key: RequestKey | None = None,
    ) -> Answered:
        """
        The answer as it stands. First committed wins; a refusal is a line on the trail and changes nothing else.

        Raises NotInSystem, KeyReused, a DecisionRefused.
        """
        async with self._database.transaction() as session:
            case, question = await _question(session, question_id)
            # Only now that nobody else is at it: the first of two equal requests may have been under way.
            if (before := await remembered(session, key)) is not None:
                return Answered.model_validate(before)
            try:
                answered = await _decide(session, case, question, answer, by, channel, at)
            except DecisionRefused as refusal:
                await _note_refusal(session, case, question_id, answer, by, channel, at, str(refusal))
                refused: DecisionRefused = refusal
            else:
                remember(session, key, answered.model_dump(mode="json"), at)
                return answered
        raise refused


async def decide_by_signal(
    database: Database, case_id: str, answer: SignalledAnswer, at: datetime, *, unsigned_counts: bool
) -> str:
    """What became of an answer that came as a signal. Nobody knows who sent it: unsigned, it counts where allowed."""
    by = Principal(kind=PrincipalKind.PERSON, id=answer.person, name=answer.person)
    said = Answer(choice=answer.choice, reason=answer.reason[:LONGEST_REASON])
    async with database.transaction() as session:
        case = await locked(session, case_id)
        try:
            if not unsigned_counts:
                raise DecisionRefused("A signal without a signature cannot decide: nobody knows who sent it.")
            if len(answer.reason) > LONGEST_REASON:
                raise DecisionRefused(f"The reason is longer than {LONGEST_REASON} characters.")
            of_case, question = await _question(session, answer.question)
            if of_case.id != case_id:
                raise DecisionRefused(f"{answer.question} is not a question of {case_id}.")
            answered = await _decide(session, case, question, said, by, Channel.SIGNAL, at, unsigned=True)
        except (DecisionRefused, NotInSystem) as refusal:
            await _note_refusal(session, case, answer.question, said, by, Channel.SIGNAL, at, str(refusal))
            return f"refused: {refusal}"
    return f"accepted: {answered.choice}"


async def decide_by_silence(session: AsyncSession, case: CaseRow, question: QuestionRow, at: datetime) -> None:
    """Settle *question* as its silence says. Only for questions that say so."""
    choice = question.draft["on_silence"]
    question.choice, question.closed_at, question.closed_by = choice, at, CLOCK.name
    question.reason = "Nobody answered within twice the time given."
    session.add(question)
    await append(
        session, case, at=at, action="decided", by=CLOCK, reason=question.reason,
        details={
            "question": question.id, "choice": choice, "settled": choice,
            "asked_at": question.asked_at.isoformat(),
        },
    )  # fmt: skip
    post_hint(session, case, at=at)


async def open_question(session: AsyncSession, row: QuestionRow) -> OpenQuestion:
    """The question as it stands, with the answers so far."""
    rows = (await session.exec(select(AnswerRow).where(AnswerRow.question_id == row.id))).all()
    return OpenQuestion(
        id=row.id,
        draft=QuestionDraft.model_validate(row.draft),
        further_roles=tuple(Role(role) for role in row.further_roles),
        evidence=row.evidence,
        requester=row.requester,
        given=tuple(
            GivenAnswer(
                person=given.person,
                role=Role(given.role),
                choice=given.choice,
                reason=given.reason,
                at=given.at,
            )
            for given in sorted(rows, key=lambda given: given.at)
        ),
        choice=row.choice,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )


async def _question(session: AsyncSession, question_id: str) -> tuple[CaseRow, QuestionRow]:
    row = await session.get(QuestionRow, question_id)
    if row is None:
        raise NotInSystem(f"There is no question {question_id}.")
    # The case first, always: one order of locks, so that nobody waits for each other.
    case = await locked(session, row.case_id)
    await session.refresh(row)
    return case, row


async def _decide(
    session: AsyncSession,
    case: CaseRow,
    row: QuestionRow,
    answer: Answer,
    by: Principal,
    channel: Channel,
    at: datetime,
    *,
    unsigned: bool = False,
) -> Answered:
    question = await open_question(session, row)
    roles = await roles_at(session, by.id, case.site)
    given = admit(question, answer, by, roles, at)
    session.add(
        AnswerRow(
            question_id=row.id, person=given.person, case_id=case.id, role=given.role, choice=given.choice,
            reason=given.reason, channel=channel, at=at,
        )
    )  # fmt: skip
    choice = settled(question, (*question.given, given))
    if choice is not None:
        row.choice, row.closed_at, row.closed_by, row.reason = choice, at, by.name or by.id, answer.reason
        session.add(row)
        post_hint(session, case, at=at)
    details: dict[str, Any] = {
        "question": row.id,
        "topic": question.draft.topic,
        "choice": given.choice,
        "evidence": row.evidence,
        "asked_at": row.asked_at.isoformat(),
        "settled": choice,
        "policy": case.policy,
    }
    if unsigned:
        details["unsigned"] = True
    await append(
        session, case, at=at, action="answered", by=by, channel=channel, role=given.role, reason=answer.reason,
        details=details,
    )  # fmt: skip
    return Answered(question_id=row.id, case_id=case.id, choice=given.choice, role=given.role, at=at, settled=choice)


async def _note_refusal(
    session: AsyncSession,
    case: CaseRow,
    question_id: str,
    answer: Answer,
    by: Principal,
    channel: Channel,
    at: datetime,
    why: str,
) -> None:
    await append(
        session, case, at=at, action="answer_refused", by=by, channel=channel, reason=why,
        details={"question": question_id, "choice": answer.choice, "said": answer.reason},
    )  # fmt: skip
