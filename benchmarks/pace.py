"""Requests sent when they are due, whether or not those before were answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import quantiles


async def at_pace(errands: Sequence[Callable[[], Awaitable[None]]], per_second: float) -> list[float]:
    """
    Milliseconds that each of *errands* took.

    Its time counts from when it was due: a door that stands still for a second does not hide those who would
    have come meanwhile.
    """

    async def one(errand: Callable[[], Awaitable[None]], due: float) -> float:
        await asyncio.sleep(due - time.perf_counter())
        await errand()
        return (time.perf_counter() - due) * 1000

    start = time.perf_counter() + 0.1
    return list(
        await asyncio.gather(*(one(errand, start + number / per_second) for number, errand in enumerate(errands)))
    )


def percentile(times: Sequence[float], rank: int) -> float:
    """The time within which so many percent came, as far as so few can tell."""
    return quantiles(times, n=100, method="inclusive")[rank - 1]
