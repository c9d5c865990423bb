"""Daily reports on their way to those who read them: of each day of a site once, on the next working morning."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.following import DAILY, Followed
from domain.process import SYSTEM
from domain.report import days_to_send, leaves_at, read_by
from domain.roles import Role
from storage.calendars import calendar_for, day_at, known_sites
from storage.database import Database
from storage.identity import people_at
from storage.outbox import post_report
from storage.reading_report import site_day
from storage.tables.followings import FollowingRow
from storage.tables.notices import DailyReportRow


class DailyReports:
    """Has the reports of days that are over sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send_due(self, at: datetime) -> int:
        """How many reports are sent now. Raises IntegrityError where somebody else sends one in the same moment."""
        async with self._database.reading() as session:
            sites = await known_sites(session)
            due = [(site, day) for site in sites for day in await _due(session, site, at)]
        if due:
            async with self._database.transaction() as session:
                for site, day in due:
                    session.add(DailyReportRow(site=site, day=day, sent_at=at))
                    post_report(session, site, day, at=at)
        return len(due)


async def readers(session: AsyncSession, site: str) -> dict[str, Role]:
    """Who is sent the reports of *site* by now, and in which role: who answers for it, and who asked for them."""
    query = select(FollowingRow.person).where(
        FollowingRow.what == Followed.REPORT, FollowingRow.site == site, FollowingRow.key == DAILY
    )
    asked = set((await session.exec(query)).all())
    people = await people_at(session, site)
    found = {person: read_by(roles, asked_for_it=person in asked) for person, roles in people.items()}
    return {person: role for person, role in found.items() if role is not None}


async def _due(session: AsyncSession, site: str, at: datetime) -> list[date]:
    latest = select(func.max(col(DailyReportRow.day))).where(DailyReportRow.site == site)
    days = days_to_send((await session.exec(latest)).one(), await day_at(session, site, at))
    if not days:
        return []
    # The site's own hours: no role keeps those of the system.
    working = await calendar_for(session, site, SYSTEM)
    return [day for day in days if leaves_at(await site_day(session, site, day), working) <= at]
