"""The facts a promise may draw on, gathered level by level."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from domain.calendar import WorkingCalendar
from domain.fact import Fact, Reading
from domain.facts import Job, Lot, OrderLine, Receipt, Reservation
from domain.master_data import Calendar, Item, Site, WorkCenter
from domain.ports import Facts, NotInSystem
from domain.release import Hold
from domain.supply import SupplyPicture

ABOUT_AN_ITEM: tuple[type[Fact], ...] = (Lot, Hold, Reservation, Receipt, OrderLine, Job)


async def supply_of(
    facts: Facts, site: str, item: str, at: datetime, *, deep: bool = True
) -> tuple[SupplyPicture, tuple[Reading[Any], ...]]:
    """
    What is known of an item at *at* and, if *deep*, of all it is made of, where, and of the sites it can come from.

    Raises NotInSystem for the item itself, SystemUnavailable.
    """
    readings: dict[tuple[str, str, str], Reading[Any]] = {}
    seen: set[tuple[str, str]] = set()
    to_see = {(site, item)}
    while to_see:
        level, to_see = to_see, set()
        for found in await asyncio.gather(*(_about(facts, *place) for place in sorted(level))):
            for reading in found:
                readings[(reading.fact.kind, reading.fact.site, reading.fact.key)] = reading
                if deep and isinstance(reading.fact, Item):
                    to_see.update(_next(reading.fact))
        seen |= level
        to_see -= seen
    for known_site in sorted({place[0] for place in seen}):
        for reading in await _of_site(facts, known_site, frozenset(seen), deep):
            readings.setdefault((reading.fact.kind, reading.fact.site, reading.fact.key), reading)
    if ("item", site, item) not in readings:
        raise NotInSystem(f"There is no item {item} at {site}.")
    told = tuple(readings.values())
    return SupplyPicture(now=at, facts=tuple(reading.fact for reading in told)), told


async def site_picture(facts: Facts, site: str, at: datetime) -> tuple[SupplyPicture, tuple[Reading[Any], ...]]:
    """All that is known of the work, the material and the orders of one site at *at*. Raises SystemUnavailable."""
    kinds: tuple[type[Fact], ...] = (Item, WorkCenter, Calendar, *ABOUT_AN_ITEM)
    told = tuple(reading for found in await asyncio.gather(*(facts.find(k, site) for k in kinds)) for reading in found)
    return SupplyPicture(now=at, facts=tuple(reading.fact for reading in told)), told


async def working_hours(facts: Facts, site: str) -> WorkingCalendar:
    """When the site works. Raises NotInSystem, SystemUnavailable."""
    kept = (await facts.read(Site, site, site)).fact.calendar
    return (await facts.read(Calendar, site, kept)).fact.working


async def _about(facts: Facts, site: str, item: str) -> list[Reading[Any]]:
    try:
        found: list[Reading[Any]] = [await facts.read(Item, site, item)]
    except NotInSystem:
        return []
    for kind in ABOUT_AN_ITEM:
        found += await facts.find(kind, site, item=item)
    return found


async def _of_site(facts: Facts, site: str, known: frozenset[tuple[str, str]], deep: bool) -> list[Reading[Any]]:
    """The jobs of the site, which take material and machines whatever they make, and what is needed to see how much."""
    jobs = await facts.find(Job, site)
    found: list[Reading[Any]] = [*jobs]
    made = {job.fact.item for job in jobs if job.fact.open and (site, job.fact.item) not in known}
    found += [await facts.read(Item, site, item) for item in sorted(made)]
    for kind in (WorkCenter, Calendar) if deep else ():
        found += await facts.find(kind, site)
    return found


def _next(item: Item) -> Iterator[tuple[str, str]]:
    for component in item.components:
        yield item.site, component.item
    for substitute in item.substitutes:
        yield item.site, substitute
    for transfer in item.transfers:
        yield transfer.origin, item.item
