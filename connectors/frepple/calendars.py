"""frePPLe's calendars, which give a value to every moment, as working time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from connectors.frepple.tables import Row, Tables, UnreadablePlan
from domain.calendar import DayException, Shift, WorkingCalendar

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WHOLE_DAY = 24 * 60
ONE_DAY = timedelta(days=1)
AHEAD = timedelta(days=5 * 366)
"""How far exceptions are written out."""

Hours = tuple[tuple[int, int], ...]
"""Stretches of one day, in minutes after midnight."""


@dataclass(frozen=True)
class Bucket:
    """A value for some hours of some weekdays between two dates."""

    first: date
    until: date
    value: float
    priority: int
    weekdays: tuple[bool, ...]
    start: int
    end: int

    def counts_on(self, day: date) -> bool:
        """Whether the bucket says anything of the day."""
        return self.first <= day < self.until and self.weekdays[day.weekday()]


@dataclass(frozen=True)
class Timetable:
    """One calendar of a plan."""

    default: float
    buckets: tuple[Bucket, ...]
    """The one that wins first."""

    def hours(self, day: date) -> Hours:
        """When the calendar has a value above zero on the day."""
        counting = [bucket for bucket in self.buckets if bucket.counts_on(day)]
        edges = sorted({0, WHOLE_DAY, *(edge for bucket in counting for edge in (bucket.start, bucket.end))})
        worked = [
            (begin, end)
            for begin, end in pairwise(edges)
            if next((b.value for b in counting if b.start <= begin < b.end), self.default) > 0
        ]
        return _joined(worked)

    def highest(self, day: date) -> float:
        """The highest value on the day."""
        return max((bucket.value for bucket in self.buckets if bucket.counts_on(day)), default=self.default)


def timetables(plan: Tables) -> dict[str, Timetable]:
    """Every calendar of the plan by name."""
    buckets: dict[str, list[Bucket]] = {}
    for row in plan["calendarbucket"]:
        buckets.setdefault(row.named("calendar"), []).append(_bucket(row))
    return {
        row.named("name"): Timetable(
            float(row.number("defaultvalue")),
            tuple(sorted(buckets.get(row.named("name"), ()), key=lambda bucket: bucket.priority)),
        )
        for row in plan["calendar"]
    }


def working(name: str, together: Iterable[Timetable], zone: str, now: datetime) -> WorkingCalendar:
    """
    The time in which all of the calendars work, and always without any.

    The week is as it is now; days within five years that differ are exceptions.
    """
    kept = tuple(together)
    if not kept:
        return WorkingCalendar.always(zone)
    today = now.astimezone(ZoneInfo(zone)).date()
    lasting = tuple(_lasting(timetable, today) for timetable in kept)
    week = {(today + ONE_DAY * n).weekday(): _all(lasting, today + ONE_DAY * n) for n in range(7)}
    changing = {
        day
        for timetable, usual in zip(kept, lasting, strict=True)
        for bucket in timetable.buckets
        if bucket not in usual.buckets
        for day in _days(max(bucket.first, today), min(bucket.until, today + AHEAD))
    }
    return WorkingCalendar(
        name=name,
        zone=zone,
        shifts=tuple(
            Shift(weekday=weekday, start=_clock(begin), end=_clock(end))
            for weekday in sorted(week)
            for begin, end in week[weekday]
        ),
        exceptions=tuple(
            DayException(date=day, shifts=tuple((_clock(begin), _clock(end)) for begin, end in hours))
            for day in sorted(changing)
            if (hours := _all(kept, day)) != week[day.weekday()]
        ),
    )


def _lasting(timetable: Timetable, today: date) -> Timetable:
    """The calendar with only what goes on for a year at least."""
    lasting = (b for b in timetable.buckets if b.first <= today and b.until > today + timedelta(days=366))
    return Timetable(timetable.default, tuple(lasting))


def _all(together: tuple[Timetable, ...], day: date) -> Hours:
    shared: list[tuple[int, int]] = [(0, WHOLE_DAY)]
    for timetable in together:
        hours = timetable.hours(day)
        cut = [(max(a, c), min(b, d)) for a, b in shared for c, d in hours]
        shared = [(begin, end) for begin, end in cut if begin < end]
    return tuple(shared)


def _days(first: date, until: date) -> Iterable[date]:
    return (first + ONE_DAY * n for n in range((until - first).days))


def _bucket(row: Row) -> Bucket:
    return Bucket(
        first=_date(row, "startdate", date.min),
        until=_date(row, "enddate", date.max),
        value=float(row.number("value")),
        priority=int(row.number("priority")),
        weekdays=tuple((row.text(weekday) or "True") == "True" for weekday in WEEKDAYS),
        start=_minutes(row.text("starttime") or "00:00:00"),
        end=_minutes(row.text("endtime") or "23:59:59") or WHOLE_DAY,
    )


def _date(row: Row, column: str, otherwise: date) -> date:
    moment = row.moment(column, "UTC")
    return otherwise if moment is None else moment.date()


def _minutes(text: str) -> int:
    """The minute of the day; 16:59:59 is how frePPLe writes the end at 17:00."""
    try:
        parts = [int(part) for part in text.split(":")]
    except ValueError:
        raise UnreadablePlan(f"{text!r} is no time of day.") from None
    hours, minutes, seconds = (*parts, 0, 0)[:3]
    return hours * 60 + minutes + (seconds > 0)


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


def _joined(stretches: list[tuple[int, int]]) -> Hours:
    joined: list[tuple[int, int]] = []
    for begin, end in stretches:
        if joined and joined[-1][1] == begin:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return tuple(joined)
