"""Whatever is altered of what was signed can be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import delete

from domain.electronic_signature import CheckedSignature, ElectronicSignature
from storage.database import Database
from storage.invariants import broken_invariants
from storage.tables.cases import EvidenceRow
from storage.tables.questions import AnswerRow, QuestionRow
from tests.storage.plant import asked_to_decide, minutes, question_of, rows
from tests.storage.signing import MEANING, proven, sign, signatures


async def alter(database: Database, case_id: str, **instead: Any) -> None:
    """Somebody who may reach the database writes something else into the answer of Boris."""
    async with database.transaction() as session:
        row = await session.get_one(AnswerRow, (question_of(case_id), "boris"))
        for field, value in instead.items():
            setattr(row, field, value)
        session.add(row)


def rewritten(kept: CheckedSignature, *, consistent: bool, **instead: Any) -> dict[str, Any]:
    """The signature with something else in it, under its old digest or a *consistent* one."""
    other = ElectronicSignature.model_validate(kept.signature.model_dump() | instead)
    return {"signature": other.model_dump(mode="json"), "digest": other.digest if consistent else kept.digest}


ALTERED: dict[str, tuple[Callable[[CheckedSignature], dict[str, Any]], str]] = {
    "the reason": (lambda _: {"reason": "Nobody asked me."}, "The record was altered since it was signed: reason."),
    "the choice": (
        lambda _: {"choice": "accept_later"},
        "The record was altered since it was signed: answered, choice.",
    ),
    "for whom": (lambda _: {"on_behalf_of": "petra"}, "The record was altered since it was signed: on behalf of."),
    "the form": (lambda _: {"values": {"seal": "S-2"}}, "The record was altered since it was signed: values."),
    "the time": (lambda _: {"at": minutes(3)}, "The record was altered since it was signed: at."),
    "the meaning": (
        lambda kept: {"signature": rewritten(kept, consistent=False, meaning="I was there")},
        "The signature was altered: its digest is another.",
    ),
    "the meaning and its digest": (
        lambda kept: {"signature": rewritten(kept, consistent=True, meaning="I was there")},
        "The trail knows another signature of this answer.",
    ),
    "all of it": (lambda _: {"signature": None}, "The signature is gone from the answer; the trail still has it."),
}


@pytest.mark.parametrize("what", ALTERED)
async def test_whatever_is_altered_afterwards_shows(database: Database, what: str) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)
    await sign(database, question_of(case_id), await proven(database, question_of(case_id)))
    (before,) = await signatures(database, case_id)
    change, says = ALTERED[what]

    await alter(database, case_id, **change(before))

    (after,) = await signatures(database, case_id)
    assert (after.intact, after.altered) == (False, (says,))


async def test_a_signature_proves_no_other_record(database: Database) -> None:
    ours, theirs = [await asked_to_decide(database, order=order, signed=MEANING) for order in ("SO-1", "SO-2")]
    for case_id in (ours, theirs):
        shown = await proven(database, question_of(case_id), proof=case_id)
        await sign(database, question_of(case_id), shown)
    (kept,) = await signatures(database, ours)

    await alter(
        database, theirs, signature={"signature": kept.signature.model_dump(mode="json"), "digest": kept.digest}
    )

    (moved,) = await signatures(database, theirs)
    assert moved.altered == (
        "The trail knows another signature of this answer.",
        "The record was altered since it was signed: question, asked, case.",
    )


async def test_evidence_that_is_altered_and_an_answer_that_is_gone_show(database: Database) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)
    await sign(database, question_of(case_id), await proven(database, question_of(case_id)))
    async with database.transaction() as session:
        (row,) = await rows(database, EvidenceRow)
        row.body = row.body | {"values": {"available": "1000"}}
        await session.merge(row)

    (on_other_evidence,) = await signatures(database, case_id)
    async with database.transaction() as session:
        await session.exec(delete(AnswerRow))
    (without_answer,) = await signatures(database, case_id)

    assert on_other_evidence.altered == ("The evidence it was signed on was altered.",)
    assert (without_answer.signature.name, without_answer.intact) == ("Boris", False)


async def test_a_question_that_is_worded_otherwise_afterwards_shows_and_whoever_checks_the_record_sees_it(
    database: Database,
) -> None:
    case_id = await asked_to_decide(database, signed=MEANING)
    await sign(database, question_of(case_id), await proven(database, question_of(case_id)))
    before = [found async for found in broken_invariants(database, minutes(3))]
    async with database.transaction() as session:
        question = await session.get_one(QuestionRow, question_of(case_id))
        question.draft = question.draft | {"title": "Do we want cake?"}
        session.add(question)

    (found,) = await signatures(database, case_id)
    (broken,) = [found async for found in broken_invariants(database, minutes(3))]

    assert (before, found.altered) == ([], ("The record was altered since it was signed: asked.",))
    assert (broken.invariant, broken.row) == ("I12", f"question {question_of(case_id)}")


async def test_whoever_checks_the_record_sees_an_answer_that_nobody_signed(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await sign(database, question_of(case_id), None)
    async with database.transaction() as session:
        question = await session.get_one(QuestionRow, question_of(case_id))
        choices = [choice | {"signed": MEANING} for choice in question.draft["choices"]]
        question.draft = question.draft | {"choices": choices}
        session.add(question)

    (broken,) = [found async for found in broken_invariants(database, minutes(3))]

    assert (broken.invariant, broken.what) == ("I12", "boris answered accept_as_asked and did not sign.")
