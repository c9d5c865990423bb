"""An answer by signal counts once, if it is proven who says what to which question; nothing else does."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from structlog.testing import capture_logs

from domain.decision import Answer, NotAllowed, Principal, PrincipalKind, SeenMissing
from domain.master_data import Person
from domain.roles import Role
from domain.signalled import SignalledAnswer
from domain.signature import GOOD_FOR, SignedAnswer
from runtime.signatures import AnswerSignatures, new_signing_key, public_part
from storage.database import Database
from storage.record import CaseRecord
from storage.signals import to_be_signed
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow, QuestionRow, UsedSignatureRow
from tests.storage.plant import (
    NOW,
    answer,
    asked_to_decide,
    minutes,
    move,
    person,
    question_of,
    race,
    rows,
    seen_now,
    tell,
)
from tests.support.small_plant import SITE

KEY = new_signing_key()
OURS = AnswerSignatures(KEY)
IN_LONG = "2099-01-01T00:00:00Z"
# The worker knows the public part alone.
PROOF = AnswerSignatures(further_keys=(public_part(KEY),))


@dataclass(frozen=True)
class Signal:
    """What arrives."""

    answer: SignalledAnswer
    at: int = 1
    """Minutes after everything begins."""


async def test_a_signed_answer_counts(database: Database) -> None:
    case_id = await asked_to_decide(database)
    signed = await _signed(database, case_id)

    told = await _arrives(database, case_id, Signal(_sent(signed)))

    assert told == "accepted: accept_as_asked"
    (given,) = await rows(database, AnswerRow)
    assert (given.person, given.channel) == ("boris", "signal")
    (line,) = await rows(database, TrailRow, action="answered")
    assert (line.by["name"], line.details["signature"]) == ("Boris", signed.id)


async def test_of_many_copies_that_arrive_in_the_same_instant_one_counts(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.SALES_MANAGER)
    signal = Signal(_sent(await _signed(database, case_id)))

    fared = await race(*(_arrives(place, case_id, signal) for place in several))

    assert sorted(str(told)[:8] for told in fared) == ["accepted"] + ["refused:"] * (len(several) - 1)
    assert len(await rows(database, AnswerRow)) == len(await rows(database, UsedSignatureRow)) == 1


async def test_a_key_that_was_replaced_still_proves_what_it_signed(database: Database) -> None:
    case_id = await asked_to_decide(database)
    signal = Signal(_sent(await _signed(database, case_id)))

    told = await _arrives(database, case_id, signal, AnswerSignatures(new_signing_key(), (public_part(KEY),)))

    assert told.startswith("accepted")


def _otherwise(signed: SignedAnswer, **changed: Any) -> Signal:
    """Signed by us, but for something else than was asked for."""
    other = signed.model_copy(update=changed)
    return Signal(_sent(other, question=signed.question))


FORGED: dict[str, Callable[[SignedAnswer], Signal]] = {
    "not signed": lambda signed: Signal(_sent(signed, signature="")),
    "not a token": lambda signed: Signal(_sent(signed, signature="boris was here")),
    "cut short": lambda signed: Signal(_sent(signed, signature=OURS.sign(signed)[:-10])),
    "signed by another key": lambda signed: Signal(_sent(signed, AnswerSignatures(new_signing_key()))),
    "signed by another key under the name of ours": lambda signed: Signal(_sent(signed, signature=_by_another(signed))),
    "without an algorithm": lambda signed: Signal(_sent(signed, signature=_without_algorithm(signed))),
    "by the public key as a password": lambda signed: Signal(_sent(signed, signature=_by_password(signed))),
    "a token for something else": lambda signed: Signal(_sent(signed, signature=_token(signed, typ="JWT"))),
    "for another audience": lambda signed: Signal(_sent(signed, signature=_token(signed, aud="lockstep:read"))),
    "by another issuer": lambda signed: Signal(_sent(signed, signature=_token(signed, iss="somebody"))),
    "without an end": lambda signed: Signal(_sent(signed, signature=_token(signed, exp=None))),
    "for another person than its bearer": lambda signed: Signal(_sent(signed, signature=_token(signed, sub="petra"))),
    "for ever": lambda signed: Signal(
        _sent(signed, signature=_token(signed, answer=signed.model_dump(mode="json") | {"expires_at": IN_LONG}))
    ),
    "expired": lambda signed: Signal(_sent(signed), at=1 + int(GOOD_FOR / timedelta(minutes=1))),
    "another choice": lambda signed: Signal(_sent(signed, choice="accept_later")),
    "another reason": lambda signed: Signal(_sent(signed, reason="The customer pays.")),
    "another person": lambda signed: Signal(_sent(signed, person="petra")),
    "another question": lambda signed: _otherwise(signed, question="OC-9-2-1"),
    "another case": lambda signed: _otherwise(signed, case="OC-9"),
    "an earlier state of the case": lambda signed: _otherwise(signed, version=signed.version - 1),
    "other evidence": lambda signed: _otherwise(signed, evidence="0" * 64),
    "a person without the role": lambda signed: _otherwise(signed, person="dev"),
    "whoever asked for the change": lambda signed: _otherwise(signed, person="pia"),
    "nobody the plant knows": lambda signed: _otherwise(signed, person="nobody"),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGED)
async def test_what_is_forged_is_refused_and_recorded(database: Database, forgery: str) -> None:
    case_id = await asked_to_decide(database, by="pia")
    signal = FORGED[forgery](await _signed(database, case_id))
    before = await rows(database, TrailRow)

    told = await _arrives(database, case_id, signal)

    assert told.startswith("refused: ")
    assert await rows(database, AnswerRow) == []
    assert await rows(database, UsedSignatureRow) == []
    (question,) = await rows(database, QuestionRow)
    assert question.closed_at is None
    (line,) = [line for line in await rows(database, TrailRow) if line not in before]
    assert (line.action, line.channel, line.reason) == ("answer_refused", "signal", told.removeprefix("refused: "))


async def test_what_was_used_is_used_up(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.SALES_MANAGER)
    signal = Signal(_sent(await _signed(database, case_id)))
    await _arrives(database, case_id, signal)

    told = await _arrives(database, case_id, signal)

    assert told == "refused: This signature was used before."
    assert len(await rows(database, AnswerRow)) == 1


@pytest.mark.parametrize("instead", [{}, {"signature": ""}], ids=["accepted", "refused"])
async def test_a_signal_that_is_told_again_is_the_same_signal(database: Database, instead: dict[str, Any]) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.SALES_MANAGER)
    sent = _sent(await _signed(database, case_id), **instead)
    record = CaseRecord(database, signatures=PROOF)
    became = await record.answer_by_signal(case_id, sent, minutes(1), "run/7")
    trail = await rows(database, TrailRow)

    told = await record.answer_by_signal(case_id, sent, minutes(2), "run/7")
    another = await record.answer_by_signal(case_id, sent, minutes(3), "run/8")

    assert (told, another.split(":")[0]) == (became, "refused")
    assert len(await rows(database, TrailRow)) == len(trail) + 1


async def test_who_has_lost_the_role_since_cannot_decide_with_what_he_signed(database: Database) -> None:
    case_id = await asked_to_decide(database)
    signal = Signal(_sent(await _signed(database, case_id)))
    await tell(database, Person(site=SITE, person="boris", name="Boris", roles=(Role.BUYER,)), at=minutes(1))

    told = await _arrives(database, case_id, signal)

    assert told.startswith("refused: Only planner")


async def test_a_case_that_has_moved_on_asks_again(database: Database) -> None:
    case_id = await asked_to_decide(database)
    signal = Signal(_sent(await _signed(database, case_id)))
    await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")

    told = await _arrives(database, case_id, signal)

    assert "moved on" in told


async def test_a_forgery_is_alarmed_and_a_mistake_is_not(database: Database) -> None:
    case_id = await asked_to_decide(database)
    signed = await _signed(database, case_id)

    with capture_logs() as lines:
        await _arrives(database, case_id, Signal(_sent(signed, person="petra")))
        await _arrives(database, case_id, _otherwise(signed, person="dev"))
        await _arrives(database, case_id, Signal(_sent(signed), at=60))

    alarms = [line.details.get("alarm") for line in await rows(database, TrailRow, action="answer_refused")]
    assert alarms == ["signature", None, None]
    (alarm,) = [line for line in lines if line["event"] == "signal.refused"]
    assert (alarm["log_level"], alarm["case"], alarm["claimed"]) == ("error", case_id, "petra")


async def test_the_trail_names_who_proved_that_he_said_it_and_else_nobody(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.SALES_MANAGER)
    signal = Signal(_sent(await _signed(database, case_id)))

    await _arrives(database, case_id, Signal(signal.answer.model_copy(update={"signature": ""})))
    await _arrives(database, case_id, signal)
    await _arrives(database, case_id, signal)
    await _arrives(database, case_id, Signal(signal.answer, at=60))

    refused = await rows(database, TrailRow, action="answer_refused")
    assert [(line.by["kind"], line.by["id"], line.details.get("claimed"), line.reason[:21]) for line in refused] == [
        ("unknown", "unknown", "boris", "A signal without a si"),
        ("unknown", "unknown", "boris", "This signature was us"),
        ("person", "boris", None, "The signature expired"),
    ]


@pytest.mark.parametrize("asked", ["", "OC-9-9-9"], ids=["of another case", "that is not there"])
async def test_a_case_takes_no_answer_to_a_question_not_its_own_and_alarms_only_a_forgery(
    database: Database, asked: str
) -> None:
    case_id = await asked_to_decide(database)
    other = await asked_to_decide(database, order="SO-2")
    signed = (await _signed(database, other)).model_copy(update={"question": asked or question_of(other)})
    unsigned = _sent(signed, signature="")

    told = await _arrives(database, case_id, Signal(_sent(signed)))
    in_development = await CaseRecord(database, unsigned_signals_count=True).answer_by_signal(
        case_id, unsigned, minutes(1)
    )
    forged = await _arrives(database, case_id, Signal(_sent(signed, AnswerSignatures(new_signing_key()))))
    bare = await _arrives(database, case_id, Signal(unsigned))

    why = f"There is no question {asked}." if asked else f"{signed.question} is not a question of {case_id}."
    assert told == in_development == f"refused: {why}"
    assert why not in forged + bare
    refused = await rows(database, TrailRow, case_id=case_id, action="answer_refused")
    assert [(line.by["id"], line.details.get("alarm")) for line in refused] == [
        ("boris", None), ("boris", None), ("unknown", "signature"), ("unknown", "signature"),
    ]  # fmt: skip
    assert await rows(database, AnswerRow) == []


async def test_who_comes_after_the_case_went_on_with_another_answer_is_told_whose(database: Database) -> None:
    case_id = await asked_to_decide(database)
    signed = await _signed(database, case_id)
    await answer(database, question_of(case_id), "accept_as_asked", "petra", at=minutes(1))
    await move(database, case_id, 3, "committing", at=minutes(2))

    told = await _arrives(database, case_id, Signal(_sent(signed), at=3))

    assert told == "refused: Petra answered accept_as_asked at 2026-10-05 08:01:00 UTC."
    (line,) = await rows(database, TrailRow, action="answer_refused")
    assert "alarm" not in line.details


async def test_one_signs_only_what_would_count(database: Database) -> None:
    case_id = await asked_to_decide(database)
    machine = Principal(kind=PrincipalKind.MACHINE, id="boris")
    said = Answer(choice="accept_as_asked", seen=await seen_now(database, question_of(case_id)))

    for by in (machine, person("dev"), person("anna")):
        with pytest.raises(NotAllowed):
            await to_be_signed(database, question_of(case_id), said, by, NOW)
    with pytest.raises(SeenMissing):
        await to_be_signed(database, question_of(case_id), Answer(choice="accept_as_asked"), person("boris"), NOW)


async def _signed(database: Database, case_id: str) -> SignedAnswer:
    said = Answer(choice="accept_as_asked", seen=await seen_now(database, question_of(case_id)))
    signed, _ = await to_be_signed(database, question_of(case_id), said, person("boris"), NOW)
    return signed


def _sent(signed: SignedAnswer, by: AnswerSignatures = OURS, **instead: Any) -> SignalledAnswer:
    """What *signed* says, or what stands *instead*, with the signature of *signed*."""
    said = {
        "question": signed.question, "choice": signed.choice, "reason": signed.reason, "person": signed.person,
        "signature": by.sign(signed),
    }  # fmt: skip
    return SignalledAnswer.model_validate(said | instead)


async def _arrives(database: Database, case_id: str, signal: Signal, signatures: AnswerSignatures = PROOF) -> str:
    record = CaseRecord(database, signatures=signatures)
    return await record.answer_by_signal(case_id, signal.answer, minutes(signal.at))


def _token(signed: SignedAnswer, *, typ: str = "lockstep-answer+jwt", **instead: Any) -> str:
    """Signed with our own key, and otherwise than we would."""
    token = OURS.sign(signed)
    claims = jwt.decode(token, options={"verify_signature": False}) | instead
    claims = {name: value for name, value in claims.items() if value is not None}
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.encode(claims, load_pem_private_key(KEY.encode(), None), "EdDSA", {"kid": kid, "typ": typ})  # type: ignore[arg-type]


def _by_another(signed: SignedAnswer) -> str:
    token = OURS.sign(signed)
    another = load_pem_private_key(new_signing_key().encode(), None)
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, another, "EdDSA", jwt.get_unverified_header(token))  # type: ignore[arg-type]


def _without_algorithm(signed: SignedAnswer) -> str:
    header, payload, _ = OURS.sign(signed).split(".")
    named = json.loads(base64.urlsafe_b64decode(header + "==")) | {"alg": "none"}
    return f"{base64.urlsafe_b64encode(json.dumps(named).encode()).decode().rstrip('=')}.{payload}."


def _by_password(signed: SignedAnswer) -> str:
    """HMAC with what everybody may know: the bytes of our public key."""
    token = OURS.sign(signed)
    header = jwt.get_unverified_header(token) | {"alg": "HS256"}
    claims = jwt.decode(token, options={"verify_signature": False})
    # PyJWT refuses to make such a token from PEM, so the text loses its first line.
    secret = "".join(public_part(KEY).splitlines()[1:-1])
    return jwt.encode(claims, secret, "HS256", header)
