"""Rough finite capacity of one work centre: where the work booked leaves room for more.

A load holds one machine from its start to its end. New work takes one machine without being interrupted by
other work; it pauses only while the calendar does. Times are as exact as the loads given; setup, tools and
operators are not considered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cached_property
from itertools import pairwise

from domain.calendar import Span, WorkingCalendar, in_utc

HORIZON = timedelta(days=366)
_SECONDS_PER_MINUTE = 60
_SMALLEST_PART_OF_A_MINUTE = Decimal("0.0001")


class ImpossibleCapacity(ValueError):
    """A work centre is described in a way no work centre can be."""


@dataclass(frozen=True, slots=True)
class Load:
    """An operation booked on the work centre."""

    job: str
    operation: int
    minutes: Decimal
    """Standard minutes: what the operation takes at an efficiency of 1."""
    start: datetime
    end: datetime
    due: datetime
    priority: int
    """1 goes first."""
    order: str | None = None
    """The customer order the job serves, if it serves one."""
    started: bool = False

    def __post_init__(self) -> None:
        if self.minutes < 0 or self.end < self.start:
            raise ImpossibleCapacity(
                f"Operation {self.operation} of job {self.job} ends before it starts or takes less than no "
                "time; correct it in the plan it was read from."
            )


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for work on one machine."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class WorkCenterCapacity:
    """What a work centre can do, and what it has been given to do."""

    calendar: WorkingCalendar
    machines: int
    efficiency: Decimal
    """Standard minutes done per minute of working time."""
    loads: tuple[Load, ...] = ()

    def __post_init__(self) -> None:
        if self.machines < 0 or self.efficiency <= 0:
            raise ImpossibleCapacity(
                f"A work centre cannot have {self.machines} machines at an efficiency of {self.efficiency}; "
                "correct its master data."
            )

    def with_loads(self, loads: Iterable[Load]) -> WorkCenterCapacity:
        """The same work centre with *loads* in place of its own."""
        return replace(self, loads=tuple(loads))

    def working_time_for(self, minutes: Decimal) -> timedelta:
        """How long one machine works on *minutes* standard minutes, rounded up to the second."""
        seconds = minutes * _SECONDS_PER_MINUTE / self.efficiency
        return timedelta(seconds=int(seconds.to_integral_value(ROUND_CEILING)))

    def standard_minutes(self, working: timedelta, rounding: str = ROUND_FLOOR) -> Decimal:
        """What one machine gets done in so much working time, rounded down to four decimals."""
        microseconds = Decimal(working // timedelta.resolution)
        minutes = microseconds * self.efficiency / (_SECONDS_PER_MINUTE * 10**6)
        return minutes.quantize(_SMALLEST_PART_OF_A_MINUTE, rounding)

    def free_machines(self, since: datetime, until: datetime) -> int:
        """How many machines are free all the time from *since* to *until*, in working time or not."""
        return min((free for _, _, free in self._free(since, until)), default=self.machines)

    def free_minutes(self, since: datetime, until: datetime) -> Decimal:
        """Standard minutes that all machines together can still do from *since* to *until*."""
        working = (
            free * self.calendar.working_time_between(begin, end)
            for begin, end, free in self._free(since, until)
            if free
        )
        return self.standard_minutes(sum(working, timedelta(0)))

    def earliest_slot(self, minutes: Decimal, not_before: datetime, horizon: timedelta = HORIZON) -> Slot | None:
        """The room in which *minutes* finish first, or None when there is none within the horizon.

        Raises NeverWorking when the calendar has no working time.
        """
        needed = self.working_time_for(minutes)
        for opening, closing in self._openings(not_before, in_utc(not_before) + horizon):
            if closing - opening < needed:
                continue
            start = self.calendar.next_working_moment(opening)
            if start < closing and (end := self.calendar.add_working_time(start, needed)) <= closing:
                return Slot(start, end)
        return None

    def earliest_finish(self, minutes: Decimal, not_before: datetime, horizon: timedelta = HORIZON) -> datetime | None:
        """When *minutes* more can be done at the earliest, or None when not within the horizon.

        Raises NeverWorking when the calendar has no working time.
        """
        slot = self.earliest_slot(minutes, not_before, horizon)
        return None if slot is None else slot.end

    def fits(self, minutes: Decimal, not_before: datetime, by: datetime) -> bool:
        """Whether *minutes* more can be done between *not_before* and *by* without moving anything."""
        return self.earliest_slot(minutes, not_before, in_utc(by) - in_utc(not_before)) is not None

    def overtime_needed(self, minutes: Decimal, not_before: datetime, by: datetime) -> Decimal | None:
        """The fewest standard minutes to be done outside working time so that *minutes* are done by *by*.

        None when no machine is free for long enough even around the clock.
        """
        needed = self.working_time_for(minutes)
        missing = [
            needed - self.calendar.working_time_between(opening, closing)
            for opening, closing in self._openings(not_before, by)
            if closing - opening >= needed
        ]
        if not missing:
            return None
        overtime = self.standard_minutes(max(min(missing), timedelta(0)), ROUND_CEILING)
        # The time needed is rounded up, so it may hold a little more than the minutes asked for.
        return min(minutes, overtime)

    @cached_property
    def _starts(self) -> list[datetime]:
        return sorted(in_utc(load.start) for load in self.loads)

    @cached_property
    def _ends(self) -> list[datetime]:
        return sorted(in_utc(load.end) for load in self.loads)

    @cached_property
    def _boundaries(self) -> list[datetime]:
        return sorted({*self._starts, *self._ends})

    def _free(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, int]]:
        """The time from *since* to *until*, cut where loads start or end, with the machines free then."""
        since, until = in_utc(since), in_utc(until)
        if since >= until:
            return
        inside = (moment for moment in self._boundaries if since < moment < until)
        for begin, end in pairwise([since, *inside, until]):
            busy = bisect_right(self._starts, begin) - bisect_right(self._ends, begin)
            yield begin, end, max(0, self.machines - busy)

    def _openings(self, since: datetime, until: datetime) -> Iterator[Span]:
        """The longest stretches with a machine free throughout, in working time or not."""
        opened: datetime | None = None
        for begin, _, free in self._free(since, until):
            if free and opened is None:
                opened = begin
            elif not free and opened is not None:
                yield opened, begin
                opened = None
        if opened is not None:
            yield opened, in_utc(until)
