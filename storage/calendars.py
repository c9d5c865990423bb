"""In whose time a deadline runs, and what day it is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import WorkingCalendar
from domain.master_data import Calendar, Site
from domain.ports import NotInSystem
from storage.database import Database
from storage.facts import fact
from storage.tables.plant import FactRow


async def calendar_for(session: AsyncSession, site: str, owner: str) -> WorkingCalendar:
    """The working calendar of the role *owner* at *site*: its own, else the site's, else round the clock."""
    try:
        plant = (await fact(session, Site, site, site)).fact
        name = plant.role_calendars.get(str(owner), plant.calendar)
        return (await fact(session, Calendar, site, name)).fact.working
    except NotInSystem:
        return WorkingCalendar.always()


async def day_at(session: AsyncSession, site: str, at: datetime) -> date:
    """The day it is at *site*, by its own clocks."""
    return at.astimezone(ZoneInfo((await plant_at(session, site)).zone)).date()


class Plant(NamedTuple):
    """How a site is called, and what its clocks show."""

    name: str
    zone: str
    """IANA time zone."""


async def plant_at(session: AsyncSession, site: str) -> Plant:
    """The plant at *site*: by the name of the site and in UTC where nobody said more of it."""
    try:
        known = (await fact(session, Site, site, site)).fact
    except NotInSystem:
        return Plant(site, "UTC")
    return Plant(known.name, known.zone)


async def zones(database: Database, sites: Iterable[str]) -> dict[str, str]:
    """The IANA time zone of the clocks at each of *sites*."""
    async with database.reading() as session:
        return {site: (await plant_at(session, site)).zone for site in sites}


async def zone_at(database: Database, site: str) -> str:
    """The IANA time zone of the clocks at *site*."""
    return (await zones(database, (site,)))[site]


async def known_sites(session: AsyncSession) -> Sequence[str]:
    """Every site there is."""
    return (await session.exec(select(FactRow.key).where(FactRow.kind == Site.kind))).all()
