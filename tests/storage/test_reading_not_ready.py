"""What is not ready over all sites: the same as each judgement by itself, page by page, in few queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.plant.sample import sample_plant
from connectors.plant.sample_release import readiness_policies
from domain.facts import Job, JobStatus, Shipment, ShipmentStatus
from domain.readiness.not_ready import NotReady, Waiting
from domain.readiness.truth import Truth
from domain.roles import Role
from storage.database import Database
from storage.facts import FactStore
from storage.paging import BadCursor, cursor_behind
from storage.readiness import ReadinessReader
from storage.readiness_history import ReadinessHistory
from storage.readiness_policies import ReadinessPolicies
from storage.reading_not_ready import NotReadyReader
from tests.storage.plant import NOW, tell
from tests.storage.test_readiness import counted

SITES = ("north", "south", "hall1")
AT = NOW + timedelta(minutes=1)
PAST = (
    JobStatus.RUNNING, JobStatus.COMPLETE, JobStatus.CLOSED, ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED,
    ShipmentStatus.CANCELLED,
)  # fmt: skip


@pytest.fixture
async def plant(database: Database) -> Database:
    """The sample plant besides the small one, judged."""
    for policy in readiness_policies(NOW):
        await ReadinessPolicies(database).publish_shipped(policy, NOW)
    await tell(database, *sample_plant(NOW), at=NOW + timedelta(seconds=1))
    await judge(database)
    return database


async def judge(database: Database) -> None:
    history = ReadinessHistory(database)
    while await history.spread_news(AT) + await history.find_untold(AT) + await history.judge_due(AT):
        pass


async def listed(plant: Database, limit: int = 500, **wanted: Any) -> list[NotReady]:
    """All of it, page by page."""
    page = await NotReadyReader(plant).not_ready(sites=SITES, limit=limit, **wanted)
    found = [*page.items]
    while page.next is not None:
        page = await NotReadyReader(plant).not_ready(sites=SITES, limit=limit, cursor=page.next, **wanted)
        found += page.items
    return found


async def test_lists_what_each_judgement_says_and_nothing_that_has_started_or_left(plant: Database) -> None:
    expected = {}
    things: list[Job | Shipment] = [told.fact for told in await FactStore(plant).find(Job)]
    things += [told.fact for told in await FactStore(plant).find(Shipment)]
    for thing in things:
        if thing.status in PAST:
            continue
        judged = await ReadinessReader(plant).readiness(type(thing), thing.site, thing.key, SITES, AT)
        asked = "clear_to_start" if isinstance(thing, Job) else "dispatch_approved"
        one = next(each for each in judged.judgements if each.predicate == asked)
        if one.value is not Truth.TRUE:
            due = thing.starts_at if isinstance(thing, Job) else thing.ship_by
            expected[thing.kind, thing.site, thing.key] = (one.value, one.reasons, due)

    found = await listed(plant)

    assert {(one.kind, one.site, one.key): (one.value, one.reasons, one.due_at) for one in found} == expected
    assert {one.kind for one in found} == {"job", "shipment"}
    assert len(found) == len(expected) > 5
    assert all(one.reasons for one in found)


@pytest.mark.parametrize("limit", [1, 3])
async def test_pages_add_up_to_the_list_whatever_is_wanted(plant: Database, limit: int) -> None:
    whole = await listed(plant)

    assert await listed(plant, limit) == whole
    assert await listed(plant, limit, kind=Waiting.JOBS) == [one for one in whole if one.kind == "job"]
    for owner in (Role.BUYER, Role.WAREHOUSE, Role.AUDITOR):
        assert await listed(plant, limit, owner=owner) == [one for one in whole if owner in one.owners]
    for site in SITES:
        assert await listed(plant, limit, site=site) == [one for one in whole if one.site == site]
    assert any(Role.BUYER in one.owners for one in whole)


async def test_a_page_costs_a_few_queries_however_much_is_wanted(plant: Database) -> None:
    for owner in (None, Role.BUYER):
        with counted(plant) as queries:
            await NotReadyReader(plant).not_ready(sites=SITES, owner=owner, limit=500)

        assert len(queries) <= 2


async def test_what_becomes_ready_leaves_the_list_and_what_is_elsewhere_is_not_in_it(plant: Database) -> None:
    first = next(one for one in await listed(plant) if one.kind == "job")
    job = (await FactStore(plant).read(Job, first.site, first.key)).fact

    await tell(plant, job.model_copy(update={"status": JobStatus.RUNNING}), at=NOW + timedelta(seconds=2))

    assert first.key not in {one.key for one in await listed(plant)}
    assert (await NotReadyReader(plant).not_ready(sites=("elsewhere",))).items == ()
    assert (await NotReadyReader(plant).not_ready(sites=("elsewhere",), site=first.site)).items == ()


@pytest.mark.parametrize("cursor", [cursor_behind("yesterday", 1), cursor_behind("2026-10-05T08:00:00", 1), "x"])
async def test_a_cursor_of_another_list_is_refused(plant: Database, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await NotReadyReader(plant).not_ready(sites=SITES, cursor=cursor)
