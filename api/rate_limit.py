"""How often one caller may come, so that a noisy one does not slow the others."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """What one caller may do; more than any person and any orderly system does."""

    per_second: float = 50
    at_once: int = 200


DAILY = Pace(per_second=1 / 86_400, at_once=1)


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """A token bucket for each caller, in this process; the limit of an installation belongs in its proxy."""

    MOST_CALLERS = 10_000
    """Beyond that the one not seen for longest is forgotten, which only ever lets more through."""

    def __init__(self, pace: Pace, now: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Nothing if *caller* may come in, which is counted; else in how many seconds he may."""
        now = self._now()
        bucket = self._buckets.pop(caller, None) or _Bucket(self._pace.at_once, now)
        self._buckets[caller] = bucket
        if len(self._buckets) > self.MOST_CALLERS:
            self._buckets.popitem(last=False)
        refilled = bucket.tokens + (now - bucket.filled_at) * self._pace.per_second
        bucket.tokens, bucket.filled_at = min(refilled, self._pace.at_once), now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / self._pace.per_second
        bucket.tokens -= 1
        return 0
