"""Guessing: how long the next attempt at a password waits, when so many were wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


@dataclass(frozen=True)
class Patience:
    """How many wrong passwords nobody is slowed for, and what comes after."""

    free: int
    first: timedelta
    """What the next one waits; each further failure doubles it."""
    longest: timedelta
    """It never waits longer."""
    forgets: timedelta
    """In which one failure is forgotten."""

    def left(self, failures: int, last: datetime, at: datetime) -> int:
        """How many of *failures*, the last at *last*, still count at *at*."""
        return max(failures - max(at - last, timedelta(0)) // self.forgets, 0)

    def free_at(self, failures: int, last: datetime) -> datetime:
        """From when the next attempt is looked at, after *failures* of which the last was at *last*."""
        beyond = failures - self.free
        # Doubled often enough it is the longest anyway, and numbers stay small.
        return last + (min(self.first * 2 ** min(beyond, 20), self.longest) if beyond >= 0 else timedelta(0))

    def forgotten_at(self, failures: int, last: datetime) -> datetime:
        """When nothing is left of them."""
        return last + failures * self.forgets


OF_ADDRESS: Final = Patience(50, timedelta(seconds=6), timedelta(minutes=10), timedelta(minutes=1))
"""There may be many people behind it."""
OF_NAME: Final = Patience(10, timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=10))
"""From wherever: whoever tries at the name of somebody else must not keep him out for long."""
OF_NAME_FROM_ADDRESS: Final = Patience(10, timedelta(seconds=30), timedelta(minutes=15), timedelta(minutes=10))
"""The name from one address: who guesses there waits longer, and nobody elsewhere with him."""
KNOWN_FOR: Final = timedelta(days=30)
"""How long somebody is known at an address from which he came in: guessing elsewhere does not slow him there."""
