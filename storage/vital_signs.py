"""What the record says of how those are who should work on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, text
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.process import SYSTEM
from storage.database import Database
from storage.tables.cases import CaseRow
from storage.tables.messages import DeliveryRow, OutboxRow
from storage.tables.notices import NoticeRow
from storage.tables.plant import EventRow


@dataclass(frozen=True)
class Waiting:
    """Things of one kind that have still to be passed on, or taken up."""

    count: int = 0
    due_since: datetime | None = None
    """Since when the one longest due should have been tried."""
    kept_since: datetime | None = None
    """When the oldest was kept."""
    why: str = ""
    """What stood against the oldest that was tried."""


@dataclass(frozen=True)
class Trouble:
    """Messages that one receiver did not take."""

    receiver: str
    """A webhook, or the channel by which people are told."""
    dead: bool
    """Whether they are set aside for good; otherwise they are tried again."""
    count: int
    why: str
    """What stood against the newest of them."""


@dataclass(frozen=True)
class StandingStill:
    """Cases that nobody is waited for in, and that are late nevertheless."""

    count: int = 0
    oldest: str = ""
    """The case that has been so for longest."""
    workflow_id: str = ""
    """Of that case."""
    state: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class VitalSigns:
    """As they are at one moment."""

    server: str
    """What the database is."""
    clock: datetime | None
    """What time it is for the database server; nothing where that is this machine's."""
    messages: Waiting
    events: Waiting
    events_failed: int
    standing_still: StandingStill
    troubles: tuple[Trouble, ...]


async def vital_signs(database: Database, at: datetime) -> VitalSigns:
    """How things are *at* this moment."""
    async with database.reading() as session:
        if database.is_sqlite:
            server = f"SQLite {await _one(session, 'SELECT sqlite_version()')}"
        else:
            server = f"PostgreSQL {await _one(session, 'SHOW server_version')}"
        failed = select(func.count()).select_from(EventRow).where(EventRow.state == "failed")
        return VitalSigns(
            server=server,
            clock=None if database.is_sqlite else await _one(session, "SELECT clock_timestamp()"),
            messages=await _messages(session),
            events=await _events(session),
            events_failed=(await session.exec(failed)).one(),
            standing_still=await _standing_still(session, at),
            troubles=await _in_trouble(session),
        )


async def _one(session: AsyncSession, statement: str) -> Any:
    connection = await session.connection()
    return (await connection.execute(text(statement))).scalar_one()


async def _messages(session: AsyncSession) -> Waiting:
    totals = select(func.count(), func.min(OutboxRow.due_at), func.min(OutboxRow.created_at))
    count, due, kept = (await session.exec(totals.where(OutboxRow.state == "waiting"))).one()
    tried = select(OutboxRow.error).where(OutboxRow.state == "waiting", col(OutboxRow.attempts) > 0)
    why = (await session.exec(tried.order_by(col(OutboxRow.number)).limit(1))).first()
    return Waiting(count, due, kept, why or "")


async def _events(session: AsyncSession) -> Waiting:
    totals = select(func.count(), func.min(EventRow.due_at), func.min(EventRow.received_at))
    count, due, kept = (await session.exec(totals.where(EventRow.state == "waiting"))).one()
    tried = select(EventRow.outcome).where(EventRow.state == "waiting", col(EventRow.attempts) > 0)
    why = (await session.exec(tried.order_by(col(EventRow.number)).limit(1))).first()
    return Waiting(count, due, kept, why or "")


async def _standing_still(session: AsyncSession, at: datetime) -> StandingStill:
    late = select(CaseRow).where(
        CaseRow.owner == SYSTEM,
        col(CaseRow.closed_at).is_(None),
        col(CaseRow.queued).is_(False),
        col(CaseRow.due_at) < at,
    )
    rows = (await session.exec(late.order_by(col(CaseRow.since)))).all()
    if not rows:
        return StandingStill()
    oldest = rows[0]
    return StandingStill(len(rows), oldest.id, oldest.workflow_id, oldest.state, oldest.since)


async def _in_trouble(session: AsyncSession) -> tuple[Trouble, ...]:
    found = []
    for kind, receiver in ((DeliveryRow, DeliveryRow.receiver), (NoticeRow, NoticeRow.channel)):
        late = and_(col(kind.state) == "waiting", col(kind.attempts) > 0)
        counts = (
            select(receiver, kind.state, func.count(), func.max(kind.number))
            .where(or_(col(kind.state) == "dead", late))
            .group_by(col(receiver), col(kind.state))
        )
        for name, state, count, newest in (await session.exec(counts.order_by(col(receiver)))).all():
            of_newest = select(kind.error).where(kind.number == newest, receiver == name)
            why = (await session.exec(of_newest)).first() or ""
            found.append(Trouble(name, dead=state == "dead", count=count, why=why))
    return tuple(found)
