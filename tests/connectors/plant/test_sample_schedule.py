"""The schedule of the sample plant: it can be carried out, and there is something to do when a machine fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from activities.rescheduling import options_after
from connectors.plant.sample import sample_plant
from connectors.plant.sample_sites import NORTH, SOUTH
from connectors.solver.scheduling import RuleScheduler
from domain.schedule.disturbance import hit
from domain.schedule.known import Outage, known_schedule
from domain.schedule.policy import SchedulePolicy
from domain.schedule.variants import Offers
from domain.supply import SupplyPicture

MOMENTS = (datetime(2026, 11, 27, 9, tzinfo=UTC), datetime(2026, 11, 28, 9, 7, 13, tzinfo=UTC))


@pytest.mark.parametrize("now", MOMENTS, ids=str)
@pytest.mark.parametrize("site", [NORTH, SOUTH])
def test_the_plan_of_the_jobs_can_be_carried_out_as_it_is(site: str, now: datetime) -> None:
    known = known_schedule(SupplyPicture(now, sample_plant(now)), site)

    assert len(known.problem.operations) > 3
    assert hit(known.problem) == frozenset()
    assert known.left_out == {}


@pytest.mark.parametrize("now", MOMENTS, ids=str)
async def test_a_day_without_the_test_bench_leaves_several_ways_with_their_measures(now: datetime) -> None:
    down = Outage("TEST", now, now + timedelta(days=4))
    known = known_schedule(SupplyPicture(now, sample_plant(now)), NORTH, [down], now + timedelta(days=1))

    found = await options_after(
        known.problem, Offers(), SchedulePolicy(site=NORTH, effective_from=now), RuleScheduler()
    )

    assert {"do_nothing", "accept_lateness", "resequence"} <= {option.kind for option in found}
    assert all(option.measures.moved for option in found)
    assert any(option.affected for option in found)
