"""What the identity provider's groups mean here: roles at sites, resolved whenever roles are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, Principal
from domain.roles import Role
from storage.database import Database
from storage.tables.access import GroupRoleRow, MemberRow
from storage.trail import COMMAND_LINE, LOCKSTEP, PROVIDER, note


@dataclass(frozen=True)
class WordOfProvider:
    """How long what the provider says of somebody is good for, in browsers."""

    anew: timedelta = timedelta(minutes=1)
    """After so long it is asked again, at the next click."""
    longest: timedelta = timedelta(minutes=15)
    """After so long without an answer its groups give no roles any more."""


class Groups:
    """Groups of the identity provider, and who is in them by its latest word."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def grant(self, group: str, role: Role, site: str, at: datetime) -> bool:
        """Whether this is new: from now on whoever is in *group* holds *role* at *site*."""
        async with self._database.transaction() as session:
            if await session.get(GroupRoleRow, (group, site, role)) is not None:
                return False
            session.add(GroupRoleRow(group=group, site=site, role=role))
            await note(
                session, f"group/{group}", at=at, action="role_granted", by=COMMAND_LINE,
                channel=Channel.COMMAND_LINE,
                details={"role": role, "site": site},
            )  # fmt: skip
            return True

    async def withdraw(self, group: str, role: Role, site: str, at: datetime) -> bool:
        """Whether there was such a grant; from now on *group* no longer means *role* at *site*."""
        async with self._database.transaction() as session:
            row = await session.get(GroupRoleRow, (group, site, role))
            if row is None:
                return False
            await session.delete(row)
            await note(
                session, f"group/{group}", at=at, action="role_withdrawn", by=COMMAND_LINE,
                channel=Channel.COMMAND_LINE,
                details={"role": role, "site": site},
            )  # fmt: skip
            return True

    async def granted(self) -> tuple[GroupRoleRow, ...]:
        """What each group means, by site."""
        async with self._database.reading() as session:
            query = select(GroupRoleRow).order_by(
                col(GroupRoleRow.site), col(GroupRoleRow.group), col(GroupRoleRow.role)
            )
            return tuple((await session.exec(query)).all())

    async def told(self, person: str, name: str, groups: Iterable[str], at: datetime) -> None:
        """
        The provider said at *at* which groups *person* is in. What it said later than that stands.

        Who left a group must not get its roles back by showing an older token.
        """
        async with self._database.reading() as session:
            known = await session.get(MemberRow, person)
        if known is not None and known.told_at >= at:
            return
        try:
            async with self._database.transaction() as session:
                row = await session.get(MemberRow, person, with_for_update=True)
                if row is None:
                    row = MemberRow(person=person, name=name, groups=[], told_at=at)
                elif row.told_at >= at:
                    return
                # What had lapsed was lost, so that the trail says it when it is back.
                before = [] if row.lapsed_at is not None else row.groups
                row.name, row.groups, row.told_at, row.lapsed_at = name, sorted(groups), at, None
                session.add(row)
                await _note_change(session, person, before, row.groups, at)
        except IntegrityError:  # his first two requests came at the same moment: now he is known
            await self.told(person, name, groups, at)

    async def told_at(self, person: str) -> datetime | None:
        """When the provider last said which groups *person* is in; nothing if it never did."""
        async with self._database.reading() as session:
            known = await session.get(MemberRow, person)
        return None if known is None else known.told_at

    async def lapse(self, person: str, longest: timedelta, at: datetime) -> bool:
        """Whether the provider has said nothing of *person* for *longest*; his groups give no roles from then on."""
        async with self._database.reading() as session:
            known = await session.get(MemberRow, person)
        if known is None or at - known.told_at < longest:
            return False
        if known.lapsed_at is not None:
            return True
        async with self._database.transaction() as session:
            row = await session.get(MemberRow, person, with_for_update=True)
            if row is None or at - row.told_at < longest:
                return False
            if row.lapsed_at is None:
                row.lapsed_at = at
                session.add(row)
                await _note_change(session, person, row.groups, (), at, "groups_lapsed", LOCKSTEP)
        return True


async def _note_change(
    session: AsyncSession,
    person: str,
    before: Iterable[str],
    now: Iterable[str],
    at: datetime,
    action: str = "groups_changed",
    by: Principal = PROVIDER,
) -> None:
    """
    A line about who came to be in which group, or left it.

    Of groups that mean nothing here nothing is written where nothing can be deleted.
    """
    meaning = set((await session.exec(select(GroupRoleRow.group).distinct())).all())
    joined, left = meaning & set(now) - set(before), meaning & set(before) - set(now)
    if joined or left:
        await note(
            session, f"person/{person}", at=at, action=action, by=by, channel=Channel.API,
            details={"joined": sorted(joined), "left": sorted(left)},
        )  # fmt: skip


async def roles_by_groups(session: AsyncSession, person: str) -> dict[str, frozenset[Role]]:
    """The roles *person* holds now by the groups he is in, by site."""
    member = await session.get(MemberRow, person)
    if member is None or member.lapsed_at is not None or not member.groups:
        return {}
    rows = (await session.exec(select(GroupRoleRow).where(col(GroupRoleRow.group).in_(member.groups)))).all()
    return {site: frozenset(Role(row.role) for row in rows if row.site == site) for site in {row.site for row in rows}}


async def members_at(session: AsyncSession, site: str) -> dict[str, frozenset[Role]]:
    """Everybody whose groups mean roles at *site* now, with those roles."""
    grants = (await session.exec(select(GroupRoleRow).where(GroupRoleRow.site == site))).all()
    members = (await session.exec(select(MemberRow))).all() if grants else ()
    held = {
        member.person: frozenset(Role(grant.role) for grant in grants if grant.group in member.groups)
        for member in members
    }
    return {person: roles for person, roles in held.items() if roles}
