"""Looking into the record, and a clock that is moved by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import col, select

from domain.decision import Principal, PrincipalKind
from domain.facts import OrderLine
from storage.database import Database
from storage.facts import FactStore
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.messages import DeliveryRow, OutboxRow
from storage.tables.plant import EventRow
from tests.support.small_plant import SITE

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ERP = Principal(kind=PrincipalKind.MACHINE, id="erp")


class Clock:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.time = NOON + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.time

    def run_on(self, by: timedelta) -> None:
        """It is later by *by*."""
        self.time += by


async def cases(database: Database) -> list[CaseRow]:
    """Every case, oldest first."""
    async with database.reading() as session:
        return list((await session.exec(select(CaseRow).order_by(col(CaseRow.number)))).all())


async def events(database: Database) -> dict[str, EventRow]:
    """Every event by its id."""
    async with database.reading() as session:
        return {row.event_id: row for row in (await session.exec(select(EventRow))).all()}


async def messages(database: Database, kind: str) -> list[OutboxRow]:
    """The outbox, oldest first."""
    query = select(OutboxRow).where(OutboxRow.kind == kind).order_by(col(OutboxRow.number))
    async with database.reading() as session:
        return list((await session.exec(query)).all())


async def deliveries(database: Database) -> dict[tuple[int, str], DeliveryRow]:
    """Deliveries by message and receiver."""
    async with database.reading() as session:
        return {(row.number, row.receiver): row for row in (await session.exec(select(DeliveryRow))).all()}


async def trail(database: Database, case_id: str) -> list[TrailRow]:
    """What happened to a case."""
    query = select(TrailRow).where(TrailRow.case_id == case_id).order_by(col(TrailRow.sequence))
    async with database.reading() as session:
        return list((await session.exec(query)).all())


async def line(database: Database, key: str = "SO-2:10", site: str = SITE) -> OrderLine:
    """The order line as it is known."""
    return (await FactStore(database).read(OrderLine, site, key)).fact
