"""Answers that come as signals: nobody knows who sends one, so it has to be proven who says it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import (
    LONGEST_REASON,
    Answer,
    Channel,
    DecisionRefused,
    Principal,
    PrincipalKind,
    QuestionClosed,
    admit,
    who_and_when,
)
from domain.electronic_signature import sign
from domain.ports import NotInSystem
from domain.signalled import SignalledAnswer
from domain.signature import (
    GOOD_FOR,
    SignatureOutdated,
    SignatureRefused,
    Signatures,
    SignedAnswer,
    check_signed,
    proven,
)
from storage.alone import alone
from storage.cases import locked
from storage.database import Database
from storage.decisions import decide, note_refusal, question_of_case
from storage.electronic_signatures import reauthentication
from storage.identity import roles_at
from storage.questions import open_question
from storage.requests import RequestKey, remember, remembered
from storage.tables.cases import CaseRow
from storage.tables.questions import QuestionRow, UsedSignatureRow
from storage.trail import UNKNOWN

log = structlog.get_logger()


async def to_be_signed(
    database: Database, question_id: str, answer: Answer, by: Principal, at: datetime
) -> tuple[SignedAnswer, str]:
    """
    What *by* may sign now, and the workflow to send it to. Nothing is decided by that.

    Raises NotInSystem, and a DecisionRefused where the answer would be refused as things stand.
    """
    async with database.reading() as session:
        row = await session.get(QuestionRow, question_id)
        if row is None:
            raise NotInSystem(f"There is no question {question_id}.")
        case = await session.get(CaseRow, row.case_id)
        assert case is not None
        question = await open_question(session, row)
        given = admit(question, answer, by, await roles_at(session, by.id, row.site), at)
        shown = await reauthentication(session, answer.reauthentication, at)
        sign(question, given, by, case.id, case.version, shown)
        expires_at = at + GOOD_FOR if shown is None else min(at + GOOD_FOR, shown.good_until)
        signed = SignedAnswer(
            id=uuid4().hex,
            person=by.id,
            name=by.name,
            case=case.id,
            version=case.version,
            question=row.id,
            choice=answer.choice,
            reason=answer.reason,
            evidence=row.evidence,
            reauthentication=answer.reauthentication,
            # Tokens count in whole seconds.
            expires_at=expires_at.replace(microsecond=0),
        )
        return signed, case.workflow_id


async def decide_by_signal(
    database: Database,
    case_id: str,
    answer: SignalledAnswer,
    at: datetime,
    key: RequestKey | None,
    *,
    signatures: Signatures | None,
    unsigned_counts: bool,
) -> str:
    """
    What became of an answer that came as a signal; either way it is on the trail, once for each *key*.

    Unsigned it counts only where *unsigned_counts*, and is marked. One whose signature proves something else is
    refused everywhere, and alarmed; the name it bears is then only what it claims.
    """
    proof: dict[str, Any] = {}
    by, said = UNKNOWN, _as_sent(answer)
    async with database.transaction() as session:
        # The question that it names may be of another case.
        await alone(session)
        case = await locked(session, case_id)
        if (before := await remembered(session, key)) is not None:
            return str(before["became"])
        try:
            # Who says it, before anything else: what is forged is alarmed whatever else is wrong with it.
            by, said, signed = _who_says_what(answer, signatures, unsigned_counts=unsigned_counts)
            proof = {"unsigned": True} if signed is None else {"signature": signed.id}
            if len(answer.reason) > LONGEST_REASON:
                raise DecisionRefused(f"The reason is longer than {LONGEST_REASON} characters.")
            of_case, question = await question_of_case(session, answer.question)
            if of_case.id != case_id:
                raise DecisionRefused(f"{answer.question} is not a question of {case_id}.")
            if signed is not None:
                await _check_still_good(session, case, question, signed, at)
            answered = await decide(session, case, question, said, by, Channel.SIGNAL, at, proof)
        except (DecisionRefused, NotInSystem) as refusal:
            if isinstance(refusal, SignatureRefused):
                by, proof = UNKNOWN, {"alarm": "signature", **({"claimed": answer.person} if answer.person else {})}
                log.error("signal.refused", case=case_id, question=answer.question, why=str(refusal), **proof)
            await note_refusal(session, case, answer.question, said, by, Channel.SIGNAL, at, refusal, proof)
            became = f"refused: {refusal}"
        else:
            became = f"accepted: {answered.choice}"
            if signed is not None:
                session.add(UsedSignatureRow(id=signed.id, question_id=answer.question, person=by.id, at=at))
        remember(session, key, {"became": became}, at)
    return became


def _who_says_what(
    answer: SignalledAnswer, signatures: Signatures | None, *, unsigned_counts: bool
) -> tuple[Principal, Answer, SignedAnswer | None]:
    """Who says it, what he says and what he signed; nothing where it counts unsigned. Raises SignatureRefused."""
    if not answer.question:
        raise SignatureRefused("What came as a signal cannot be read as an answer.")
    if answer.signature:
        signed = proven(answer, signatures)
        said = Answer(
            choice=signed.choice, reason=signed.reason, seen=signed.evidence, reauthentication=signed.reauthentication
        )
        return Principal(kind=PrincipalKind.PERSON, id=signed.person, name=signed.name), said, signed
    if not unsigned_counts:
        raise SignatureRefused("A signal without a signature cannot decide: nobody knows who sent it.")
    return Principal(kind=PrincipalKind.PERSON, id=answer.person, name=answer.person), _as_sent(answer), None


def _as_sent(answer: SignalledAnswer) -> Answer:
    """What it says as far as it can be kept, whoever sent it."""
    return Answer(choice=answer.choice, reason=answer.reason[:LONGEST_REASON], seen=answer.seen)


async def _check_still_good(
    session: AsyncSession, case: CaseRow, question: QuestionRow, signed: SignedAnswer, at: datetime
) -> None:
    """Nothing, if *signed* is for the case as it is and was not used. Raises a DecisionRefused."""
    try:
        check_signed(signed, case.id, case.version, at)
    except SignatureOutdated:
        # The case may have gone on with what somebody else said: that is what the one who was late wants to know.
        if question.closed_by is not None:
            raise QuestionClosed(who_and_when(await open_question(session, question))) from None
        raise
    if await session.get(UsedSignatureRow, signed.id) is not None:
        raise SignatureRefused("This signature was used before.")
