"""Facts whose time has come: found by an index, a few at once, however many facts there are."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.fact import Fact
from domain.facts import KINDS
from domain.moments import Due, moments_of, next_look
from domain.timing import USUAL, Timing
from storage.readiness_policies import timing_until
from storage.tables.plant import FactRow, MomentRow

LOOKED_AT = 200
"""Facts that are looked at in one transaction."""


async def next_look_at(session: AsyncSession, fact: Fact, at: datetime) -> datetime | None:
    """When the first moment of *fact* comes, or other figures than *at* that time begin."""
    # Asked with every fact that is kept, of which most have none.
    return _next_look(fact, await timing_until(session, fact.site, at)) if moments_of(fact, USUAL) else None


def _next_look(fact: Fact, held: tuple[Timing, datetime | None], after: datetime | None = None) -> datetime | None:
    """The same, or the first *after* one, by the figures that are *held* to, up to a time if others begin."""
    timing, until = held
    look = next_look(fact, timing, after)
    return look if look is None or until is None else min(look, until)


async def come(session: AsyncSession, at: datetime) -> tuple[int, tuple[Fact, ...]]:
    """How many facts were looked at, and those of which a moment has come; of the others the next one is kept."""
    query = select(FactRow).where(col(FactRow.due_at) <= at).order_by(col(FactRow.due_at)).limit(LOOKED_AT)
    # What somebody is writing just now will be looked at next time.
    rows = (await session.exec(query.with_for_update(skip_locked=True))).all()
    held = {site: await timing_until(session, site, at) for site in {row.site for row in rows}}
    found = []
    for row in rows:
        fact = KINDS[row.kind].model_validate(row.body)
        if any(due.at <= at for due in moments_of(fact, held[row.site][0])):
            found.append(fact)
        else:
            row.due_at = _next_look(fact, held[row.site])
    return len(rows), tuple(found)


async def moments_come(session: AsyncSession, told: Fact, at: datetime) -> tuple[Due, ...]:
    """
    The moments of the thing that have come and that nobody has looked at, the earliest first; none comes again.

    The fact is locked, so that it stays as it is until the transaction ends.
    """
    row = await _locked(session, told)
    if row is None or row.due_at is None or row.due_at > at:
        return ()
    fact = KINDS[row.kind].model_validate(row.body)
    held = await timing_until(session, fact.site, at)
    row.due_at = _next_look(fact, held, at)
    due = {one.key: one for one in moments_of(fact, held[0]) if one.at <= at}
    known = await session.exec(select(MomentRow.key).where(col(MomentRow.key).in_(due)))
    looked_at = set(known.all())
    return tuple(one for key, one in due.items() if key not in looked_at)


def note(session: AsyncSession, due: Due, at: datetime, became: str) -> None:
    """The moment has been looked at, and does not come again."""
    session.add(MomentRow(key=due.key, at=at, became=became))


async def look_later(session: AsyncSession, told: Fact, at: datetime) -> None:
    """The thing is looked at again at *at*."""
    row = await _locked(session, told)
    if row is not None and row.due_at is not None:
        row.due_at = at


async def _locked(session: AsyncSession, told: Fact) -> FactRow | None:
    return await session.get(FactRow, (told.kind, told.site, told.key), with_for_update=True, populate_existing=True)
