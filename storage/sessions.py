"""Browsers in which somebody has logged in: a cookie that says nothing, and what we know about it."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Principal
from storage.database import Database
from storage.tables.access import SessionRow

_NOTICED = timedelta(minutes=1)
# Between two notes that a session is in use: not every click has to write.


class Way(StrEnum):
    """How it was proven who somebody is."""

    PASSWORD = "password"  # noqa: S105 - a way, no password
    PROVIDER = "provider"
    LINK = "link"


@dataclass(frozen=True)
class SessionLife:
    """How long a session lasts."""

    idle: timedelta = timedelta(minutes=30)
    """Without a click."""
    longest: timedelta = timedelta(hours=12)
    """Whatever happens: a shift, and the handover."""


class Sessions:
    """Sessions of browsers."""

    def __init__(self, database: Database, life: SessionLife) -> None:
        self._database = database
        self._life = life

    async def begin(self, principal: Principal, way: Way, at: datetime, refresh: str | None = None) -> str:
        """
        What the browser shows from now on. Nobody but the browser can know it.

        With *refresh*, where the provider gave such a token, it can be asked about him again.
        """
        shown = secrets.token_urlsafe(32)
        async with self._database.transaction() as session:
            await session.exec(delete(SessionRow).where(col(SessionRow.ends_at) <= at))
            session.add(
                SessionRow(
                    sha256=_hash(shown),
                    principal=principal.model_dump(mode="json"),
                    person=principal.id,
                    way=way,
                    begun_at=at,
                    seen_at=at,
                    ends_at=at + self._life.longest,
                    refresh=None if refresh is None else _sealed(shown, refresh),
                )
            )
        return shown

    async def whose(self, shown: str, at: datetime) -> Principal | None:
        """Who logged in there; nothing if the session is over."""
        async with self._database.reading() as session:
            row = await session.get(SessionRow, _hash(shown))
        if row is None or at >= row.ends_at or at - row.seen_at >= self._life.idle:
            return None
        if at - row.seen_at >= _NOTICED:
            async with self._database.transaction() as session:
                if (row := await session.get(SessionRow, row.sha256, with_for_update=True)) is None:
                    return None
                row.seen_at = at
                session.add(row)
        return Principal.model_validate(row.principal)

    async def to_ask_with(self, shown: str, every: timedelta, at: datetime) -> str | None:
        """The token to ask the provider with, for whoever is the first to want it *every* so often; else nothing."""
        async with self._database.transaction() as session:
            row = await session.get(SessionRow, _hash(shown), with_for_update=True)
            if row is None or row.refresh is None or (row.asked_at is not None and at - row.asked_at < every):
                return None
            row.asked_at = at
            session.add(row)
            return _cipher(shown).decrypt(row.refresh).decode()

    async def ask_next_with(self, shown: str, refresh: str) -> None:
        """The provider has changed the token; the one before is worth nothing any more."""
        async with self._database.transaction() as session:
            row = await session.get(SessionRow, _hash(shown), with_for_update=True)
            if row is not None:
                row.refresh = _sealed(shown, refresh)
                session.add(row)

    async def can_ask(self, shown: str) -> bool:
        """Whether the provider can be asked again about who logged in there."""
        async with self._database.reading() as session:
            row = await session.get(SessionRow, _hash(shown))
            return row is not None and row.refresh is not None

    async def end(self, shown: str) -> None:
        """The session is over, if there is one."""
        async with self._database.transaction() as session:
            await session.exec(delete(SessionRow).where(col(SessionRow.sha256) == _hash(shown)))


async def end_sessions_of(session: AsyncSession, person: str) -> None:
    """Every session of *person* is over, in the transaction of what ends them."""
    await session.exec(delete(SessionRow).where(col(SessionRow.person) == person))


def _hash(shown: str) -> str:
    return sha256(shown.encode()).hexdigest()


def _sealed(shown: str, refresh: str) -> str:
    return _cipher(shown).encrypt(refresh.encode()).decode()


def _cipher(shown: str) -> Fernet:
    # The key comes of the cookie, of which only the hash is here: whoever has the database alone opens nothing.
    key = HKDF(SHA256(), length=32, salt=None, info=b"lockstep refresh token").derive(shown.encode())
    return Fernet(urlsafe_b64encode(key))
