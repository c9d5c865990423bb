"""Tickets: something that lets somebody go on once, for a few minutes."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel
from storage.database import Database
from storage.tables.access import TicketRow
from storage.trail import COMMAND_LINE, note

GOOD_FOR = timedelta(minutes=10)
"""How long a ticket may be shown."""


class TicketKind(StrEnum):
    """What a ticket is for."""

    LINK = "link"
    """To come in without anything else, as the principal it holds."""
    PROVIDER = "provider"
    """To come back from the identity provider."""
    SIGNATURE = "signature"
    """To sign one answer, by the re-authentication it holds."""
    DRAFT = "draft"
    """To find what one had filled in before he went to prove who he is."""


class Tickets:
    """Tickets that were given out and not yet shown."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(self, kind: TicketKind, body: dict[str, Any], at: datetime) -> str:
        """A ticket with what has to be known when it is shown; one to come in with is a line on the trail."""
        async with self._database.transaction() as session:
            shown = await new_ticket(session, kind, body, at)
            if kind is TicketKind.LINK:
                await note(
                    session, f"account/{body['id']}", at=at, action="login_link_given", by=COMMAND_LINE,
                    channel=Channel.COMMAND_LINE, details={},
                )  # fmt: skip
        return shown

    async def take(self, kind: TicketKind, shown: str, at: datetime) -> dict[str, Any] | None:
        """What the ticket was given for, once; nothing if it is none, another kind's, used or too old."""
        async with self._database.transaction() as session:
            row = await session.get(TicketRow, _hash(shown), with_for_update=True)
            if row is None or row.kind != kind:
                return None
            await session.delete(row)
            return row.body if at < row.ends_at else None

    async def look(self, kind: TicketKind, shown: str, at: datetime) -> dict[str, Any] | None:
        """What the ticket was given for, which it stays good for; nothing if it is none, another kind's or too old."""
        async with self._database.reading() as session:
            return await held(session, kind, shown, at)


async def new_ticket(session: AsyncSession, kind: TicketKind, body: dict[str, Any], at: datetime) -> str:
    """A ticket with what has to be known when it is shown."""
    shown = secrets.token_urlsafe(32)
    await session.exec(delete(TicketRow).where(col(TicketRow.ends_at) <= at))
    session.add(TicketRow(sha256=_hash(shown), kind=kind, body=body, ends_at=at + GOOD_FOR))
    return shown


async def held(session: AsyncSession, kind: TicketKind, shown: str, at: datetime) -> dict[str, Any] | None:
    """What the ticket was given for, which it stays good for; nothing if it is none, another kind's or too old."""
    row = await session.get(TicketRow, _hash(shown))
    return None if row is None or row.kind != kind or at >= row.ends_at else row.body


def _hash(shown: str) -> str:
    return sha256(shown.encode()).hexdigest()
