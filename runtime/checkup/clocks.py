"""Whether all who take part go by the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from runtime.checkup.line import Line, broken, ok, warning

if TYPE_CHECKING:
    from datetime import datetime

_APART = timedelta(seconds=2)
_TOO_FAR_APART = timedelta(seconds=30)
# Tokens of people and signatures of senders are refused when clocks differ by more.


def clock(about: str, theirs: datetime, sent: datetime, answered: datetime) -> Line:
    """How far *theirs* is from ours, told at some moment after it was *sent* for and before it was *answered*."""
    ahead = max(theirs - answered, timedelta(0)) or min(theirs - sent, timedelta(0))
    if abs(ahead) <= _APART:
        return ok(about, "Its clock and ours agree.")
    how = f"{abs(ahead).total_seconds():.0f} seconds {'ahead of' if ahead > timedelta(0) else 'behind'} ours"
    judged = broken if abs(ahead) > _TOO_FAR_APART else warning
    return judged(about, f"Its clock is {how}.", "Have both machines set their clocks by the same time server (NTP).")
