"""Order lines as people and systems look at them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.fact import Fact, Reading
from domain.facts import Inspection, Job, JobStatus, Lot, OrderLine, Receipt, Reservation, Shipment
from domain.master_data import Customer, Item
from domain.order_line.known import LineFacts
from domain.ports import NotInSystem
from domain.release import Hold
from domain.status import OrderLineStatus, order_line_status
from domain.views import Page
from storage.database import Database
from storage.derived_lists import EVERYTHING, Wanted, open_cases, page_of_wanted
from storage.facts import about_items, fact, naming, told_of, under
from storage.tables.plant import FactRow

ABOUT_AN_ITEM: tuple[type[Fact], ...] = (Lot, Hold, Inspection, Reservation, Receipt, OrderLine)


class OrderReader:
    """Looks at order lines and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def order_line_status(self, site: str, key: str, sites: Collection[str], at: datetime) -> OrderLineStatus:
        """Where the line is at *at*, as far as our facts say. Raises NotInSystem."""
        if site not in sites:
            raise NotInSystem(f"There is no order line {key} at {site}.")
        async with self._database.reading() as session:
            return (await _statuses(session, site, [await fact(session, OrderLine, site, key)], at))[0]

    async def order_line_statuses(
        self,
        site: str,
        sites: Collection[str],
        at: datetime,
        wanted: Wanted = EVERYTHING,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[OrderLineStatus]:
        """
        Where the lines at *site* are that are wanted, by name.

        Raises NotInSystem, BadCursor, NoSuchStatus, NobodyAwaited.
        """
        if site not in sites:
            raise NotInSystem(f"There is no site {site}.")
        async with self._database.reading() as session:

            async def work_out(lines: Sequence[Reading[OrderLine]]) -> Sequence[OrderLineStatus]:
                return await _statuses(session, site, lines, at)

            return await page_of_wanted(session, OrderLine, site, work_out, wanted, cursor, limit)


async def _statuses(
    session: AsyncSession, site: str, lines: Sequence[Reading[OrderLine]], at: datetime
) -> list[OrderLineStatus]:
    others = tuple(await _serving(session, site, [told.fact for told in lines]))
    cases = await open_cases(session, OrderLine, site, [told.fact.key for told in lines])
    return [
        order_line_status(LineFacts(now=at, line=told, others=others, open_cases=cases[told.fact.key]))
        for told in lines
    ]


async def _serving(session: AsyncSession, site: str, lines: Sequence[OrderLine]) -> list[Reading[Any]]:
    """What serves the lines or stands in their way, their material included."""
    orders, wanted = {line.order for line in lines}, {line.item for line in lines}
    over = col(FactRow.body)["status"].as_string().in_([JobStatus.COMPLETE, JobStatus.CLOSED])
    found = await told_of(
        session,
        site,
        # The open jobs of others, too: they take material.
        and_(col(FactRow.kind) == Job.kind, or_(col(FactRow.order).in_(orders), ~over)),
        # The lines' own shipments are told apart later.
        and_(col(FactRow.kind) == Shipment.kind, naming(orders)),
        under(Customer, {line.customer for line in lines}),
    )
    made = wanted | {reading.fact.item for reading in found if isinstance(reading.fact, Job) and reading.fact.open}
    items = await told_of(session, site, under(Item, made))
    parts = [part for reading in items if reading.fact.item in wanted for part in reading.fact.components]
    material = {name for part in parts for name in (part.item, *part.alternates)}
    return [
        *found,
        *items,
        *await told_of(session, site, under(Item, material - made), about_items(ABOUT_AN_ITEM, wanted | material)),
    ]
