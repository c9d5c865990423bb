"""Stages that are given time of their own, in the record: deadline, ladder, and what is waited for meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.calendar import Duration
from domain.case import EscalationStep, LookCall
from domain.parking import Cause
from domain.policy import Requirement
from domain.question import Rung
from domain.roles import Role
from storage.database import Database
from storage.invariants import broken_invariants
from storage.parkings import Parkings
from storage.record import CaseRecord
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.questions import QuestionRow
from tests.storage.plant import acting, answer, asked_to_decide, minutes, question_of, rows

TWO_HOURS = Duration(clock=timedelta(hours=2))
BUYER_THEN_MANAGER = (
    Requirement(role=Role.BUYER),
    Requirement(role=Role.PLANT_MANAGER, stage=2, within=TWO_HOURS),
)
# The buyer is given four hours by the clock: reminders after 120 and 192 minutes, his lead after 240.


async def agrees(database: Database, case_id: str, by: str, minute: int) -> str | None:
    return (await answer(database, question_of(case_id), "accept_as_asked", by, at=minutes(minute))).settled


async def chased(database: Database, case_id: str) -> list[tuple[str, int, datetime]]:
    return [
        (line.action, line.details["percent"], line.at)
        for line in await rows(database, TrailRow, case_id=case_id)
        if line.action in ("reminded", "escalated")
    ]


async def test_who_comes_second_has_all_of_his_time_however_late_the_first_was(database: Database) -> None:
    case_id = await asked_to_decide(database, *BUYER_THEN_MANAGER)
    record = CaseRecord(database)
    await record.climb(case_id, minutes(200))

    assert await agrees(database, case_id, "dev", 230) is None

    (question,) = await rows(database, QuestionRow, case_id=case_id)
    (case,) = await rows(database, CaseRow, id=case_id)
    assert question.due_at == case.due_at == minutes(350)
    news = await record.look(LookCall(case_id=case_id, sequence=2))
    assert case.hinted
    assert news.wake_at == minutes(290)
    (said,) = await rows(database, TrailRow, case_id=case_id, action="answered")
    assert (said.details["asked_next"], said.details["due_at"]) == (["plant_manager"], minutes(350).isoformat())

    assert await record.climb(case_id, minutes(350)) == minutes(410)
    assert await chased(database, case_id) == [
        ("reminded", 50, minutes(200)), ("reminded", 80, minutes(200)),
        ("reminded", 50, minutes(350)), ("reminded", 80, minutes(350)), ("escalated", 100, minutes(350)),
    ]  # fmt: skip
    (question,) = await rows(database, QuestionRow, case_id=case_id)
    # He leads himself, so that the next is brought in.
    assert question.further_roles == ["duty_manager"]
    assert await agrees(database, case_id, "paul", 360) == "accept_as_asked"
    broken = [one async for one in broken_invariants(database, minutes(361)) if one.invariant in {"I2", "I3", "I6"}]
    assert broken == []


async def test_a_step_of_the_ladder_that_was_under_way_when_the_turn_came_is_not_climbed(database: Database) -> None:
    case_id = await asked_to_decide(database, *BUYER_THEN_MANAGER)
    record = CaseRecord(database)
    (question,) = await rows(database, QuestionRow, case_id=case_id)
    reached = EscalationStep(
        case_id=case_id, question_id=question.id, rung=Rung.model_validate(question.rungs[0]), at=minutes(120)
    )
    await agrees(database, case_id, "dev", 119)

    await record.escalate(reached)

    assert await chased(database, case_id) == []


async def test_who_is_not_given_time_of_his_own_has_what_is_left(database: Database) -> None:
    then = Requirement(role=Role.PLANT_MANAGER, stage=2)
    case_id = await asked_to_decide(database, Requirement(role=Role.BUYER), then)

    await agrees(database, case_id, "dev", 230)

    (question,) = await rows(database, QuestionRow, case_id=case_id)
    assert (question.due_at, question.turn) == (minutes(240), None)


async def test_what_the_first_waited_for_has_come_and_the_second_parks_in_his_own_time(database: Database) -> None:
    case_id = await asked_to_decide(database, *BUYER_THEN_MANAGER)
    parkings, question_id = Parkings(database), question_of(case_id)
    await parkings.park(question_id, Cause.SUPPLIER, minutes(1000), "He looks.", acting("dev", 60))

    await agrees(database, case_id, "dev", 100)
    (question,) = await rows(database, QuestionRow, case_id=case_id)
    then = await parkings.park(question_id, Cause.CUSTOMER, minutes(500), "He asks.", acting("paul", 160))

    assert (question.parked, question.due_at) == (None, minutes(220))
    assert then.due_at == minutes(220 + 340)
