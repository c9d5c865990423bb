"""Dates of the sample plant, counted in its own working time from the day it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.calendar import WorkingCalendar

_HOUR = timedelta(hours=1)
# Farther back than any work in the sample that has already started.
_BEFORE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Moments around the present of a site."""

    calendar: WorkingCalendar
    present: datetime
    """The first full hour of work not before now, UTC."""

    @classmethod
    def of(cls, calendar: WorkingCalendar, now: datetime) -> Timeline:
        """The timeline whose present is *now*, or the next full hour at which *calendar* works."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        return cls(calendar, calendar.next_working_moment(hour if hour == now else hour + _HOUR))

    def days(self, count: int) -> datetime:
        """The same time of day *count* working days ahead."""
        return self.calendar.add_working_days(self.present, count)

    def ago(self, days: int) -> datetime:
        """The first moment of work of the last so many calendar days."""
        return self.calendar.next_working_moment(self.present - timedelta(days=days))

    def begin(self, hours: float) -> datetime:
        """When work begins after *hours* of work from the present on; below zero, before it."""
        return self.calendar.next_working_moment(self.end(hours))

    def end(self, hours: float) -> datetime:
        """When *hours* of work from the present on are done; below zero, before it."""
        origin = self.present - _BEFORE
        worked = self.calendar.working_time_between(origin, self.present)
        return self.calendar.add_working_time(origin, worked + timedelta(hours=hours))
