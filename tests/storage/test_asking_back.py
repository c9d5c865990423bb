"""Asking back in the record: it settles the question, twice in a case, and then brings in the lead."""

from __future__ import annotations

import pytest

from domain.asking_back import NotAskedBack
from domain.case import LookCall
from domain.decision import NotAllowed, QuestionClosed
from domain.views import QuestionSummary
from storage.asking_back import AskingBack
from storage.database import Database
from storage.reading_questions import QuestionReader
from storage.record import CaseRecord
from storage.requests import RequestKey
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow, QuestionRow
from tests.storage.plant import (
    PLANNERS,
    acting,
    answer,
    asked_to_decide,
    found_out,
    minutes,
    move,
    question_of,
    race,
    rows,
)


async def asks_back(
    database: Database, question: str, by: str = "boris", key: RequestKey | None = None
) -> QuestionSummary:
    return await AskingBack(database).ask_back(question, "Which revision?", acting(by, 1, key=key))


async def test_the_question_is_closed_and_the_case_hears_what_is_wanted(database: Database) -> None:
    case_id = await asked_to_decide(database)

    closed = await asks_back(database, question_of(case_id))

    assert (closed.choice, closed.reason, closed.closed_by) == ("ask_back", "Which revision?", "Boris")
    (heard,) = (await CaseRecord(database).look(LookCall(case_id=case_id))).settled
    assert (heard.choice, heard.by, heard.reason) == ("ask_back", "Boris", "Which revision?")
    (line,) = await rows(database, TrailRow, case_id=case_id, action="asked_back")
    assert (line.by["id"], line.role, line.reason) == ("boris", "planner", "Which revision?")
    with pytest.raises(QuestionClosed, match="Boris answered ask_back"):
        await answer(database, question_of(case_id), "accept_as_asked", "petra")


async def test_what_was_found_out_is_put_to_who_decides(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await asks_back(database, question_of(case_id))

    anew = await found_out(database, case_id, 3)

    shown = await QuestionReader(database).question(anew, acting("boris").caller, minutes(9))
    assert "**Asked back** by boris: Which revision?" in shown.context
    assert "**Found out** by anna: Revision B." in shown.context


async def test_the_third_time_the_question_stays_open_and_the_lead_may_decide_it_as_well(database: Database) -> None:
    case_id = await asked_to_decide(database)
    question = question_of(case_id)
    for step in (3, 6):
        await asks_back(database, question)
        question = await found_out(database, case_id, step)

    third = await asks_back(database, question)
    with pytest.raises(NotAskedBack, match="decide it now"):
        await asks_back(database, question, "petra")

    assert (third.closed_at, third.further_roles) == (None, ("plant_manager",))
    (line,) = await rows(database, TrailRow, case_id=case_id, action="escalated")
    assert (line.by["id"], line.role) == ("boris", "plant_manager")
    assert "Which revision?" in line.reason
    assert (await answer(database, question, "accept_as_asked", "paul", at=minutes(2))).settled == "accept_as_asked"


async def test_a_refusal_is_on_the_trail_and_closes_nothing(database: Database) -> None:
    case_id = await asked_to_decide(database)

    with pytest.raises(NotAllowed):
        await asks_back(database, question_of(case_id), "dev")
    await asks_back(database, question_of(case_id))
    await move(database, case_id, 3, "needs_information", assessment=1)
    with pytest.raises(NotAskedBack, match="not for asking back"):
        await asks_back(database, f"{case_id}-3-1", "anna")

    refused = await rows(database, TrailRow, case_id=case_id, action="asking_back_refused")
    assert [line.by["id"] for line in refused] == ["dev", "anna"]
    assert [row.choice for row in await rows(database, QuestionRow, case_id=case_id)] == ["ask_back", None]


async def test_of_those_who_ask_back_in_the_same_instant_one_does(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)

    fared = await race(
        *(asks_back(place, question_of(case_id), by) for place, by in zip(several, PLANNERS, strict=True))
    )

    assert len([one for one in fared if isinstance(one, QuestionSummary)]) == 1
    assert len([one for one in fared if isinstance(one, QuestionClosed)]) == len(fared) - 1
    assert len(await rows(database, AnswerRow)) == 1


async def test_a_request_that_is_repeated_asks_back_once(database: Database) -> None:
    question = question_of(await asked_to_decide(database))
    key = RequestKey(caller="person:boris", key="k", fingerprint="1")

    assert await asks_back(database, question, key=key) == await asks_back(database, question, key=key)

    assert len(await rows(database, AnswerRow)) == 1
