"""Keeping what is ready over time: from changed facts, and as time goes by, to what is judged anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from storage.database import Database
from storage.readiness_history import ReadinessHistory


def _now() -> datetime:
    return datetime.now(UTC)


class ReadinessRelay:
    """Judges things anew behind whoever told of facts, so that nobody waits for it."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = _now) -> None:
        self._history = ReadinessHistory(database)
        self._now = now

    async def once(self) -> int:
        """How many changed facts were looked at and things judged anew."""
        news = await self._history.spread_news(self._now())
        return news + await self._history.judge_due(self._now())

    async def untold(self) -> int:
        """How many things were found of which no news told."""
        return await self._history.find_untold(self._now())
