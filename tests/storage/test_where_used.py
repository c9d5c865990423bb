"""What a lot went into, and what a rule fits, is found by an index: what else there is costs nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import text

from domain.fact import Fact, Reading
from domain.facts import Inspection, Lot, Shipment, ShipmentLine
from storage.alone import alone
from storage.database import Database
from storage.facts import FactStore, drop_fact
from storage.migration import downgrade, upgrade
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
PUMP = Lot(site=SITE, item="PUMP", lot="P7", quantity=Decimal(5), made_on="M3", made_from=("VALVE:V1", "HOUSING:H1"))
BORE = Inspection(site=SITE, item="VALVE", lot="V1", inspection="bore", gauge="G7")
SHIPMENT = Shipment(
    site=SITE, shipment="SH-77", ship_by=NOW,
    lines=(ShipmentLine(order="SO-1", line="10", quantity=Decimal(2), lots=("P7", "P8")),),
)  # fmt: skip


def told(fact: Fact, version: str = "1") -> Reading[Fact]:
    """What the ERP says now."""
    return Reading[Fact](fact=fact, source="erp", version=version, as_of=NOW)


async def found(database: Database, kind: type[Fact], field: str, *names: str) -> list[str]:
    """What is found by it."""
    return [one.fact.key for one in await FactStore(database).find_by(kind, SITE, field, names)]


async def test_finds_each_by_what_it_says_now_and_no_longer_by_what_it_said(database: Database) -> None:
    store = FactStore(database)
    await store.keep([told(PUMP), told(BORE), told(SHIPMENT)])
    assert await found(database, Lot, "made_from", "VALVE:V1", "HOUSING:H1", "VALVE:V9") == ["PUMP:P7"]
    assert await found(database, Inspection, "gauge", "G7") == ["VALVE:V1:bore"]
    assert await found(database, Shipment, "lots", "P8") == ["SH-77"]
    assert await found(database, Lot, "key", "PUMP:P7", "PUMP:none") == ["PUMP:P7"]

    await store.keep([told(PUMP.model_copy(update={"made_from": ("VALVE:V2",)}), "2")])
    async with database.transaction() as session:
        await alone(session)
        await drop_fact(session, Inspection, SITE, BORE.key)

    assert await found(database, Lot, "made_from", "VALVE:V1") == []
    assert await found(database, Lot, "made_from", "VALVE:V2") == ["PUMP:P7"]
    assert await found(database, Lot, "made_on", "M3") == ["PUMP:P7"]
    assert await found(database, Inspection, "gauge", "G7") == []


async def test_what_was_known_before_there_was_an_index_is_found_by_it(database: Database, database_url: str) -> None:
    await FactStore(database).keep([told(PUMP), told(BORE), told(SHIPMENT)])
    kept = await traces(database)
    await database.close()

    downgrade(database_url, "0025")
    upgrade(database_url)

    again = Database(database_url)
    assert await traces(again) == kept
    await again.close()


async def traces(database: Database) -> list[tuple[str, ...]]:
    """By what everything is found."""
    async with database.engine.connect() as connection:
        rows = await connection.execute(text("SELECT kind, trace, key FROM fact_trace ORDER BY kind, trace, key"))
        return [tuple(row) for row in rows]
