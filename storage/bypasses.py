"""Changes of governed facts, each kept with whether a decision stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.bypass import COUNTED, Bypass, Bypasses, governed
from domain.fact import Fact, Reading
from domain.facts import Shipment
from domain.leaving.findings import as_approved
from domain.release import DispatchApproval
from storage.database import Database
from storage.tables.plant import FactRow, GovernedChangeRow
from storage.trail import LOCKSTEP

SHOWN: Final = 100
"""Changes past everybody that are listed at most."""


class BypassReader:
    """Counts changes of governed facts, and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def at_site(self, site: str, at: datetime) -> Bypasses:
        """How many changes in the four weeks before *at* had no decision behind them, and the newest of those."""
        since = at - COUNTED
        lately = (GovernedChangeRow.site == site, col(GovernedChangeRow.at) >= since)
        past_us = col(GovernedChangeRow.decided).is_(False)
        async with self._database.reading() as session:
            count = select(func.count()).select_from(GovernedChangeRow).where(*lately)
            changes = (await session.exec(count)).one()
            undecided = (await session.exec(count.where(past_us))).one()
            query = select(GovernedChangeRow).where(*lately, past_us)
            rows = (await session.exec(query.order_by(col(GovernedChangeRow.number).desc()).limit(SHOWN))).all()
        newest = tuple(Bypass.model_validate(row.model_dump()) for row in rows)
        rate = undecided / changes if changes else None
        return Bypasses(since=since, changes=changes, undecided=undecided, rate=rate, newest=newest)


async def bypasses_within(session: AsyncSession, site: str, begins: datetime, ends: datetime) -> list[Bypass]:
    """What was changed past everybody from *begins* until just before *ends*, within a transaction; oldest first."""
    query = select(GovernedChangeRow).where(
        GovernedChangeRow.site == site, col(GovernedChangeRow.decided).is_(False),
        col(GovernedChangeRow.at) >= begins, col(GovernedChangeRow.at) < ends,
    )  # fmt: skip
    rows = (await session.exec(query.order_by(col(GovernedChangeRow.number)))).all()
    return [Bypass.model_validate(row.model_dump()) for row in rows]


async def note_governed(session: AsyncSession, told: Reading[Any], before: Fact) -> None:
    """Keep that a governed fact is different; what we write ourselves follows from a decision."""
    fields = governed(before, told.fact)
    if fields:
        ours = told.source == LOCKSTEP.id or (fields == ("status",) and await _was_let_go(session, told.fact))
        session.add(
            GovernedChangeRow(
                kind=told.fact.kind, site=told.fact.site, key=told.fact.key, at=datetime.now(UTC), source=told.source,
                version=told.version, fields=list(fields), decided=ours,
            )
        )  # fmt: skip


async def _was_let_go(session: AsyncSession, told: Fact) -> bool:
    """Whether it is a shipment that left as somebody had let it go, whichever system says first that it has."""
    if not isinstance(told, Shipment):
        return False
    row = await session.get(FactRow, (DispatchApproval.kind, told.site, told.key))
    return as_approved(told, None if row is None else DispatchApproval.model_validate(row.body))


async def bypass_followed(session: AsyncSession, told: Fact, became: Sequence[str]) -> None:
    """Keep what became of the changes of the thing that no case had taken notice of."""
    await session.exec(update(GovernedChangeRow).where(*_unfollowed(told)).values(became="; ".join(became)))


async def decided_here(session: AsyncSession, told: Fact) -> None:
    """Keep that the same changes are only what we wrote ourselves, told back to us."""
    await session.exec(update(GovernedChangeRow).where(*_unfollowed(told)).values(decided=True))


def _unfollowed(told: Fact) -> tuple[ColumnElement[bool], ...]:
    return (
        col(GovernedChangeRow.kind) == told.kind,
        col(GovernedChangeRow.site) == told.site,
        col(GovernedChangeRow.key) == told.key,
        col(GovernedChangeRow.decided).is_(False),
        col(GovernedChangeRow.became) == "",
    )
