"""By what a site makes its plans, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.ports import NotInSystem
from domain.schedule.policy import SchedulePolicy
from storage.database import Database
from storage.schedule_policies import PublishedSchedulePolicies
from tests.storage.plant import NOW


async def test_a_site_has_its_own_figures_from_their_day_on_else_those_for_everywhere_and_never_none(
    database: Database,
) -> None:
    policies = PublishedSchedulePolicies(database)
    usual = SchedulePolicy(site="*", effective_from=NOW - timedelta(days=1))
    own = SchedulePolicy(site="nowhere", effective_from=NOW, search_for=timedelta(seconds=7))
    await policies.publish_shipped(usual, NOW)

    published = [await policies.publish_shipped(own, NOW) for _ in range(2)]

    assert published == [True, False]
    assert await policies.in_force("nowhere", NOW) == own
    assert await policies.in_force("nowhere", NOW - timedelta(hours=1)) == usual
    assert (await policies.in_force("elsewhere", NOW)).site == "*"
    with pytest.raises(NotInSystem, match="lockstep schedule policy FILE --publish"):
        await policies.in_force("nowhere", NOW - timedelta(days=10_000))
