"""What must be signed counts only with the signature of who gives it, and what was signed shows when altered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.decision import Answer, Channel, DecisionRefused, NotAllowed, Principal, PrincipalKind
from domain.electronic_signature import (
    FRESH_FOR,
    Method,
    Proof,
    ReauthenticationWrong,
    SignatureNeeded,
)
from domain.evidence import pack_digest
from domain.roles import Role
from domain.signalled import SignalledAnswer
from domain.substitution import SubstitutionDraft
from runtime.signatures import AnswerSignatures, new_signing_key
from storage.acting import Acting
from storage.database import Database
from storage.decisions import Answered
from storage.identity import Caller
from storage.reauthentications import Reauthentications
from storage.record import CaseRecord
from storage.signals import to_be_signed
from storage.substitutions import Substitutions
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow, QuestionRow, UsedSignatureRow
from storage.tickets import TicketKind, Tickets
from tests.storage.plant import asked_to_decide, evidence, minutes, person, question_of, race, rows, seen_now
from tests.storage.signing import MEANING, proven, sign, signatures
from tests.support.small_plant import SITE

OURS = AnswerSignatures(new_signing_key())


async def test_a_signed_answer_stands_with_name_time_and_meaning(database: Database) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)
    question = question_of(case_id)

    answered = await sign(database, question, await proven(database, question))

    (kept,) = await signatures(database, case_id)
    assert answered.signature == kept.signature
    assert kept.signature.model_dump(exclude={"evidence"}) == {
        "name": "Boris", "person": "boris", "role": "planner", "on_behalf_of": None, "at": minutes(2),
        "meaning": MEANING, "method": "password", "proven_at": minutes(1), "case": case_id, "version": 2,
        "question": question, "asked": "SO-1:10 VALVE, 40 to 50: which way?", "choice": "accept_as_asked",
        "answered": "As asked", "reason": "As agreed.", "values": {}, "attachments": (),
    }  # fmt: skip
    assert kept.signature.evidence == pack_digest((evidence(),))
    assert (kept.intact, kept.altered) == (True, ())
    (line,) = await rows(database, TrailRow, action="answered")
    assert line.details["signed"]["digest"] == kept.digest
    (before,) = await rows(database, TrailRow, action="reauthenticated")
    assert (before.by["id"], before.details["method"]) == ("boris", "password")


async def test_a_refusal_is_not_signed(database: Database) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)

    answered = await sign(database, question_of(case_id), None, choice="reject")

    assert (answered.settled, answered.signature) == ("reject", None)
    assert await signatures(database, case_id) == ()


async def test_whoever_acts_for_another_signs_with_his_own_name(database: Database) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)
    today = minutes(0).date()
    wanted = SubstitutionDraft(
        site=SITE, absent="petra", substitute="boris", first_day=today, last_day=today, reason="She is away."
    )
    await Substitutions(database).give(wanted, person("petra"), Channel.API, minutes(0))
    shown = await proven(database, question_of(case_id))

    await sign(database, question_of(case_id), shown, on_behalf_of="petra")

    (kept,) = await signatures(database, case_id)
    assert (kept.signature.name, kept.signature.on_behalf_of, kept.intact) == ("Boris", "petra", True)


async def test_each_of_several_signs_for_himself(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.SALES_MANAGER, signed=MEANING)
    question = question_of(case_id)

    first = await sign(database, question, await proven(database, question))
    with pytest.raises(SignatureNeeded):
        await sign(database, question, None, by="fritz")
    second = await sign(database, question, await proven(database, question, "fritz"), by="fritz", at=minutes(3))

    assert (first.settled, second.settled) == (None, "accept_as_asked")
    assert [kept.signature.name for kept in await signatures(database, case_id)] == ["Boris", "Fritz"]


@dataclass(frozen=True)
class Attempt:
    """What somebody tries."""

    database: Database
    case_id: str
    shown: str
    """What Boris was given to sign with."""

    @property
    def question(self) -> str:
        return question_of(self.case_id)


Tries = Callable[[Attempt], Awaitable[Any]]


async def _of_another_question(attempt: Attempt) -> Answered:
    other = await asked_to_decide(attempt.database, order="SO-2", signed=MEANING)
    return await sign(attempt.database, attempt.question, await proven(attempt.database, question_of(other)))


async def _of_a_link(attempt: Attempt) -> Answered:
    body = person("boris").model_dump(mode="json")
    link = await Tickets(attempt.database).give(TicketKind.LINK, body, minutes(1))
    return await sign(attempt.database, attempt.question, link)


async def _on_other_evidence(attempt: Attempt) -> Answered:
    async with attempt.database.transaction() as session:
        question = await session.get_one(QuestionRow, attempt.question)
        question.evidence = "0" * 64
        session.add(question)
    return await sign(attempt.database, attempt.question, attempt.shown)


async def _by_a_machine(attempt: Attempt) -> Answered:
    machine = Principal(kind=PrincipalKind.MACHINE, id="boris", name="Boris")
    return await sign(attempt.database, attempt.question, attempt.shown, machine)


FORGED: dict[str, tuple[type[DecisionRefused], Tries]] = {
    "no signature": (SignatureNeeded, lambda it: sign(it.database, it.question, None)),
    "something made up": (SignatureNeeded, lambda it: sign(it.database, it.question, "boris was here")),
    "nothing at all": (SignatureNeeded, lambda it: sign(it.database, it.question, "")),
    "five minutes old": (
        SignatureNeeded,
        lambda it: sign(it.database, it.question, it.shown, at=minutes(1) + FRESH_FOR),
    ),
    "an hour old": (SignatureNeeded, lambda it: sign(it.database, it.question, it.shown, at=minutes(61))),
    "what another proved": (NotAllowed, lambda it: sign(it.database, it.question, it.shown, by="petra")),
    "for another choice": (
        ReauthenticationWrong,
        lambda it: sign(it.database, it.question, it.shown, choice="accept_later"),
    ),
    "for another question": (ReauthenticationWrong, _of_another_question),
    "for a choice that is not signed": (
        ReauthenticationWrong,
        lambda it: sign(it.database, it.question, it.shown, choice="reject"),
    ),
    "a link to come in with": (SignatureNeeded, _of_a_link),
    "on other evidence": (DecisionRefused, _on_other_evidence),
    "by a machine": (NotAllowed, _by_a_machine),
    "by whoever asked": (NotAllowed, lambda it: sign(it.database, it.question, it.shown, by="anna")),
}


@pytest.mark.parametrize("forgery", FORGED)
async def test_what_is_forged_signs_nothing_and_is_on_the_trail(database: Database, forgery: str) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)
    refused, forge = FORGED[forgery]
    attempt = Attempt(database, case_id, await proven(database, question_of(case_id)))

    with pytest.raises(refused) as why:
        await forge(attempt)

    assert (await rows(database, AnswerRow), await rows(database, UsedSignatureRow)) == ([], [])
    (question,) = await rows(database, QuestionRow, id=attempt.question)
    assert question.closed_at is None
    (line,) = await rows(database, TrailRow, action="answer_refused")
    assert (line.case_id, line.reason) == (case_id, str(why.value))
    assert attempt.shown not in str(line.details)


async def test_what_was_refused_costs_nothing(database: Database) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)
    question = question_of(case_id)
    shown = await proven(database, question)
    with pytest.raises(NotAllowed):
        await sign(database, question, shown, by="petra")

    answered = await sign(database, question, shown, at=minutes(1) + FRESH_FOR - timedelta(seconds=1))

    assert answered.settled == "accept_as_asked"


async def test_one_login_signs_once_even_for_two_answers_at_the_same_moment(
    database: Database, several: tuple[Database, ...]
) -> None:
    questions = [
        question_of(await asked_to_decide(database, order=order, signed=MEANING)) for order in ("SO-1", "SO-2")
    ]
    shown = [await proven(database, question, proof="the same login") for question in questions]

    fared = await race(*(sign(place, q, s) for place, q, s in zip(several, questions, shown, strict=False)))
    left = next(at for at, told in enumerate(fared) if isinstance(told, BaseException))
    with pytest.raises(SignatureNeeded, match="has signed an answer"):
        await sign(database, questions[left], shown[left])

    assert len(await rows(database, AnswerRow)) == len(await rows(database, UsedSignatureRow)) == 1


async def test_nothing_is_given_to_sign_what_is_not_signed_or_by_a_login_long_ago(database: Database) -> None:
    plain = question_of(await asked_to_decide(database))
    signed = question_of(await asked_to_decide(database, order="SO-2", signed=MEANING))
    long_ago = Proof(id="old", method=Method.TOKEN, at=minutes(0) - FRESH_FOR)
    now = Acting(Caller(person("boris"), (SITE,), ()), Channel.API, minutes(0))

    with pytest.raises(ReauthenticationWrong, match="not signed"):
        await proven(database, plain)
    seen = await seen_now(database, signed)
    for proof in (long_ago, None):
        with pytest.raises(SignatureNeeded, match="Prove anew"):
            await Reauthentications(database).keep(signed, "accept_as_asked", seen, Method.TOKEN, proof, now)

    assert len(await rows(database, TrailRow, action="reauthentication_refused")) == 3


async def signal(database: Database, case_id: str, shown: str | None, signed_at: datetime) -> SignalledAnswer:
    """What Boris signs to send as a signal."""
    seen = await seen_now(database, question_of(case_id))
    said = Answer(choice="accept_as_asked", seen=seen, reauthentication=shown)
    signed, _ = await to_be_signed(database, question_of(case_id), said, person("boris"), signed_at)
    return SignalledAnswer(
        question=signed.question, choice=signed.choice, person=signed.person, signature=OURS.sign(signed)
    )


async def test_a_signal_is_signed_by_hand_too(database: Database) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)
    shown = await proven(database, question_of(case_id))
    with pytest.raises(SignatureNeeded):
        await signal(database, case_id, None, minutes(2))
    sent = await signal(database, case_id, shown, minutes(2))
    record = CaseRecord(database, signatures=OURS)

    late = await record.answer_by_signal(case_id, sent, minutes(1) + FRESH_FOR)
    told = await record.answer_by_signal(case_id, sent, minutes(3))

    assert (late[:8], told) == ("refused:", "accepted: accept_as_asked")
    (kept,) = await signatures(database, case_id)
    assert (kept.signature.name, kept.signature.meaning, kept.intact) == ("Boris", MEANING, True)


async def test_a_signal_that_nobody_signed_by_hand_counts_nowhere(database: Database) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)
    seen = await seen_now(database, question_of(case_id))
    said = SignalledAnswer(question=question_of(case_id), choice="accept_as_asked", person="boris", seen=seen)

    told = await CaseRecord(database, unsigned_signals_count=True).answer_by_signal(case_id, said, minutes(1))

    assert told.startswith("refused: As asked must be signed")
    assert await rows(database, AnswerRow) == []
