"""
How long one look at the clock takes among 100,000 facts that have moments: ``python -m benchmarks.clock``.

None has come when nothing is to do, which is how it is three times a minute; then as many come as one look follows.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated, Any, cast

import typer
from sqlalchemy import insert
from temporalio.client import Client

from benchmarks.databases import Kind, two_of_each
from benchmarks.figures import Figure
from benchmarks.pace import percentile
from benchmarks.system import report
from domain.facts import Shipment, ShipmentLine
from domain.moments import next_look
from domain.timing import USUAL
from relay.sweep import MOST_OPENED, Sweep
from runtime.children import Children
from runtime.policies import publish_defaults
from storage.database import Database
from storage.migration import upgrade
from storage.tables.plant import FactRow

LOOKS = 200
LIMIT = 100.0
"""Milliseconds of a look that finds nothing: it is taken three times a minute, for ever."""
_AT_ONCE = 1000
_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def main(
    on: Annotated[list[Kind] | None, typer.Option(help="The database; both, one after the other, if none.")] = None,
    facts: Annotated[int, typer.Option(min=100, help="How many facts have moments.")] = 100_000,
) -> None:
    """Look at the clock among many facts, and see how long a look takes."""
    with two_of_each(on or Kind) as databases:
        report(*(partial(measure, kind=kind, url=urls[0], facts=facts) for kind, urls in databases.items()))


async def measure(home: Path, _: Children, *, kind: Kind, url: str, facts: int) -> list[Figure]:
    """How long looks take that find nothing, and one that opens as many cases as a look does."""
    where = url or f"sqlite+aiosqlite:///{home / 'clock.db'}"
    await asyncio.to_thread(upgrade, where)
    async with AsyncExitStack() as opened:
        database = Database(where)
        opened.push_async_callback(database.close)
        await publish_defaults(database)
        await _keep(database, facts)
        idle = [await _look(database, _NOW) for _ in range(LOOKS)]
        # All of that day have come; a look follows some and leaves the rest to the next.
        busy = await _look(database, _NOW + timedelta(days=2))
    about = f"clock, {kind}"
    return [
        Figure(about, f"p99 of a look that finds nothing among {facts:,} facts", percentile(idle, 99), "ms", LIMIT),
        Figure(about, "p50", median(idle), "ms"),
        Figure(about, f"a look that opens {MOST_OPENED} cases", busy, "ms"),
    ]


async def _look(database: Database, at: datetime) -> float:
    """Milliseconds of a look."""
    # No engine: cases are opened in the record, and who carries them out hears of it later.
    sweep = Sweep(database, cast(Client, None), now=lambda: at)
    start = time.perf_counter()
    await sweep.moments_that_came()
    return (time.perf_counter() - start) * 1000


async def _keep(database: Database, facts: int) -> None:
    """Shipments that must leave within a year, from the day after tomorrow on, evenly."""
    apart = timedelta(days=365) / facts
    for first in range(0, facts, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, facts))
        async with database.transaction() as session:
            await session.execute(
                insert(FactRow), [_row(number, _NOW + timedelta(days=2) + apart * (number + 1)) for number in numbers]
            )


def _row(number: int, ship_by: datetime) -> dict[str, Any]:
    lines = (ShipmentLine(order=f"SO-{number}", line="10", quantity=Decimal(10)),)
    leaving = Shipment(site="north", shipment=f"SH-{number}", ship_by=ship_by, lines=lines)
    return {
        "kind": leaving.kind, "site": leaving.site, "key": leaving.key, "item": None, "order": None,
        "body": leaving.model_dump(mode="json"), "source": "erp", "version": "1", "as_of": _NOW, "unfollowed": None,
        "due_at": next_look(leaving, USUAL),
    }  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
