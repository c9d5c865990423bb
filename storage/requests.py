"""Requests that changed something: a repeated one gets the first answer again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.tables.access import RequestRow

B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True)
class RequestKey:
    """The caller's own key for a request, with a digest of what it asked for."""

    caller: str
    key: str
    fingerprint: str


class KeyReused(Exception):
    """The key came before with another request."""


async def only_once(
    session: AsyncSession, key: RequestKey | None, at: datetime, kind: type[B], do: Callable[[], Awaitable[B]]
) -> B:
    """
    The answer to this request: as it was when it came before, or else what *do* gives, which is kept.

    Nothing is kept where *do* raises. Raises KeyReused.
    """
    if (before := await remembered(session, key)) is not None:
        return kind.model_validate(before)
    answer = await do()
    remember(session, key, answer.model_dump(mode="json"), at)
    return answer


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
