"""Browsers in which somebody has logged in: a cookie that says nothing, and what we know about it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

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

    async def begin(self, principal: Principal, way: Way, at: datetime) -> str:
        """What the browser shows from now on. Nobody but the browser can know it."""
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

    async def end(self, shown: str) -> None:
        """The session is over, if there is one."""
        async with self._database.transaction() as session:
            await session.exec(delete(SessionRow).where(col(SessionRow.sha256) == _hash(shown)))


async def end_sessions_of(session: AsyncSession, person: str) -> None:
    """Every session of *person* is over, in the transaction of what ends them."""
    await session.exec(delete(SessionRow).where(col(SessionRow.person) == person))


def _hash(shown: str) -> str:
    return sha256(shown.encode()).hexdigest()
