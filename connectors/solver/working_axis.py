"""Working time laid end to end, so that a job which pauses over night is one piece."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import accumulate

from domain.calendar import WorkingCalendar

_MINUTE = timedelta(minutes=1)


class WorkingAxis:
    """The working time of a calendar between two moments, counted from the first."""

    def __init__(self, calendar: WorkingCalendar, since: datetime, until: datetime) -> None:
        self._spans = tuple(calendar.spans(since, until))
        self._begins = [begin for begin, _ in self._spans]
        lengths = (end - begin for begin, end in self._spans)
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
        begin, end = self._spans[started - 1]
        return self._worked[started - 1] + min(moment, end) - begin
