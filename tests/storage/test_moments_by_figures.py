"""What comes by the clock alone, by a site's own figures, from their day on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.decision import Channel
from domain.fact import Reading
from domain.facts import Shipment, ShipmentLine, ShipmentStatus
from domain.readiness.policy import ReadinessPolicy
from domain.timing import Timing
from runtime.policies import publish_defaults
from storage.database import Database
from storage.facts import FactStore
from storage.moments import come, moments_come, note
from storage.proposals import Proposals
from storage.tables.plant import FactRow
from tests.storage.plant import person, rows
from tests.support.small_plant import SITE

DAY = timedelta(days=1)
# Ahead of any clock, so that what is kept comes due by what holds then.
DAY_0 = datetime(2099, 1, 5, 12, tzinfo=UTC)
BY = DAY_0 + 10 * DAY


async def keep(database: Database, name: str, status: ShipmentStatus = ShipmentStatus.PLANNED) -> Shipment:
    """The plant says that it leaves on the tenth day."""
    lines = (ShipmentLine(order="SO-1", line="10", quantity=Decimal(10)),)
    leaving = Shipment(site=SITE, shipment=name, ship_by=BY, status=status, lines=lines)
    await FactStore(database).keep([Reading(fact=leaving, source="erp", version="1", as_of=DAY_0)])
    return leaving


async def gathered_within(database: Database, gathering: timedelta, day: float) -> None:
    """One proposes that shipments are got ready so long before, and another confirms it; from that day on it holds."""
    figures = ReadinessPolicy(
        site=SITE, effective_from=DAY_0 + day * DAY, time_to_live={}, documents=(), timing=Timing(gathering=gathering)
    )
    at = figures.effective_from - timedelta(hours=1)
    await Proposals(database).propose(figures, "As agreed.", SITE, person("petra"), Channel.API, at)
    await Proposals(database).confirm(figures.version, SITE, person("paul"), Channel.API, at)


async def due(database: Database) -> dict[str, float | None]:
    """On which day each shipment is looked at next."""
    found = await rows(database, FactRow, kind="shipment")
    return {row.key: None if row.due_at is None else (row.due_at - DAY_0) / DAY for row in found}


async def come_on(database: Database, day: float) -> list[str]:
    """The moments of what the plant has told here that come on a day, each once."""
    at = DAY_0 + day * DAY
    async with database.transaction() as session:
        _, facts = await come(session, at)
    names = []
    for fact in (one for one in facts if one.key.startswith("SH-9")):
        async with database.transaction() as session:
            for moment in await moments_come(session, fact, at):
                note(session, moment, at, "")
                names.append(f"{moment.moment.name} {fact.key}")
    return names


async def test_other_figures_move_what_is_still_to_come_from_their_day_on(database: Database) -> None:
    await publish_defaults(database)
    await keep(database, "SH-91")
    await keep(database, "SH-92", ShipmentStatus.DISPATCHED)
    usual = await due(database)

    await gathered_within(database, 5 * DAY, day=1)
    told = await due(database)
    await keep(database, "SH-93")
    between = await due(database)

    assert {name: usual[name] for name in ("SH-91", "SH-92")} == {"SH-91": 8, "SH-92": None}
    assert {name: told[name] for name in ("SH-91", "SH-92")} == {"SH-91": 1, "SH-92": None}
    assert between["SH-93"] == 1
    assert await come_on(database, 1) == []
    assert {name: (await due(database))[name] for name in ("SH-91", "SH-93")} == {"SH-91": 5, "SH-93": 5}
    assert sorted(await come_on(database, 5)) == ["departure_near SH-91", "departure_near SH-93"]


async def test_what_came_by_one_figure_does_not_come_again_by_another(database: Database) -> None:
    await publish_defaults(database)
    await keep(database, "SH-91")
    first = await come_on(database, 8)

    await gathered_within(database, DAY, day=8.5)

    assert first == ["departure_near SH-91"]
    assert await come_on(database, 8.5) == []
    assert await come_on(database, 9) == []
    assert await come_on(database, 10) == ["departure_missed SH-91"]
    assert (await due(database))["SH-91"] is None
