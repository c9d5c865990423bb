"""The decision transaction: whatever way an answer comes in, it is accepted or refused here, once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.decision import (
    Answer,
    Channel,
    DecisionRefused,
    FormRefused,
    GivenAnswer,
    OpenQuestion,
    Principal,
    QuestionClosed,
    StoppedMeanwhile,
    admit,
    given_up,
    settled,
)
from domain.electronic_signature import ElectronicSignature, sign
from domain.force import CONFIRM, PUT_BACK
from domain.notice import Occasion
from domain.ports import NotInSystem
from domain.question import QuestionKind
from domain.readiness.waiver import ASK_WAIVER, UNTIL, ExpiryWrong, Waiver, wanted_by
from domain.turn import turn_begun
from storage.alone import alone, one_case
from storage.database import Database
from storage.electronic_signatures import reauthentication
from storage.identity import Caller, people_at
from storage.outbox import post_hint, post_notice
from storage.putting_back import conclude_move
from storage.questions import begin_turn, open_question
from storage.readiness import known_of
from storage.reading_attachments import named, on_trail
from storage.requests import RequestKey, only_once
from storage.standing_in import roles_to_answer_in
from storage.tables.cases import CaseRow
from storage.tables.questions import AnswerRow, QuestionRoleRow, QuestionRow, UsedSignatureRow
from storage.trail import CLOCK, append
from storage.waivers import ask_for_waiver

TOO_FEW_LEFT: Final = "Too few are left who could agree to anything else."
_REACHING: Final = frozenset({ASK_WAIVER, CONFIRM, PUT_BACK})
# Answers from which something follows at once, beyond the case they are given in.


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
    on_behalf_of: str | None = None
    """Whom it was given for; nothing where somebody answered for himself."""
    signature: ElectronicSignature | None = None
    """With which it was signed; nothing where it was not to be."""


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
        sites: Collection[str] | None = None,
    ) -> Answered:
        """
        The answer as it stands. First committed wins; a refusal is a line on the trail and changes nothing else.

        Where *sites* are named, a question that is at none of them is not there.
        Raises NotInSystem, KeyReused, a DecisionRefused.
        """
        async with self._database.transaction() as session:
            if answer.choice in _REACHING:
                await alone(session)
            case, question = await question_of_case(session, question_id)
            if sites is not None and question.site not in sites:
                raise _not_there(question_id)
            try:
                # Only now that nobody else is at it: the first of two equal requests may have been under way.
                return await only_once(
                    session, key, at, Answered, lambda: decide(session, case, question, answer, by, channel, at)
                )
            except DecisionRefused as refusal:
                await note_refusal(session, case, question_id, answer, by, channel, at, refusal)
                refused: DecisionRefused = refusal
        raise refused

    async def refused_unread(
        self, question_id: str, wanted: str, why: Exception, caller: Caller, channel: Channel, at: datetime
    ) -> None:
        """
        Put on the trail that *caller* may do nothing about the question, *wanted* neither; what he said was not read.

        Nothing, where there is no such question for him.
        """
        async with self._database.transaction() as session:
            try:
                case, question = await question_of_case(session, question_id)
            except NotInSystem:
                return
            if caller.may_see(question.site):
                await append(
                    session, case, at=at, action="answer_refused", by=caller.principal, channel=channel,
                    reason=str(why),
                    details={"question": question_id, "wanted": wanted, "refusal": type(why).__name__},
                )  # fmt: skip


async def decide_by_silence(session: AsyncSession, case: CaseRow, question: QuestionRow, at: datetime) -> None:
    """Settle *question* as its silence says. Only for questions that say so."""
    choice, twice = question.draft["on_silence"], question.draft.get("silence_percent", 200) > 100
    why = "Nobody answered within twice the time given." if twice else "Nobody answered in the time given."
    settle(session, case, question, choice, CLOCK.name, why, at)
    await append(
        session, case, at=at, action="decided", by=CLOCK, reason=question.reason,
        details={
            "question": question.id, "choice": choice, "settled": choice,
            "asked_at": question.asked_at.isoformat(),
        },
    )  # fmt: skip
    await _follow_up(session, case, question, at)


def settle(
    session: AsyncSession, case: CaseRow, question: QuestionRow, choice: str, by: str, reason: str, at: datetime
) -> None:
    """*question* came to *choice*: its case hears of it, and who was told that it waits."""
    question.choice, question.closed_at, question.closed_by, question.reason = choice, at, by, reason
    session.add(question)
    post_notice(session, case, Occasion.SETTLED, question.id, at=at)
    post_hint(session, case, at=at)


async def question_of_case(session: AsyncSession, question_id: str) -> tuple[CaseRow, QuestionRow]:
    """A question with its case, which nobody else changes until the transaction ends. Raises NotInSystem, NotAlone."""
    its_case = select(QuestionRow.case_id).where(QuestionRow.id == question_id).scalar_subquery()
    case = (await session.exec(select(CaseRow).where(CaseRow.id == its_case).with_for_update())).first()
    if case is None:
        raise _not_there(question_id)
    one_case(session, case.id)
    return case, await session.get_one(QuestionRow, question_id)


async def decide(
    session: AsyncSession,
    case: CaseRow,
    row: QuestionRow,
    answer: Answer,
    by: Principal,
    channel: Channel,
    at: datetime,
    proof: Mapping[str, Any] | None = None,
) -> Answered:
    """
    The answer as it stands, within a transaction that holds the lock of the case.

    *proof* is how it is known who says it, where the door does not know; whether it has to be signed, the question
    says. Raises a DecisionRefused.
    """
    question = await open_question(session, row)
    roles, standing = await roles_to_answer_in(session, case, row, by, answer.on_behalf_of, at)
    given = admit(question, answer, by, roles, at)
    await _guarded(session, case, given.choice, at)
    attached = await named(session, case.id, given.attachments)
    shown = await reauthentication(session, answer.reauthentication, at)
    signed = sign(question, given, by, case.id, case.version, shown)
    # The last that may refuse: nothing is written before.
    waiver = await _ask_for_waiver(session, case, given, by, channel, at) if given.choice == ASK_WAIVER else None
    if shown is not None:
        session.add(UsedSignatureRow(id=shown.proof.id, question_id=row.id, person=by.id, at=at))
    signature = None if signed is None else signed.model_dump(mode="json")
    session.add(
        AnswerRow(
            question_id=row.id, person=given.person, case_id=case.id, role=given.role, choice=given.choice,
            reason=given.reason, channel=channel, at=at, on_behalf_of=given.on_behalf_of,
            values=given.values or None, attachments=list(given.attachments) or None, signature=signature,
        )
    )  # fmt: skip
    said = (*question.given, given)
    choice, gave_up = settled(question, said), None
    if choice is not None:
        settle(session, case, row, choice, _in_words(by, given), answer.reason, at)
    elif (gave_up := given_up(question, said, await people_at(session, row.site))) is not None:
        choice = gave_up.choice
        who = _in_words(by, given) if gave_up is given else gave_up.on_behalf_of or gave_up.person
        settle(session, case, row, choice, who, f"{gave_up.reason.strip()} {TOO_FEW_LEFT}".strip(), at)
    asked_next = {} if choice is not None else await _ask_next(session, case, row, question, given, at)
    details: dict[str, Any] = {
        "question": row.id,
        "topic": question.draft.topic,
        "choice": given.choice,
        "evidence": row.evidence,
        "asked_at": row.asked_at.isoformat(),
        "settled": choice,
        "policy": case.policy,
        **({"values": given.values} if given.values else {}),
        **on_trail(attached),
        **({"signed": signature} if signature else {}),
        **asked_next,
        **({"waiver": waiver.id} if waiver else {}),
        **({"given_up": TOO_FEW_LEFT} if gave_up is not None else {}),
        **_for_whom(answer),
        **standing,
        **(proof or {}),
    }
    await append(
        session, case, at=at, action="answered", by=by, channel=channel, role=given.role, reason=answer.reason,
        details=details,
    )  # fmt: skip
    await _follow_up(session, case, row, at)
    return Answered(
        question_id=row.id, case_id=case.id, choice=given.choice, role=given.role, at=at, settled=choice,
        on_behalf_of=given.on_behalf_of, signature=None if signed is None else signed.signature,
    )  # fmt: skip


async def _guarded(session: AsyncSession, case: CaseRow, choice: str, at: datetime) -> None:
    """Nothing, unless something has been stopped that the case may not have looked at yet. Raises StoppedMeanwhile."""
    process = PROCESSES[case.process]
    if (guard := process.guards.get(choice)) is None:
        return
    known = await known_of(session, process.about, case.site, case.subject, at)
    if why := guard(case.site, case.subject, known):
        raise StoppedMeanwhile(why)


async def _ask_for_waiver(
    session: AsyncSession, case: CaseRow, given: GivenAnswer, by: Principal, channel: Channel, at: datetime
) -> Waiver:
    try:
        return await ask_for_waiver(session, wanted_by(given, case.site, case.subject), by, channel, at)
    except ExpiryWrong as wrong:
        raise FormRefused(str(wrong), (UNTIL,)) from None


async def _follow_up(session: AsyncSession, case: CaseRow, question: QuestionRow, at: datetime) -> None:
    """What is so as soon as the question is settled, without the case's doing."""
    if question.choice is not None and question.draft["kind"] == QuestionKind.CONFIRMATION:
        await conclude_move(session, case, question, at)


async def _ask_next(
    session: AsyncSession, case: CaseRow, row: QuestionRow, question: OpenQuestion, given: GivenAnswer, at: datetime
) -> dict[str, Any]:
    """For the trail: whose turn has come by the answer *given*, who are asked from now on, and until when."""
    after = question.model_copy(update={"given": (*question.given, given)})
    came = [role for role in after.candidates if role not in question.candidates]
    for role in came:
        await session.merge(QuestionRoleRow(question_id=question.id, role=role))
    turn = turn_begun(question, given)
    begun = {} if turn is None else await begin_turn(session, case, row, turn, at)
    if came:
        post_notice(session, case, Occasion.ASKED, question.id, at=at)
    return {**({"asked_next": came} if came else {}), **begun}


async def note_refusal(  # noqa: PLR0913, PLR0917 - who said what, when, which way, and what stands against it
    session: AsyncSession,
    case: CaseRow,
    question_id: str,
    answer: Answer,
    by: Principal,
    channel: Channel,
    at: datetime,
    why: Exception,
    proof: Mapping[str, Any] | None = None,
) -> None:
    """Put on the trail that an answer was refused; who came too late hears who decided."""
    await append(
        session, case, at=at, action="answer_refused", by=by, channel=channel, reason=str(why),
        details={
            "question": question_id, "choice": answer.choice, "said": answer.reason, **_for_whom(answer),
            "refusal": type(why).__name__, **(proof or {}),
        },
    )  # fmt: skip
    if isinstance(why, QuestionClosed):
        post_notice(session, case, Occasion.LATE, question_id, at=at, only=by.id, line=case.trail_length)


def _not_there(question_id: str) -> NotInSystem:
    return NotInSystem(f"There is no question {question_id}.")


def _for_whom(answer: Answer) -> dict[str, str]:
    """For the trail, which names both where one answered for another."""
    return {} if answer.on_behalf_of is None else {"on_behalf_of": answer.on_behalf_of}


def _in_words(by: Principal, given: GivenAnswer) -> str:
    who = by.name or by.id
    return who if given.on_behalf_of is None else f"{who} for {given.on_behalf_of}"
