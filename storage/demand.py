"""Items of which more is wanted than before: noted with the fact, and looked at once however many want them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.master_data import Item
from domain.supply import Place
from domain.triggers import further_demand
from storage.facts import Change
from storage.readiness_policies import timing_at
from storage.tables.plant import FactRow, FurtherDemandRow


async def note_demand(session: AsyncSession, change: Change) -> None:
    """Somebody will look whether there is enough of what *change* wants more of, or sooner."""
    told = change.after.fact
    more = further_demand(change.before, told)
    if more is None:
        return
    items = [more.item]
    if more.parts_of_it:
        made = await session.get(FactRow, (Item.kind, told.site, more.item))
        # Nobody knows what goes into what nobody described.
        items = [] if made is None else [part.item for part in Item.model_validate(made.body).components]
    session.add_all(FurtherDemandRow(site=told.site, item=item, needed_at=more.needed_at) for item in items)


async def demand_to_look_at(session: AsyncSession, at: datetime) -> Mapping[Place, Collection[int]]:
    """The items of which more is wanted within the look ahead of their sites, each with what was noted of it."""
    found: dict[Place, list[int]] = defaultdict(list)
    for site in (await session.exec(select(FurtherDemandRow.site).distinct())).all():
        until = at + (await timing_at(session, site, at)).look_ahead
        query = select(FurtherDemandRow).where(FurtherDemandRow.site == site, col(FurtherDemandRow.needed_at) <= until)
        for row in (await session.exec(query.order_by(col(FurtherDemandRow.number)))).all():
            assert row.number is not None
            found[Place(site, row.item)].append(row.number)
    return found


async def looked_at(session: AsyncSession, noted: Collection[int]) -> bool:
    """Forget what was *noted*; whether it was still there, and nobody else has looked in the same moment."""
    gone = await session.exec(delete(FurtherDemandRow).where(col(FurtherDemandRow.number).in_(noted)))
    return gone.rowcount > 0
