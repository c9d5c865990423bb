"""Requests that changed something: a repeated one gets the first answer again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables.access import RequestRow


@dataclass(frozen=True)
class RequestKey:
    """The caller's own key for a request, with a digest of what it asked for."""

    caller: str
    key: str
    fingerprint: str


class KeyReused(Exception):
    """The key came before with another request."""


async def remembered(session: AsyncSession, key: RequestKey | None) -> dict[str, Any] | None:
    """The answer this request got before, or nothing. Raises KeyReused."""
    if key is None:
        return None
    row = await session.get(RequestRow, (key.caller, key.key))
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise KeyReused("This Idempotency-Key was used before for another request. Use a new key for a new request.")
    return row.answer


def remember(session: AsyncSession, key: RequestKey | None, answer: dict[str, Any], at: datetime) -> None:
    """Keep the answer with the change it reports: both are committed, or neither."""
    if key is not None:
        session.add(RequestRow(caller=key.caller, key=key.key, fingerprint=key.fingerprint, answer=answer, at=at))
