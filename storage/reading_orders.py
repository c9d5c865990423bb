"""Order lines as people and systems look at them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.fact import F, Fact, Reading
from domain.facts import Inspection, Job, JobStatus, Lot, OrderLine, Receipt, Reservation, Shipment
from domain.master_data import Customer, Item
from domain.order_line.known import LineFacts, OpenCase
from domain.ports import NotInSystem
from domain.status import OrderLineStatus, order_line_status
from storage.database import Database
from storage.facts import fact, facts
from storage.tables.cases import CaseRow
from storage.tables.plant import FactRow

ABOUT_AN_ITEM: tuple[type[Fact], ...] = (Lot, Inspection, Reservation, Receipt, OrderLine)
ABOUT_A_LINE = tuple(process.name for process in PROCESSES.values() if process.about is OrderLine)


class OrderReader:
    """Looks at order lines and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def order_line_status(
        self, site: str, order: str, line: str, sites: Collection[str], at: datetime
    ) -> OrderLineStatus:
        """Where the line is at *at*, as far as our facts say. Raises NotInSystem."""
        key = f"{order}:{line}"
        if site not in sites:
            raise NotInSystem(f"There is no order line {key} at {site}.")
        async with self._database.reading() as session:
            told = await fact(session, OrderLine, site, key)
            return order_line_status(
                LineFacts(
                    now=at,
                    line=told,
                    others=tuple(await _serving(session, told.fact)),
                    open_cases=await _open_cases(session, site, key),
                )
            )


async def _serving(session: AsyncSession, line: OrderLine) -> list[Reading[Any]]:
    """What serves the line or stands in its way, its material included."""
    jobs = await _jobs(session, line)
    items = await _items(session, line.site, {line.item, *(r.fact.item for r in jobs if r.fact.open)})
    made = items.get(line.item)
    components = () if made is None else made.fact.components
    material = {name for part in components for name in (part.item, *part.alternates)}
    items |= await _items(session, line.site, material - set(items))
    found: list[Reading[Any]] = [*jobs, *items.values(), *await _shipments(session, line)]
    for item in sorted({line.item, *material}):
        for kind in ABOUT_AN_ITEM:
            found += await facts(session, kind, line.site, item=item)
    return found + await _told(session, Customer, line.site, col(FactRow.key) == line.customer)


async def _jobs(session: AsyncSession, line: OrderLine) -> list[Reading[Job]]:
    """The jobs of the order, and the open ones of the site: they take material too."""
    over = col(FactRow.body)["status"].as_string().in_([JobStatus.COMPLETE, JobStatus.CLOSED])
    return await _told(session, Job, line.site, or_(col(FactRow.order) == line.order, ~over))


async def _items(session: AsyncSession, site: str, names: Collection[str]) -> dict[str, Reading[Item]]:
    told = await _told(session, Item, site, col(FactRow.key).in_(names)) if names else []
    return {reading.fact.item: reading for reading in told}


async def _shipments(session: AsyncSession, line: OrderLine) -> list[Reading[Shipment]]:
    """The shipments that name the order anywhere; the line's own are told apart later."""
    named = cast(FactRow.body, String).contains(f'"{line.order}"', autoescape=True)
    return await _told(session, Shipment, line.site, named)


async def _told(session: AsyncSession, kind: type[F], site: str, which: ColumnElement[bool]) -> list[Reading[F]]:
    query = select(FactRow).where(FactRow.kind == kind.kind, FactRow.site == site, which)
    rows = (await session.exec(query.order_by(col(FactRow.key)))).all()
    return [
        Reading[F](fact=kind.model_validate(row.body), source=row.source, version=row.version, as_of=row.as_of)
        for row in rows
    ]


async def _open_cases(session: AsyncSession, site: str, subject: str) -> tuple[OpenCase, ...]:
    query = select(CaseRow).where(
        CaseRow.subject == subject,
        CaseRow.site == site,
        col(CaseRow.process).in_(ABOUT_A_LINE),
        col(CaseRow.closed_at).is_(None),
    )
    return tuple(
        OpenCase(
            id=row.id,
            process=row.process,
            state=row.state,
            owner=row.owner,
            opened_at=row.opened_at,
            since=row.since,
            due_at=row.due_at,
            interruptible=PROCESSES[row.process].state(row.state).interruptible,
        )
        for row in (await session.exec(query.order_by(col(CaseRow.number)))).all()
    )
