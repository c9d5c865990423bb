"""What the processes that go on in steps may cost the engine: their usual course, and where nothing is to be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlmodel import col, select

from benchmarks.history import A_DECISION, NOTHING_TO_DO, USUAL_COURSE, HistoryCost, cost_of
from domain.catalog import PROCESSES
from storage.tables.cases import CaseRow
from tests.support.running_plant import RunningPlant
from tests.workflows import test_dispatch_release as dispatch
from tests.workflows import test_quality_alert as alert
from tests.workflows import test_quality_hold as quality
from tests.workflows import test_schedule_adjustment as schedule
from tests.workflows import test_shortage as shortage
from tests.workflows.test_budget import over

Story = Callable[[RunningPlant], Awaitable[None]]

NOTHING: dict[str, Story] = {
    "schedule_adjustment": schedule.test_nothing_has_to_move_when_it_is_over_before_it_matters,
    "shortage": shortage.test_ends_quietly_where_nothing_is_missing,
}
USUAL: dict[str, Story] = {
    "schedule_adjustment": schedule.test_moves_what_cannot_be_done_as_planned_and_tells_who_works_by_the_plan,
    "shortage": shortage.test_expedites_what_is_missing_and_is_over_when_it_can_be_used,
    "quality_hold": quality.test_scraps_a_part_and_uses_the_rest_by_concession,
    "quality_alert": alert.test_closed_it_stops_no_more_lots_and_lets_none_go,
    "dispatch_release": dispatch.test_leaves_when_each_has_done_his_part_and_everybody_is_told,
}


def test_every_process_that_goes_on_in_steps_has_a_budget() -> None:
    assert USUAL.keys() == USUAL_COURSE.keys() == {name for name, process in PROCESSES.items() if process.by_steps}


@pytest.mark.parametrize("process", NOTHING)
async def test_a_case_in_which_nothing_is_to_be_done_keeps_to_its_budget(plant: RunningPlant, process: str) -> None:
    await NOTHING[process](plant)

    _, cost = await _told(plant, process)

    assert over(cost, NOTHING_TO_DO) == []


@pytest.mark.parametrize("process", USUAL)
async def test_the_usual_course_keeps_to_its_budget(plant: RunningPlant, process: str) -> None:
    await USUAL[process](plant)

    case, cost = await _told(plant, process)

    decisions = [line.action for line in await plant.trail(case)].count("answered")
    of_decisions = HistoryCost(
        events=A_DECISION.events * decisions, size=A_DECISION.size * decisions, actions=A_DECISION.actions * decisions
    )
    assert over(cost, USUAL_COURSE[process]) == []
    assert over(USUAL_COURSE[process], of_decisions) == []


async def _told(plant: RunningPlant, process: str) -> tuple[str, HistoryCost]:
    """The case that the story is about, which is over, and what it has cost."""
    query = select(CaseRow).where(CaseRow.process == process).order_by(col(CaseRow.number))
    async with plant.database.reading() as session:
        case = (await session.exec(query)).first()
    assert case is not None
    handle = await plant.handle(case.id)
    await handle.result()
    return case.id, cost_of(await handle.fetch_history())
