"""All that passes something on, side by side in one loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

log = structlog.get_logger()


@dataclass(frozen=True)
class Part:
    """Something that is done again and again."""

    name: str
    once: Callable[[], Awaitable[int]]
    """Does it and says how much there was to do."""
    every: timedelta
    """The pause after there was nothing to do."""


class Relay:
    """Runs its parts until it is stopped; none waits for another, and none stops with another."""

    def __init__(self, *parts: Part) -> None:
        self._parts = parts
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Return when stopped, with every part at rest. Cancelled, what was half done will be done again."""
        async with asyncio.TaskGroup() as running:
            for part in self._parts:
                running.create_task(self._run(part), name=f"relay {part.name}")

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()

    async def _run(self, part: Part) -> None:
        while not self._stopping.is_set():
            try:
                done = await part.once()
            except Exception:
                log.exception("relay.failed", part=part.name)
                done = 0
            if done:
                await asyncio.sleep(0)  # the others' turn
            else:
                await self._rest(part.every)

    async def _rest(self, pause: timedelta) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause.total_seconds())
