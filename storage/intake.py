"""The intake: events are kept and recognised before anybody is answered, whatever else is down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Principal
from domain.evidence import digest
from storage.database import Database
from storage.tables.plant import EventRow
from storage.traces import present_trace

OURS = "lockstep."
"""Begins the types of events in our own words."""
LONGEST_PAUSE = timedelta(minutes=5)
"""Between tries to work on an event."""


class IncomingEvent(BaseModel):
    """An event as some system tells it: CloudEvents 1.0 attributes and data."""

    model_config = ConfigDict(frozen=True)

    source: str
    id: str
    type: str
    subject: str | None = None
    time: AwareDatetime | None = None
    data: Any = None


class Received(BaseModel):
    """What became of an event at the door."""

    model_config = ConfigDict(frozen=True)

    source: str
    id: str
    state: str
    """``received``, or ``known`` if it came before; ``conflict`` if the same id came before with other content."""


class Intake:
    """Events on their way in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(
        self, events: Sequence[IncomingEvent], by: Principal, sites: Sequence[str], at: datetime
    ) -> tuple[Received, ...]:
        """What became of each event: all are kept when this returns. They may speak of things at *sites* only."""
        for tries_left in range(len(events), -1, -1):
            try:
                async with self._database.transaction() as session:
                    return tuple([await _receive(session, event, by, sites, at) for event in events])
            except IntegrityError:  # one of the events came in by another way at the same moment: now it is known
                if not tries_left:
                    raise
        raise AssertionError

    async def due(self, at: datetime, *, ours: bool, limit: int = 50) -> tuple[EventRow, ...]:
        """The events to work on now, oldest first: those of *ours*, which say it all, or those of others."""
        is_ours = col(EventRow.type).startswith(OURS)
        async with self._database.reading() as session:
            query = (
                select(EventRow)
                .where(EventRow.state == "waiting", col(EventRow.due_at) <= at, is_ours if ours else ~is_ours)
                .order_by(col(EventRow.number))
                .limit(limit)
            )
            return tuple((await session.exec(query)).all())

    async def settle(self, event: EventRow, state: str, outcome: str) -> None:
        """The event is ``done``, ``ignored`` or ``failed``; *outcome* says why."""
        await self._change(event, state=state, outcome=outcome[:1000])

    async def later(self, event: EventRow, at: datetime, why: str) -> None:
        """The event could not be worked on; it is tried again, ever more slowly, and never dropped."""
        wait = min(timedelta(seconds=1) * 2 ** min(event.attempts, 10), LONGEST_PAUSE)
        await self._change(event, attempts=event.attempts + 1, due_at=at + wait, outcome=why[:1000])

    async def _change(self, event: EventRow, **values: Any) -> None:
        async with self._database.transaction() as session:
            await session.exec(update(EventRow).where(col(EventRow.number) == event.number).values(**values))


async def still_waiting(session: AsyncSession, event: EventRow) -> EventRow | None:
    """The event, for nobody else until the transaction ends; nothing if somebody has settled it."""
    query = select(EventRow).where(EventRow.number == event.number, EventRow.state == "waiting")
    return (await session.exec(query.with_for_update())).first()


async def _receive(
    session: AsyncSession, event: IncomingEvent, by: Principal, sites: Sequence[str], at: datetime
) -> Received:
    content = digest([event.type, event.subject, event.data])
    known = (
        await session.exec(select(EventRow).where(EventRow.source == event.source, EventRow.event_id == event.id))
    ).first()
    if known is not None:
        state = "known" if known.digest == content else "conflict"
        return Received(source=event.source, id=event.id, state=state)
    session.add(
        EventRow(
            source=event.source,
            event_id=event.id,
            type=event.type,
            subject=event.subject,
            time=event.time,
            data=event.data,
            digest=content,
            received_at=at,
            received_from=by.id,
            sites=list(sites),
            due_at=at,
            trace=present_trace(),
        )
    )
    return Received(source=event.source, id=event.id, state="received")
