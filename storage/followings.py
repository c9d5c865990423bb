"""Who follows what, and what he hears of it. It is his own view: the trail has no line of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.facts import OrderLine
from domain.following import DAILY, Followed, Following, Heard
from domain.ports import NotInSystem
from domain.views import Page
from storage.database import Database
from storage.identity import Caller
from storage.paging import cursor_behind, keys_of, moment_in, page_size
from storage.reading_cases import visible_case
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.followings import FollowingRow
from storage.tables.plant import FactRow
from storage.trail import entry

_ABOUT_ORDERS = frozenset(name for name, process in PROCESSES.items() if process.about is OrderLine)


class Followings:
    """What people follow."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow_case(self, case_id: str, caller: Caller, at: datetime) -> None:
        """The caller hears what happens to the case from now on. Raises NotInSystem."""
        async with self._database.transaction() as session:
            case = await visible_case(session, case_id, caller.sites)
            await follow(session, caller, case.site, Followed.CASE, case_id, at)

    async def follow_order(self, site: str, order: str, caller: Caller, at: datetime) -> None:
        """The caller hears what happens to any line of the order from now on. Raises NotInSystem."""
        async with self._database.transaction() as session:
            query = select(FactRow.key).where(
                FactRow.kind == OrderLine.kind, FactRow.site == site, FactRow.order == order
            )
            if not caller.may_see(site) or (await session.exec(query.limit(1))).first() is None:
                raise NotInSystem(f"There is no order {order} at {site}.")
            await follow(session, caller, site, Followed.ORDER, order, at)

    async def follow_report(self, site: str, caller: Caller, at: datetime) -> None:
        """The caller is sent the daily report of *site* from now on. Raises NotInSystem."""
        async with self._database.transaction() as session:
            if not caller.may_see(site):
                raise NotInSystem(f"There is no site {site}.")
            await follow(session, caller, site, Followed.REPORT, DAILY, at)

    async def end(self, what: Followed, key: str, caller: Caller, site: str | None = None) -> None:
        """The caller hears no more of it. Raises NotInSystem where there is nothing he could see."""
        async with self._database.transaction() as session:
            if what is Followed.CASE:
                site = (await visible_case(session, key, caller.sites)).site
            if site is None or not caller.may_see(site):
                raise NotInSystem(f"There is no {what} {key}.")
            row = await session.get(FollowingRow, (caller.principal.id, site, what, key))
            if row is not None:
                await session.delete(row)

    async def of(self, caller: Caller) -> tuple[Following, ...]:
        """What the caller follows at sites he has a part in, the newest first."""
        query = select(FollowingRow).where(
            FollowingRow.person == caller.principal.id, col(FollowingRow.site).in_(caller.sites)
        )
        async with self._database.reading() as session:
            rows = await session.exec(query.order_by(col(FollowingRow.since).desc(), col(FollowingRow.key)))
            return tuple(Following.model_validate(row.model_dump()) for row in rows.all())

    async def heard(self, caller: Caller, *, cursor: str | None = None, limit: int = 50) -> Page[Heard]:
        """What happened to what the caller follows since he does, the newest first. Raises BadCursor."""
        query = (
            select(TrailRow, CaseRow)
            .join(CaseRow, col(CaseRow.id) == col(TrailRow.case_id))
            .where(col(CaseRow.site).in_(caller.sites), _followed_by(caller.principal.id))
            .order_by(col(TrailRow.at).desc(), col(TrailRow.case_id).desc(), col(TrailRow.sequence).desc())
        )
        if cursor is not None:
            place = tuple_(col(TrailRow.at), col(TrailRow.case_id), col(TrailRow.sequence))
            query = query.where(place < _before(cursor))
        size = page_size(limit)
        async with self._database.reading() as session:
            found = (await session.exec(query.limit(size + 1))).all()
        last = found[size - 1][0] if len(found) > size else None
        return Page[Heard](
            items=tuple(
                Heard(case_id=case.id, site=case.site, subject=case.subject, line=entry(line))
                for line, case in found[:size]
            ),
            next=None if last is None else cursor_behind(last.at.isoformat(), last.case_id, last.sequence),
        )


async def followers(session: AsyncSession, case: CaseRow, at: datetime) -> tuple[str, ...]:
    """Who wants to hear what happens to *case* at *at*, for those who tell people."""
    query = select(FollowingRow.person).where(
        FollowingRow.site == case.site, col(FollowingRow.since) <= at, _about(case)
    )
    return tuple((await session.exec(query.distinct().order_by(FollowingRow.person))).all())


async def follow(session: AsyncSession, caller: Caller, site: str, what: Followed, key: str, at: datetime) -> None:
    """From now on *caller* follows it."""
    # Who follows it already goes on hearing of what happened since he began.
    if await session.get(FollowingRow, (caller.principal.id, site, what, key)) is None:
        session.add(FollowingRow(person=caller.principal.id, site=site, what=what, key=key, since=at))


def _followed_by(person: str) -> ColumnElement[bool]:
    following = select(FollowingRow.key).where(
        FollowingRow.person == person,
        FollowingRow.site == CaseRow.site,
        col(FollowingRow.since) <= col(TrailRow.at),
        or_(
            and_(col(FollowingRow.what) == Followed.CASE, col(FollowingRow.key) == col(CaseRow.id)),
            and_(
                col(FollowingRow.what) == Followed.ORDER,
                col(CaseRow.process).in_(_ABOUT_ORDERS),
                # Not by LIKE: names of orders may have signs that mean any sign there.
                func.substr(CaseRow.subject, 1, func.length(FollowingRow.key) + 1) == col(FollowingRow.key) + ":",
            ),
        ),
    )
    return following.exists()


def _about(case: CaseRow) -> ColumnElement[bool]:
    itself = and_(col(FollowingRow.what) == Followed.CASE, col(FollowingRow.key) == case.id)
    if case.process not in _ABOUT_ORDERS:
        return itself
    order = case.subject.split(":")[0]
    return or_(itself, and_(col(FollowingRow.what) == Followed.ORDER, col(FollowingRow.key) == order))


def _before(cursor: str) -> tuple[datetime, str, int]:
    at, case_id, sequence = keys_of(cursor, str, str, int)
    return moment_in(at), str(case_id), int(sequence)
