"""Parking in the record: deadlines that are put off, taken up again, and told of on the trail."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.case import LookCall
from domain.decision import NotAllowed, UntilWrong
from domain.parking import Cause, NothingParked, ParkedAlready
from domain.ports import NotInSystem
from domain.roles import Role
from domain.views import QuestionSummary
from storage.database import Database
from storage.identity import Caller
from storage.parkings import Parkings
from storage.reading_questions import QuestionReader
from storage.record import CaseRecord
from storage.snoozes import Snoozes
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.questions import QuestionRow
from tests.storage.plant import (
    PLANNERS,
    acting,
    answer,
    asked_to_decide,
    minutes,
    person,
    question_of,
    race,
    rows,
)
from tests.support.small_plant import SITE

# Four hours are given, by the clock: reminders after 120 and 192 minutes, the lead after 240, the plant after 360.


async def parks(
    database: Database,
    case_id: str,
    cause: Cause = Cause.CUSTOMER,
    minute: int = 60,
    until: int = 660,
    by: str = "boris",
) -> QuestionSummary:
    return await Parkings(database).park(
        question_of(case_id), cause, minutes(until), "He asks his site.", acting(by, minute)
    )


async def chased(database: Database, case_id: str) -> list[datetime]:
    (question,) = await rows(database, QuestionRow, case_id=case_id)
    return [datetime.fromisoformat(rung["at"]) for rung in question.rungs]


@pytest.mark.parametrize("cause", [Cause.CUSTOMER, Cause.SUPPLIER, Cause.CARRIER])
async def test_the_clock_stops_while_somebody_outside_is_waited_for(database: Database, cause: Cause) -> None:
    case_id = await asked_to_decide(database)

    parked = await parks(database, case_id, cause)

    assert parked.parked is not None
    assert (parked.parked.cause, parked.parked.until, parked.due_at) == (cause, minutes(660), minutes(840))
    assert (await chased(database, case_id))[:3] == [minutes(720), minutes(792), minutes(840)]
    (case,) = await rows(database, CaseRow, id=case_id)
    assert case.due_at == minutes(840)
    assert await CaseRecord(database).climb(case_id, minutes(660)) == minutes(720)
    assert await rows(database, TrailRow, case_id=case_id, action="reminded") == []
    (line,) = await rows(database, TrailRow, case_id=case_id, action="parked")
    assert (line.by["id"], line.reason, line.details["cause"]) == ("boris", "He asks his site.", cause)


async def test_it_goes_on_for_what_is_internal(database: Database) -> None:
    case_id = await asked_to_decide(database)
    before = await chased(database, case_id)

    parked = await parks(database, case_id, Cause.INTERNAL)
    await CaseRecord(database).climb(case_id, minutes(240))

    assert parked.parked is not None
    assert parked.due_at == minutes(240)
    assert await chased(database, case_id) == before
    assert len(await rows(database, TrailRow, case_id=case_id, action="escalated")) == 1


async def test_who_resumes_it_early_has_it_put_off_by_as_much_only_and_the_case_is_told(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await parks(database, case_id, minute=60, until=660)

    resumed = await Parkings(database).resume(question_of(case_id), acting("petra", 90))

    assert (resumed.parked, resumed.due_at) == (None, minutes(270))
    assert (await chased(database, case_id))[:3] == [minutes(150), minutes(222), minutes(270)]
    assert (await CaseRecord(database).look(LookCall(case_id=case_id))).wake_at == minutes(150)
    assert len([row for row in await rows(database, OutboxRow, case_id=case_id) if row.kind == "hint"]) == 1
    with pytest.raises(NothingParked):
        await Parkings(database).resume(question_of(case_id), acting("petra", 91))
    assert len(await rows(database, TrailRow, case_id=case_id, action="resuming_refused")) == 1


async def test_it_is_taken_up_again_by_itself_and_may_be_parked_again(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await parks(database, case_id, minute=60, until=120)
    with pytest.raises(ParkedAlready):
        await parks(database, case_id, minute=119, until=180)

    again = await parks(database, case_id, minute=120, until=180)

    assert again.due_at == minutes(360)
    assert (await chased(database, case_id))[:2] == [minutes(240), minutes(312)]


async def test_what_was_reached_before_stays_reached(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await CaseRecord(database).climb(case_id, minutes(120))

    await parks(database, case_id, minute=130, until=430)
    await CaseRecord(database).climb(case_id, minutes(430))

    assert len(await rows(database, TrailRow, case_id=case_id, action="reminded")) == 1
    assert (await chased(database, case_id))[:2] == [minutes(120), minutes(492)]


async def test_what_is_parked_may_be_answered(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await parks(database, case_id)

    answered = await answer(database, question_of(case_id), "accept_as_asked", "petra", at=minutes(61))

    shown = await QuestionReader(database).question(question_of(case_id), acting("boris").caller, minutes(62))
    assert (answered.settled, shown.parked) == ("accept_as_asked", None)


async def test_a_refusal_changes_nothing_and_is_on_the_trail(database: Database) -> None:
    case_id = await asked_to_decide(database)
    before = await chased(database, case_id)

    with pytest.raises(NotAllowed):
        await parks(database, case_id, by="dev")
    with pytest.raises(UntilWrong):
        await parks(database, case_id, until=60)

    assert await chased(database, case_id) == before
    assert len(await rows(database, TrailRow, case_id=case_id, action="parking_refused")) == 1


async def test_of_those_who_park_it_in_the_same_instant_one_does(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)

    fared = await race(*(parks(place, case_id, by=by) for place, by in zip(several, PLANNERS, strict=True)))

    assert len([one for one in fared if isinstance(one, QuestionSummary)]) == 1
    assert len([one for one in fared if isinstance(one, ParkedAlready)]) == len(fared) - 1
    assert (await chased(database, case_id))[0] == minutes(720)


async def test_what_somebody_snoozes_is_out_of_his_own_list_only_until_its_time(database: Database) -> None:
    question = question_of(await asked_to_decide(database))
    boris, petra = (Caller(person(name), (SITE,), (), {SITE: frozenset({Role.PLANNER})}) for name in ("boris", "petra"))
    reader, snoozes = QuestionReader(database), Snoozes(database)
    await snoozes.put_off(question, boris, minutes(30), minutes(0))

    async def listed(who: Caller, minute: int, *, snoozed: bool = False) -> bool:
        return bool((await reader.questions(who, minutes(minute), snoozed=snoozed)).items)

    assert (await listed(boris, 29), await listed(petra, 29)) == (False, True)
    assert (await listed(boris, 29, snoozed=True), await listed(boris, 30)) == (True, True)
    await snoozes.put_off(question, boris, minutes(90), minutes(31))
    await snoozes.put_off(question, boris, None, minutes(32))
    await snoozes.put_off(question, boris, None, minutes(32))
    assert await listed(boris, 33)
    with pytest.raises(UntilWrong):
        await snoozes.put_off(question, boris, minutes(33), minutes(33))
    with pytest.raises(NotInSystem):
        await snoozes.put_off(question, Caller(person("boris"), ("south",), ()), minutes(40), minutes(33))
