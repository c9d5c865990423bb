"""Working time laid end to end, so that a job which pauses over night is one piece."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate

from domain.calendar import Span

_MINUTE = timedelta(minutes=1)


class WorkingAxis:
    """Stretches of work, in order and apart from one another, counted from the start of the first."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.spans = tuple(spans)
        self._begins = [begin for begin, _ in self.spans]
        lengths = (end - begin for begin, end in self.spans)
        self._worked = list(accumulate(lengths, initial=timedelta(0)))
        self.length = self._worked[-1] // _MINUTE
        """Whole minutes."""

    def minute(self, moment: datetime) -> int:
        """How many whole minutes are worked up to *moment*."""
        return self.worked(moment) // _MINUTE

    def worked(self, moment: datetime) -> timedelta:
        """How long is worked up to *moment*: at least not at all, and at most from end to end."""
        started = bisect_right(self._begins, moment)
        if not started:
            return timedelta(0)
        begin, end = self.spans[started - 1]
        return self._worked[started - 1] + min(moment, end) - begin

    def begin(self, minute: int) -> datetime:
        """When work goes on after so many minutes: where they fill a stretch, at the start of the next."""
        worked = minute * _MINUTE
        stretch = bisect_right(self._worked, worked) - 1
        return self.spans[stretch][0] + worked - self._worked[stretch]

    def end(self, minute: int) -> datetime:
        """By when so many minutes, one at least, are worked: where they fill a stretch, at its end."""
        worked = minute * _MINUTE
        stretch = bisect_left(self._worked, worked) - 1
        return self.spans[stretch][0] + worked - self._worked[stretch]
