"""Working time: when a plant, a team or a work centre works, and what a deadline in its hours means."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

ONE_DAY = timedelta(days=1)
# Longer than any shutdown: a calendar that stands still for two years has been entered wrongly.
LONGEST_STANDSTILL = timedelta(days=2 * 366)
LONGEST_DURATION = timedelta(days=3660)

Span: TypeAlias = tuple[datetime, datetime]


class NeverWorking(Exception):
    """The calendar has no working time for two years, so nothing can be counted in it."""

    def __init__(self, calendar: str, since: datetime) -> None:
        super().__init__(
            f"Calendar {calendar!r} has no working time in the two years after {since:%Y-%m-%d}; "
            "give it shifts, or remove holidays."
        )


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; use an IANA name such as Europe/Berlin") from None
    return name


Zone: TypeAlias = Annotated[str, AfterValidator(_known_zone)]
"""The IANA name of a time zone, such as Europe/Berlin."""


def _wall(reading: time) -> time:
    if reading.tzinfo is not None:
        raise ValueError("shift times are what the clock on the wall shows; leave the offset out")
    return reading


WallTime = Annotated[time, AfterValidator(_wall)]


class Shift(BaseModel):
    """Working hours that return every week. An end not after the start lies on the next day."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    weekday: Annotated[int, Field(ge=0, le=6)]
    """Monday is 0. A night shift belongs to the day on which it starts."""
    start: WallTime
    end: WallTime
    """00:00 is the midnight that ends the day."""


class DayException(BaseModel):
    """The working hours of one date, in place of the weekly shifts; without shifts a holiday."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    date: date
    shifts: tuple[tuple[WallTime, WallTime], ...] = ()


class Duration(BaseModel):
    """A length of time in exactly one measure."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    working_days: Annotated[int, Field(ge=0, le=LONGEST_DURATION.days)] | None = None
    """One working day later is the same time on the next working day, not 24 working hours."""
    working: Annotated[timedelta, Field(ge=timedelta(0), le=LONGEST_DURATION)] | None = None
    """Counts only while the calendar works."""
    clock: Annotated[timedelta, Field(ge=timedelta(0), le=LONGEST_DURATION)] | None = None
    """Counts always."""

    @model_validator(mode="after")
    def _in_one_measure(self) -> Duration:
        if sum(measure is not None for measure in (self.working_days, self.working, self.clock)) != 1:
            raise ValueError("give exactly one of working_days, working and clock")
        return self


def length(duration: Duration) -> timedelta:
    """About how long it is, to tell shorter from longer: a working day counts as a day."""
    return duration.clock or duration.working or timedelta(days=duration.working_days or 0)


class WorkingCalendar(BaseModel):
    """When work is done, in local wall times. Everything it answers is in UTC.

    Spans include their start and not their end. Where clocks are put forward, a shift boundary that no clock
    shows lies at the jump; where they are put back, a boundary shown twice lies at its first showing.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    name: str
    zone: Zone
    shifts: tuple[Shift, ...] = ()
    exceptions: tuple[DayException, ...] = ()
    """Of several for one date the last counts."""

    @classmethod
    def always(cls, zone: str = "UTC") -> WorkingCalendar:
        """A calendar that works around the clock, every day."""
        midnight = time(0)
        return cls(
            name="always",
            zone=zone,
            shifts=tuple(Shift(weekday=day, start=midnight, end=midnight) for day in range(7)),
        )

    def after(self, start: datetime, duration: Duration) -> datetime:
        """The moment that lies *duration* after *start*.

        Raises NeverWorking when the calendar has no working time to count.
        """
        if duration.working_days is not None:
            return self.add_working_days(start, duration.working_days)
        if duration.working is not None:
            return self.add_working_time(start, duration.working)
        return in_utc(start) + (duration.clock or timedelta(0))

    def add_working_time(self, start: datetime, amount: timedelta) -> datetime:
        """The moment by which *amount* has been worked; the end of a shift when it is used up just then.

        No amount at all leaves the start where it is. Raises NeverWorking, and ValueError below zero.
        """
        if amount < timedelta(0):
            raise ValueError("working time can only be added; the amount is below zero")
        if not amount:
            return in_utc(start)
        for _, begin, end in self._pieces(start):
            if amount <= end - begin:
                return begin + amount
            amount -= end - begin
        raise NeverWorking(self.name, start)  # pragma: no cover - the pieces do not run out

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """The same local time *days* working days later; outside working time, of the next working moment.

        A day with other hours gives its next working moment, or its end of work when none is left. After
        midnight a night shift still belongs to the day it began on. No days at all leave the start where
        it is. Raises NeverWorking, and ValueError below zero.
        """
        if days < 0:
            raise ValueError("working days can only be added; the number is below zero")
        if not days:
            return in_utc(start)
        zone = ZoneInfo(self.zone)
        # Without overlap: a day whose work lies within a longer shift of the day before is no day of its own.
        by_day = groupby(self._pieces(start), key=itemgetter(0))
        first_day, pieces = next(by_day)
        _, begin, end = next(pieces)
        into_the_day = begin.astimezone(zone).replace(tzinfo=None) - datetime.combine(first_day, time.min)
        day, pieces = next(islice(by_day, days - 1, None))
        same_time = _first_showing(datetime.combine(day, time.min) + into_the_day, zone)
        for _, begin, end in pieces:
            if same_time < end:
                return max(same_time, begin)
        return end

    def working_time_between(self, a: datetime, b: datetime) -> timedelta:
        """How much is worked from *a* to *b*; below zero when *b* comes first."""
        if in_utc(b) < in_utc(a):
            return -self.working_time_between(b, a)
        return sum((end - begin for begin, end in self.spans(a, b)), timedelta(0))

    def is_working(self, moment: datetime) -> bool:
        """Whether work is done at *moment*."""
        return any(self.spans(moment, in_utc(moment) + timedelta.resolution))

    def next_working_moment(self, moment: datetime) -> datetime:
        """*moment* itself if work is done then, else the next start of work. Raises NeverWorking."""
        return next(self._pieces(moment))[1]

    def spans(self, since: datetime, until: datetime) -> Iterator[Span]:
        """The stretches of work from *since* to *until*, in order, adjoining shifts joined."""
        until = in_utc(until)
        joined: Span | None = None
        for _, begin, end in self._pieces(since, until):
            if begin >= until:
                break
            if joined is not None and begin > joined[1]:
                yield joined
                joined = None
            joined = (begin if joined is None else joined[0], min(end, until))
        if joined is not None:
            yield joined

    def _pieces(self, since: datetime, until: datetime | None = None) -> Iterator[tuple[date, datetime, datetime]]:
        """Working time from *since*, shift by shift without overlap, each with the day it belongs to."""
        reached = in_utc(since)
        zone = ZoneInfo(self.zone)
        # Yesterday's night shift may still be at work.
        first = since.astimezone(zone).date() - ONE_DAY
        # Put back at midnight, the clocks show once more a day whose morrow had begun.
        last = None if until is None else until.astimezone(zone).date() + ONE_DAY
        for day, spans in self._working_days(first, last):
            for begin, end in spans:
                if end > reached:
                    yield day, max(begin, reached), end
                    reached = end

    def _working_days(self, first: date, last: date | None = None) -> Iterator[tuple[date, list[Span]]]:
        """Every date with working time from *first* on, with its shifts in order of their start.

        Raises NeverWorking when, without a *last*, none comes for two years.
        """
        zone = ZoneInfo(self.zone)
        weekly: list[list[tuple[time, time]]] = [[] for _ in range(7)]
        for shift in self.shifts:
            weekly[shift.weekday].append((shift.start, shift.end))
        special = {exception.date: exception.shifts for exception in self.exceptions}
        day = last_worked = first
        while last is None or day <= last:
            hours = special.get(day, weekly[day.weekday()])
            spans = sorted(_span(day, start, end, zone) for start, end in hours)
            if worked := [span for span in spans if span[0] < span[1]]:
                last_worked = day
                yield day, worked
            elif last is None and day - last_worked > LONGEST_STANDSTILL:
                raise NeverWorking(self.name, datetime.combine(last_worked, time.min))
            day += ONE_DAY


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC, where differences are real time. Raises ValueError without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} names no time zone, so it is no moment")
    return moment.astimezone(UTC)


def _span(day: date, start: time, end: time, zone: ZoneInfo) -> Span:
    last_day = day if end > start else day + ONE_DAY
    begins, ends = datetime.combine(day, start), datetime.combine(last_day, end)
    return _first_showing(begins, zone), _first_showing(ends, zone)


def _first_showing(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which the clocks of *zone* show *wall* or, where they jump over it, more."""
    late = wall.replace(tzinfo=zone).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == wall:
        return late
    # In a gap the two readings of PEP 495 lie on either side of the jump, which zoneinfo does not name.
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    new_offset = late.astimezone(zone).utcoffset()
    seconds = range(int((late - early).total_seconds()))
    to_jump = bisect_left(
        seconds, True, key=lambda s: (early + timedelta(seconds=s)).astimezone(zone).utcoffset() == new_offset
    )
    return early + timedelta(seconds=to_jump)
