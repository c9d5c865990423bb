"""Corrections in the record: a new decision that refers to the old one, of which nothing is changed."""

from __future__ import annotations

import pytest

from domain.correction import CorrectionWrong
from domain.views import Correction
from storage.database import Database
from storage.reading_cases import CaseReader
from storage.reading_questions import QuestionReader
from storage.record import CaseRecord
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.questions import QuestionRow
from tests.storage.plant import (
    NOW,
    acting,
    answer,
    ask,
    asked_to_decide,
    evidence,
    minutes,
    more_valves,
    move,
    proposal,
    question_of,
    rows,
)
from tests.support.small_plant import PEOPLE, SITE


async def decided(database: Database) -> str:
    """A case in which boris said no, and which is over."""
    case_id = await asked_to_decide(database)
    await answer(database, question_of(case_id), "reject", "boris", reason="No stock.")
    await move(database, case_id, 3, "rejected", assessment=1)
    return case_id


async def test_a_new_case_names_the_decision_it_corrects_and_both_trails_tell(database: Database) -> None:
    case_id = await decided(database)
    (before,) = await rows(database, QuestionRow, case_id=case_id)

    opened = await ask(database, more_valves().model_copy(update={"corrects": question_of(case_id)}), at=minutes(5))
    await move(database, opened.case_id, 1, "assessing", assessment=1)
    await CaseRecord(database).keep_evidence(opened.case_id, 1, evidence(NOW))
    await CaseRecord(database).keep_proposal(opened.case_id, 1, proposal(PEOPLE["boris"]))
    await move(database, opened.case_id, 2, "awaiting_decision", assessment=1)

    (line,) = await rows(database, TrailRow, case_id=case_id, action="corrected")
    assert (line.by["id"], line.details) == ("anna", {"question": question_of(case_id), "by_case": opened.case_id})
    (begun,) = await rows(database, TrailRow, case_id=opened.case_id, action="opened")
    assert begun.details["request"]["corrects"] == question_of(case_id)
    reader, boris = QuestionReader(database), acting("boris").caller
    shown = await reader.question(question_of(opened.case_id), boris, minutes(9))
    assert f"**Corrects** what {question_of(case_id)} came to." in shown.context
    (after,) = await rows(database, QuestionRow, case_id=case_id)
    assert after == before
    put_right = await CaseReader(database).case(case_id, (SITE,), minutes(9))
    assert put_right.corrected_by == (
        Correction(question_id=question_of(case_id), case_id=opened.case_id, state="awaiting_decision"),
    )
    assert (await CaseReader(database).case(opened.case_id, (SITE,), minutes(9))).corrected_by == ()


async def test_what_was_not_decided_or_is_about_something_else_is_not_corrected(database: Database) -> None:
    case_id = await decided(database)
    undecided = await asked_to_decide(database, order="SO-2", quantity=14)
    lines, cases = len(await rows(database, TrailRow)), len(await rows(database, CaseRow))

    for order, question in (("SO-3", question_of(case_id)), ("SO-2", question_of(undecided)), ("SO-1", "OC-404-1-1")):
        wanted = more_valves(9, order).model_copy(update={"corrects": question})
        with pytest.raises(CorrectionWrong):
            await ask(database, wanted, at=minutes(5))

    assert (len(await rows(database, TrailRow)), len(await rows(database, CaseRow))) == (lines, cases)


async def test_a_correction_of_what_is_wanted_already_is_known(database: Database) -> None:
    case_id = await decided(database)
    first = await ask(database, at=minutes(5))

    again = await ask(database, more_valves().model_copy(update={"corrects": question_of(case_id)}), at=minutes(6))

    assert (again.result, again.case_id) == ("known", first.case_id)
