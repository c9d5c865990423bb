"""The week's list of lots on hold, on its way to the material review board: of each week of a site once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.notice import Occasion
from domain.process import SYSTEM
from domain.report import leaves_at
from domain.roles import Role
from storage.calendars import calendar_for, day_at, known_sites
from storage.database import Database
from storage.identity import people_at
from storage.outbox import post_report
from storage.readiness_policies import timing_at
from storage.reading_holds import hold_list
from storage.reading_report import site_day
from storage.tables.plant import MomentRow


class HoldLists:
    """Has the lists of a new week sent; where nothing is on hold there is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send_due(self, at: datetime) -> int:
        """How many lists are sent now. Raises IntegrityError where somebody else sends one in the same moment."""
        async with self._database.reading() as session:
            sites = await known_sites(session)
            due = [(site, day) for site in sites if (day := await _due(session, site, at)) is not None]
        sent = 0
        for site, day in due:
            async with self._database.transaction() as session:
                held = bool((await hold_list(session, site, at)).holds)
                became = "sent" if held else "nothing is on hold"
                session.add(MomentRow(key=_key(site, day), at=at, became=became))
                if held:
                    post_report(session, site, day, at=at, occasion=Occasion.LISTED)
                    sent += 1
        return sent


async def list_readers(session: AsyncSession, site: str, at: datetime) -> dict[str, Role]:
    """Who is sent the list of *site*, and in which role."""
    to = (await timing_at(session, site, at)).hold_list.to
    return {person: to for person, roles in (await people_at(session, site)).items() if to in roles}


async def _due(session: AsyncSession, site: str, at: datetime) -> date | None:
    """The day of this week's list, if its morning has come and it was not sent."""
    today = await day_at(session, site, at)
    since = (today.weekday() - (await timing_at(session, site, at)).hold_list.weekday) % 7
    day = today - timedelta(days=since)
    if await session.get(MomentRow, _key(site, day)) is not None:
        return None
    # In the site's own hours: on a holiday it waits for the next working morning.
    working = await calendar_for(session, site, SYSTEM)
    return day if leaves_at(await site_day(session, site, day - timedelta(days=1)), working) <= at else None


def _key(site: str, day: date) -> str:
    return f"hold_list/{site}/{day}"
