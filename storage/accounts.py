"""Accounts of small plants: people who come in with a password of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, Principal, PrincipalKind
from storage.database import Database
from storage.sessions import end_sessions_of
from storage.tables.access import AccountRow
from storage.trail import COMMAND_LINE, note


class NoSuchAccount(Exception):
    """Nobody of this name has an account in use."""


class AccountExists(Exception):
    """Somebody of this name has one already."""


@dataclass(frozen=True)
class Account:
    """Somebody who may come in with a password."""

    principal: Principal
    password: str
    """The hash of it."""


class Accounts:
    """Accounts by the person whose they are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, account: Account, at: datetime) -> None:
        """Somebody may come in from now on. Raises AccountExists."""
        person, name = account.principal.id, account.principal.name
        async with self._database.transaction() as session:
            row = await session.get(AccountRow, person, with_for_update=True)
            if row is not None and row.disabled_at is None:
                raise AccountExists(f"{person} has an account. Change its password: lockstep account password {person}")
            await session.merge(
                AccountRow(person=person, name=name, password=account.password, changed_at=at, disabled_at=None)
            )
            await _note(session, person, "account_added", at)

    async def change(self, person: str, password: str, at: datetime) -> None:
        """From now on this is the hash of *person*'s password; he has to log in again. Raises NoSuchAccount."""
        async with self._database.transaction() as session:
            row = await _in_use(session, person)
            row.password, row.changed_at = password, at
            await end_sessions_of(session, person)
            await _note(session, person, "account_password_changed", at)

    async def disable(self, person: str, at: datetime) -> None:
        """From now on *person* does not come in with a password, and is not in any more. Raises NoSuchAccount."""
        async with self._database.transaction() as session:
            row = await _in_use(session, person)
            row.disabled_at = at
            await end_sessions_of(session, person)
            await _note(session, person, "account_disabled", at)

    async def in_use(self, person: str) -> Account | None:
        """The account of *person*; nothing if he has none in use."""
        async with self._database.reading() as session:
            row = await session.get(AccountRow, person)
        if row is None or row.disabled_at is not None:
            return None
        return Account(Principal(kind=PrincipalKind.PERSON, id=row.person, name=row.name), row.password)

    async def how_many_in_use(self) -> int:
        """How many people may come in with a password."""
        async with self._database.reading() as session:
            counted = select(func.count()).select_from(AccountRow).where(col(AccountRow.disabled_at).is_(None))
            return (await session.exec(counted)).one()


async def _in_use(session: AsyncSession, person: str) -> AccountRow:
    row = await session.get(AccountRow, person, with_for_update=True)
    if row is None or row.disabled_at is not None:
        raise NoSuchAccount(f"{person} has no account. Give him one: lockstep account add {person}")
    session.add(row)
    return row


async def _note(session: AsyncSession, person: str, action: str, at: datetime) -> None:
    await note(
        session, f"account/{person}", at=at, action=action, by=COMMAND_LINE, channel=Channel.COMMAND_LINE, details={}
    )
