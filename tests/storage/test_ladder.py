"""Who hears of a question when nobody answers, as the site's policy says, in the working time of each role."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from domain.calendar import Duration, Shift, WorkingCalendar
from domain.ladder import LadderStep
from domain.master_data import Calendar
from domain.policy import Requirement
from domain.roles import Role
from runtime.policies import FOLDER, read_policy
from storage.database import Database
from storage.outbox import MessageKind
from storage.policies import Policies
from storage.record import CaseRecord
from storage.tables.cases import TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.questions import QuestionRoleRow, QuestionRow
from tests.storage.plant import NOW, asked_to_decide, question_of, rows, tell
from tests.support.small_plant import SITE, small_plant

HOUR = timedelta(hours=1)


async def open_to(database: Database, question: str) -> set[str]:
    return {row.role for row in await rows(database, QuestionRoleRow, question_id=question)}


async def test_after_twice_the_time_everybody_there_is_was_brought_in_and_the_question_is_red(
    database: Database,
) -> None:
    question = question_of(await asked_to_decide(database, Role.SALES, Role.PLANNER, quantity=1))
    record = CaseRecord(database)

    at_once = await open_to(database, question)
    await record.climb(question.removesuffix("-2-1"), NOW + 4 * HOUR)
    in_time = await open_to(database, question)
    last = await record.climb(question.removesuffix("-2-1"), NOW + 8 * HOUR)

    assert at_once == {"sales", "planner"}
    assert in_time == at_once | {"sales_manager", "plant_manager"}
    assert await open_to(database, question) == in_time | {"duty_manager"}
    assert last is None
    lines = await rows(database, TrailRow, case_id=question.removesuffix("-2-1"))
    reached = [(line.action, line.role, line.details) for line in lines if "percent" in line.details]
    assert [(action, role, said["percent"]) for action, role, said in reached] == [
        ("reminded", None, 50), ("reminded", None, 80), ("escalated", "sales_manager", 100),
        ("escalated", "duty_manager", 150), ("reminded", None, 200),
    ]  # fmt: skip
    assert reached[2][2]["also"] == ["plant_manager"]
    assert [said.get("red", False) for _, _, said in reached] == [False] * 4 + [True]
    told = [row.body for row in await rows(database, OutboxRow) if row.kind == MessageKind.EVENT]
    assert [(one["percent"], one["red"]) for one in told if "percent" in one][-1] == (200, True)


async def test_the_ladder_of_the_site_is_kept_with_the_question_whatever_is_published_later(
    database: Database,
) -> None:
    shipped = read_policy(FOLDER / "order_change.yaml")
    own = (LadderStep(percent=60), LadderStep(percent=120, to=Role.FINANCE, red=True))
    await Policies(database).publish_shipped(shipped.model_copy(update={"site": SITE, "ladder": own}), NOW)

    question = question_of(await asked_to_decide(database, quantity=1))
    usual = shipped.model_copy(update={"site": SITE, "effective_from": NOW - HOUR})
    await Policies(database).publish_shipped(usual, NOW)

    (row,) = await rows(database, QuestionRow, id=question)
    assert [(rung["percent"], rung["role"], rung["red"]) for rung in row.rungs] == [
        (60, None, False),
        (120, "finance", True),
    ]
    await CaseRecord(database).climb(row.case_id, NOW + 5 * HOUR)
    assert await open_to(database, question) == {"planner", "finance"}


@pytest.mark.parametrize(
    ("second", "late_after"),
    [
        # Eight in the morning: the planner's four hours are over at noon, those of the night shift at two.
        (Requirement(role=Role.PRODUCTION), 18 * HOUR),
        (Requirement(role=Role.PRODUCTION, stage=2), 18 * HOUR),
        (Requirement(role=Role.PRODUCTION, stage=2, within=Duration(working=HOUR)), 4 * HOUR),
    ],
)
async def test_a_decision_is_late_once_the_time_is_over_for_every_role_that_shares_it_by_its_own_calendar(
    database: Database, second: Requirement, late_after: timedelta
) -> None:
    (site,) = (fact for fact in small_plant(NOW) if fact.kind == "site")
    nights = WorkingCalendar(
        name="nights", zone="UTC", shifts=tuple(Shift(weekday=day, start=time(22), end=time(6)) for day in range(7))
    )
    await tell(
        database,
        site.model_copy(update={"role_calendars": {"production": "nights"}}),
        Calendar(site=SITE, calendar="nights", working=nights),
        at=NOW + timedelta(seconds=1),
    )

    question = question_of(await asked_to_decide(database, Role.PLANNER, second, within=Duration(working=4 * HOUR)))

    (row,) = await rows(database, QuestionRow, id=question)
    assert row.due_at == NOW + late_after
