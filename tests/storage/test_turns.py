"""Stages that are given time of their own, in the record: deadline, ladder, and what is waited for meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.calendar import Duration
from domain.case import EscalationStep, LookCall
from domain.decision import NotAllowed
from domain.master_data import Person
from domain.parking import Cause
from domain.policy import Requirement
from domain.question import Rung
from domain.roles import Role
from storage.claims import Claims
from storage.database import Database
from storage.identity import Caller
from storage.invariants import broken_invariants
from storage.parkings import Parkings
from storage.reading_questions import QuestionReader
from storage.record import CaseRecord
from storage.snoozes import Snoozes
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.questions import QuestionRoleRow, QuestionRow
from tests.storage.plant import acting, answer, ask, asked_to_decide, minutes, person, question_of, rows, tell
from tests.support.small_plant import SITE

TWO_HOURS = Duration(clock=timedelta(hours=2))
BUYER_THEN_MANAGER = (
    Requirement(role=Role.BUYER),
    Requirement(role=Role.PLANT_MANAGER, stage=2, within=TWO_HOURS),
)
DISPATCH_THEN_QUALITY = (
    Requirement(role=Role.DISPATCH),
    Requirement(role=Role.QUALITY_ENGINEER, stage=2, within=TWO_HOURS),
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
    assert (news.wake_at, news.due_at) == (minutes(290), minutes(350))
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
    (line,) = await rows(database, TrailRow, case_id=case_id, action="resumed")
    told = [row.body for row in await rows(database, OutboxRow, kind="notice")]
    about = {"question": question_id}
    assert {"occasion": "resumed", "only": "dev", "line": line.sequence, **about} in told
    assert {"occasion": "reminded", **about} in told
    assert then.due_at == minutes(220 + 340)


async def test_who_stood_in_for_the_first_stands_in_for_nobody_once_he_has_agreed(database: Database) -> None:
    case_id = await asked_to_decide(database, *DISPATCH_THEN_QUALITY)
    record = CaseRecord(database)
    await record.climb(case_id, minutes(240))
    (before,) = await rows(database, QuestionRow, case_id=case_id)

    await agrees(database, case_id, "emma", 300)

    (question,) = await rows(database, QuestionRow, case_id=case_id)
    # Nobody hears of quality before it is asked: its lead has nothing to do with a late dispatcher.
    assert (before.further_roles, question.further_roles) == (["shipping_manager"], [])
    open_to = {row.role for row in await rows(database, QuestionRoleRow, question_id=question.id)}
    assert open_to == {"dispatch", "quality_engineer"}
    with pytest.raises(NotAllowed):
        await agrees(database, case_id, "sven", 310)
    assert await record.climb(case_id, minutes(420)) == minutes(480)
    assert await agrees(database, case_id, "rosa", 430) == "accept_as_asked"


async def test_what_he_said_who_stood_in_before_counts_on(database: Database) -> None:
    case_id = await asked_to_decide(database, *DISPATCH_THEN_QUALITY)
    await CaseRecord(database).climb(case_id, minutes(240))

    await agrees(database, case_id, "sven", 250)

    assert await agrees(database, case_id, "quin", 260) == "accept_as_asked"
    broken = [one async for one in broken_invariants(database, minutes(261)) if one.invariant in {"I2", "I6"}]
    assert broken == []


async def test_each_sees_to_it_for_half_of_his_own_time(database: Database) -> None:
    case_id = await asked_to_decide(database, *DISPATCH_THEN_QUALITY)
    claims, question_id = Claims(database), question_of(case_id)
    await claims.claim(question_id, acting("emma", 10))

    await agrees(database, case_id, "emma", 20)

    (question,) = await rows(database, QuestionRow, case_id=case_id)
    (said,) = await rows(database, TrailRow, case_id=case_id, action="answered")
    assert (question.claim, said.details["claim_ended"]) == (None, "emma")
    then = await claims.claim(question_id, acting("quin", 30))
    assert then.claim is not None
    assert then.claim.until == minutes(90)


async def test_what_was_put_off_before_his_turn_is_in_his_list_when_it_comes(database: Database) -> None:
    case_id = await asked_to_decide(database, *DISPATCH_THEN_QUALITY)
    quin = Caller(person("quin"), (SITE,), (Role.QUALITY_ENGINEER,), {SITE: frozenset({Role.QUALITY_ENGINEER})})
    await Snoozes(database).put_off(question_of(case_id), quin, minutes(1000), minutes(5))

    await agrees(database, case_id, "emma", 20)

    (found,) = (await QuestionReader(database).questions(quin, minutes(21))).items
    assert (found.due_at, found.waited_for) == (minutes(140), (Role.QUALITY_ENGINEER,))
    assert (found.asked_at, found.waited_since) == (minutes(0), minutes(20))


async def test_who_agrees_to_another_way_gives_nobody_his_time_twice(database: Database) -> None:
    case_id = await asked_to_decide(
        database, Requirement(role=Role.PLANNER), Requirement(role=Role.FINANCE, stage=2, within=TWO_HOURS)
    )
    await agrees(database, case_id, "boris", 10)

    await answer(database, question_of(case_id), "accept_later", "petra", at=minutes(100))

    (question,) = await rows(database, QuestionRow, case_id=case_id)
    assert question.due_at == minutes(130)


@pytest.mark.parametrize("within", [TWO_HOURS, None])
async def test_whose_turn_came_by_an_answer_that_counts_no_longer_waits_again(
    database: Database, within: Duration | None
) -> None:
    then = Requirement(role=Role.PLANT_MANAGER, stage=2, within=within)
    case_id = await asked_to_decide(database, Requirement(role=Role.BUYER), then)
    await tell(database, Person(site=SITE, person="bea", name="Bea", roles=(Role.BUYER,)))
    paul, bea = (
        Caller(person(name), (SITE,), (), {SITE: frozenset({role})})
        for name, role in (("paul", Role.PLANT_MANAGER), ("bea", Role.BUYER))
    )

    async def found(minute: int) -> list[int]:
        reader = QuestionReader(database)
        return [len((await reader.questions(caller, minutes(minute))).items) for caller in (paul, bea)]

    await agrees(database, case_id, "dev", 100)
    before = await found(101)
    await ask(database, by="dev", at=minutes(110))
    after = await found(111)
    with pytest.raises(NotAllowed, match="asked once those before have agreed"):
        await agrees(database, case_id, "paul", 112)
    (waiting,) = await rows(database, QuestionRow, case_id=case_id)
    second = await agrees(database, case_id, "bea", 120)
    again = await found(121)

    assert (before, after, again) == ([1, 1], [0, 1], [1, 0])
    # Where he had time of his own, whoever is asked once more has all of his.
    assert waiting.due_at == minutes(110 + 240 if within else 240)
    lines = await rows(database, TrailRow, action="turn_given_back")
    assert [line.details["waited_for"] for line in lines] == ([["buyer"]] if within else [])
    assert (second, await agrees(database, case_id, "paul", 130)) == (None, "accept_as_asked")
    broken = [one async for one in broken_invariants(database, minutes(131)) if one.invariant in {"I2", "I3", "I6"}]
    assert broken == []
