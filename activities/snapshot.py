"""Facts as one look finds them: what several checks want to know is read once, and they all see the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Hashable
from typing import Any, cast

from domain.fact import F, Reading
from domain.ports import Facts


class Snapshot:
    """Satisfies the port ``Facts``; asks the one behind it only what has not been asked yet."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}

    async def read(self, kind: type[F], site: str, key: str) -> Reading[F]:
        """The one fact of *kind* about *key*. Raises NotInSystem, SystemUnavailable."""
        found = await self._once((kind, site, key), lambda: self._facts.read(kind, site, key))
        return cast(Reading[F], found)

    async def find(
        self, kind: type[F], site: str | None = None, *, item: str | None = None, order: str | None = None
    ) -> tuple[Reading[F], ...]:
        """Every fact of *kind* that fits, by key. Raises SystemUnavailable."""
        found = await self._once(
            ("all", kind, site, item, order), lambda: self._facts.find(kind, site, item=item, order=order)
        )
        return cast(tuple[Reading[F], ...], found)

    async def find_by(self, kind: type[F], site: str, field: str, names: Collection[str]) -> tuple[Reading[F], ...]:
        """Every fact of *kind* in which *field* says one of *names*, by key. Raises SystemUnavailable."""
        found = await self._once(
            ("by", kind, site, field, frozenset(names)), lambda: self._facts.find_by(kind, site, field, names)
        )
        return cast(tuple[Reading[F], ...], found)

    async def _once(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(ask())
        # One check that runs out of time must not take the answer from the others.
        return await asyncio.shield(self._asked[key])
