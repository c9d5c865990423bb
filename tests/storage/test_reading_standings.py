"""Where jobs, lots, shipments and order lines are, one by one and in lists that read few rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.plant.sample import sample_plant
from connectors.plant.sample_release import readiness_policies
from domain.fact import Fact
from domain.facts import KINDS, Job, Lot, OrderLine, Shipment
from domain.order_line.stage import LineStage
from domain.ports import NotInSystem
from domain.roles import Role
from domain.standing.jobs import JobStage
from domain.standing.lots import LotStage
from domain.standing.shipments import ShipmentStage
from domain.views import Page
from storage.database import Database
from storage.derived_lists import EVERYTHING, Wanted
from storage.facts import FactStore
from storage.paging import BadCursor
from storage.readiness_policies import ReadinessPolicies
from storage.reading_orders import OrderReader
from storage.reading_standings import StandingReader
from tests.storage.plant import NOW, tell
from tests.storage.test_readiness import counted

SITES = ("north", "south")
AT = NOW + timedelta(minutes=1)


@pytest.fixture
async def plant(database: Database) -> Database:
    """The sample plant besides the small one."""
    for policy in readiness_policies(NOW):
        await ReadinessPolicies(database).publish_shipped(policy, NOW)
    await tell(database, *sample_plant(NOW), at=NOW + timedelta(seconds=1))
    return database


async def page(
    plant: Database, kind: type[Fact], wanted: Wanted = EVERYTHING, cursor: str | None = None, limit: int = 50
) -> Page[Any]:
    if kind is OrderLine:
        return await OrderReader(plant).order_line_statuses("north", SITES, AT, wanted, cursor, limit)
    return await StandingReader(plant).standings(kind, "north", SITES, AT, wanted, cursor, limit)


def name_of(shown: Any) -> str:
    return str(getattr(shown, "key", None) or f"{shown.order}:{shown.line}")


async def test_what_stands_in_a_list_is_what_each_is_by_itself(plant: Database) -> None:
    for kind in (Job, Lot, Shipment):
        listed = (await page(plant, kind, limit=500)).items

        alone = [
            await StandingReader(plant).standing(kind, "north", reading.fact.key, SITES, AT)
            for reading in await FactStore(plant).find(kind, "north")
        ]
        assert list(listed) == sorted(alone, key=lambda one: one.key)
    lines = (await page(plant, OrderLine, limit=500)).items
    assert len(lines) > 20
    for line in lines:
        assert line == await OrderReader(plant).order_line_status("north", name_of(line), SITES, AT)


async def test_the_sample_plant_is_where_a_person_would_say_it_is(plant: Database) -> None:
    reader = StandingReader(plant)

    async def status(kind: type[Fact], key: str) -> str:
        return (await reader.standing(kind, "north", key, SITES, AT)).status

    assert [await status(Job, key) for key in ("J-2001", "J-2011", "J-2014", "J-2003", "J-2020")] == [
        JobStage.COMPLETE, JobStage.CLEAR_TO_START, JobStage.KIT_SHORT, JobStage.PLANNED, JobStage.RUNNING,
    ]  # fmt: skip
    assert [await status(Lot, key) for key in ("PUMP-150:L-1502", "SEAL:L-7290", "PUMP-400:L-4001", "WIRE:L-7101")] == [
        LotStage.ON_HOLD, LotStage.REJECTED, LotStage.IN_INSPECTION, LotStage.UNRESTRICTED,
    ]  # fmt: skip
    assert [await status(Shipment, key) for key in ("SH-4001", "SH-4002", "SH-4003")] == [
        ShipmentStage.DELIVERED, ShipmentStage.LOADING, ShipmentStage.PLANNED,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [Job, Lot, Shipment, OrderLine])
async def test_pages_follow_one_another_without_gap_or_repetition(plant: Database, kind: type[Fact]) -> None:
    whole = [name_of(shown) for shown in (await page(plant, kind, limit=500)).items]

    for wanted in (EVERYTHING, Wanted(is_open=True), Wanted(waiting_on=Role.PRODUCTION)):
        fitting = [name_of(shown) for shown in (await page(plant, kind, wanted, limit=500)).items]
        found: list[str] = []
        cursor: str | None = None
        while True:
            part = await page(plant, kind, wanted, cursor, limit=3)
            assert len(part.items) <= 3
            found += [name_of(shown) for shown in part.items]
            cursor = part.next
            if cursor is None:
                break
        assert found == fitting
        assert set(fitting) <= set(whole)


@pytest.mark.parametrize("kind", [Job, Lot, Shipment, OrderLine])
async def test_a_page_takes_a_few_queries_however_long_it_is(plant: Database, kind: type[Fact]) -> None:
    async def queries(limit: int) -> int:
        with counted(plant) as made:
            await page(plant, kind, limit=limit)
        return len(made)

    few, many = await queries(4), await queries(500)

    # Of what nothing is set aside, no lots are read.
    assert few <= many <= min(few + 1, 8)


async def test_lists_are_narrowed_by_stage_by_who_is_waited_for_by_cause_and_to_what_is_late(plant: Database) -> None:
    short = await page(plant, Job, Wanted(status="kit_short"), limit=500)
    late = await page(plant, OrderLine, Wanted(late=True, is_open=True), limit=500)
    dispatch = await page(plant, Shipment, Wanted(waiting_on=Role.PRODUCTION), limit=500)
    lines = await page(plant, OrderLine, Wanted(status=LineStage.LOADING), limit=500)

    assert "J-2014" in {job.key for job in short.items}
    assert {job.status for job in short.items} == {JobStage.KIT_SHORT}
    assert all(line.lateness > timedelta(0) for line in late.items)
    assert {shipment.waiting_on for shipment in dispatch.items} == {Role.PRODUCTION}
    assert {name_of(line) for line in lines.items} == {"SO-1006:10", "SO-4:10"}


async def test_elsewhere_there_is_nothing_and_a_wrong_cursor_is_refused(plant: Database) -> None:
    reader = StandingReader(plant)

    for attempt in (
        reader.standing(KINDS["job"], "north", "J-404", SITES, AT),
        reader.standing(KINDS["job"], "north", "J-2011", ("south",), AT),
        reader.standings(KINDS["job"], "north", ("south",), AT),
    ):
        with pytest.raises(NotInSystem):
            await attempt
    with pytest.raises(BadCursor):
        await page(plant, Job, cursor="x")
