"""In whose time a deadline runs, and what day it is there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.calendar import WorkingCalendar
from domain.master_data import Calendar, Site
from domain.ports import NotInSystem
from storage.database import Database
from storage.facts import fact


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
    return at.astimezone(ZoneInfo(await zone_of(session, site))).date()


async def zone_of(session: AsyncSession, site: str) -> str:
    """The IANA time zone of the clocks at *site*: UTC where nobody said where it is."""
    try:
        return (await fact(session, Site, site, site)).fact.zone
    except NotInSystem:
        return "UTC"


async def zones(database: Database, sites: Iterable[str]) -> dict[str, str]:
    """The IANA time zone of the clocks at each of *sites*."""
    async with database.reading() as session:
        return {site: await zone_of(session, site) for site in sites}
