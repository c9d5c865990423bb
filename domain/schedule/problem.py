"""What has to be scheduled: operations, the machines that can do them, what was planned, and what was promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.calendar import Span, WorkingCalendar, in_utc
from domain.fact import Text

MINUTE = timedelta(minutes=1)


class ImpossibleProblem(ValueError):
    """What is to be scheduled contradicts itself, so that no plan can do it."""


@dataclass(frozen=True, slots=True)
class ExtraShift:
    """Working time beyond the calendar, which people were asked for and which is paid whether used or not."""

    start: datetime
    end: datetime
    cost: Decimal


@dataclass(frozen=True)
class Machine:
    """One machine, line or crew: it does one operation at a time, and pauses only while nobody works on it."""

    name: str
    work_center: str
    """Machines of one work centre are alike: it is no change to go from one to another."""
    calendar: WorkingCalendar
    unavailable: tuple[Span, ...] = ()
    """Breakdowns and maintenance."""
    extra_shifts: tuple[ExtraShift, ...] = ()

    def spans(self, since: datetime, until: datetime) -> Iterator[Span]:
        """The stretches in which it works, in order and apart from one another."""
        extra = ((max(shift.start, since), min(shift.end, until)) for shift in self.extra_shifts)
        worked = sorted([*self.calendar.spans(since, until), *(span for span in extra if span[0] < span[1])])
        for begins, end in _joined(worked):
            begin = begins
            for stop, resume in sorted(self.unavailable):
                if stop >= end:
                    break
                if begin < stop:
                    yield begin, stop
                begin = max(begin, resume)
            if begin < end:
                yield begin, end


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do an operation."""

    machine: str
    minutes: int
    """Working minutes, without setting up."""
    setup_minutes: int = 0
    """Working minutes to set the machine up, unless it comes from an operation of the same family."""
    cost: Decimal = Decimal(0)
    """What is paid to others for it."""
    supplier: str | None = None
    """Who they are; nothing where it is done here."""


@dataclass(frozen=True, slots=True)
class OpenOperation:
    """An operation that is not done yet."""

    name: str
    ways: tuple[Way, ...]
    after: tuple[str, ...] = ()
    """Operations that must have ended."""
    release: datetime | None = None
    """It cannot start before: when material is there, for one."""
    family: str | None = None
    """Operations of one family follow each other on a machine without setting it up."""
    pinned_at: datetime | None = None
    """It starts then, in its only way: it is running, or is to stay."""

    def way(self, machine: str) -> Way:
        """How it is done on *machine*. Raises KeyError."""
        for way in self.ways:
            if way.machine == machine:
                return way
        raise KeyError(machine)


@dataclass(frozen=True, slots=True)
class Commitment:
    """Something promised, such as an order line: kept when the last of its operations has ended."""

    name: str
    due: datetime
    weight: Decimal
    """What a day of delay counts: priority and class of value, multiplied."""
    operations: tuple[str, ...]


class Placed(BaseModel):
    """An operation, and where and when a plan has it done; setting up is within its time."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    operation: Text
    machine: Text
    start: AwareDatetime
    end: AwareDatetime


Plan: TypeAlias = tuple[Placed, ...]


@dataclass(frozen=True)
class Problem:
    """
    What has to be scheduled. Raises ImpossibleProblem where it contradicts itself.

    Moments are whole minutes: that is as exact as such a plan is.
    """

    now: datetime
    machines: tuple[Machine, ...]
    operations: tuple[OpenOperation, ...]
    commitments: tuple[Commitment, ...] = ()
    baseline: Plan = ()
    """The plan in force, as far as it is about these operations."""
    frozen_until: datetime | None = None
    """Changes before it count as changes in the frozen window."""

    def __post_init__(self) -> None:
        self._know_each_other()
        self._hold_whole_minutes()
        self._pins_hold()

    @cached_property
    def machine(self) -> Mapping[str, Machine]:
        """Machines by name."""
        return {machine.name: machine for machine in self.machines}

    @cached_property
    def operation(self) -> Mapping[str, OpenOperation]:
        """Operations by name."""
        return {operation.name: operation for operation in self.operations}

    @cached_property
    def planned(self) -> Mapping[str, Placed]:
        """Where the plan in force has each operation, by name."""
        return {placed.operation: placed for placed in self.baseline}

    @cached_property
    def since(self) -> datetime:
        """When the first of it starts: now, or when what is running started."""
        return min([self.now, *(operation.pinned_at for operation in self.operations if operation.pinned_at)])

    @cached_property
    def in_order(self) -> tuple[OpenOperation, ...]:
        """The operations, each behind those it must wait for."""
        waits = {operation.name: operation.after for operation in self.operations}
        return tuple(self.operation[name] for name in TopologicalSorter(waits).static_order())

    def minutes(self, operation: str, machine: str, previous: str | None) -> int:
        """Working minutes of an operation on a machine that did *previous* before, setting up included."""
        way = self.operation[operation].way(machine)
        return way.minutes + self.setup_minutes(operation, machine, previous)

    def setup_minutes(self, operation: str, machine: str, previous: str | None) -> int:
        """Working minutes to set a machine up for an operation when it did *previous* before."""
        family = self.operation[operation].family
        if family is not None and previous is not None and self.operation[previous].family == family:
            return 0
        return self.operation[operation].way(machine).setup_minutes

    def earliest(self, operation: OpenOperation) -> datetime:
        """Before when it cannot start, apart from what it must wait for."""
        return operation.pinned_at or max(self.now, operation.release or self.now)

    def moved(self, placed: Placed) -> bool:
        """Whether the operation starts at another time or work centre than planned; never so if it had no plan."""
        before = self.planned.get(placed.operation)
        if before is None:
            return False
        return placed.start != before.start or not self.alike(placed.machine, before.machine)

    def frozen(self, moment: datetime) -> bool:
        """Whether *moment* lies in the frozen window."""
        return self.frozen_until is not None and moment < self.frozen_until

    def alike(self, one: str, other: str) -> bool:
        """Whether two machines are one, or of one work centre."""
        return one == other or (
            one in self.machine
            and other in self.machine
            and self.machine[one].work_center == self.machine[other].work_center
        )

    def _know_each_other(self) -> None:
        if len(self.machine) < len(self.machines) or len(self.operation) < len(self.operations):
            raise ImpossibleProblem("Two machines or two operations have one name; name each once.")
        for operation in self.operations:
            machines = [way.machine for way in operation.ways]
            if not machines or len(set(machines)) < len(machines) or not set(machines) <= set(self.machine):
                raise ImpossibleProblem(f"{operation.name} needs one way or more, each on a machine of its own.")
            if any(way.minutes < 1 or way.setup_minutes < 0 for way in operation.ways):
                raise ImpossibleProblem(f"{operation.name} takes less than a minute; correct its time.")
            if unknown := set(operation.after) - set(self.operation):
                raise ImpossibleProblem(f"{operation.name} waits for {', '.join(sorted(unknown))}, which is not known.")
        for commitment in self.commitments:
            if not commitment.operations or not set(commitment.operations) <= set(self.operation):
                raise ImpossibleProblem(f"{commitment.name} is kept by operations that are not known.")
        try:
            _ = self.in_order
        except CycleError as circle:
            raise ImpossibleProblem(f"These wait for each other: {', '.join(circle.args[1])}.") from None

    def _hold_whole_minutes(self) -> None:
        moments = [self.now, *(moment for machine in self.machines for moment in _boundaries(machine))]
        for operation in self.operations:
            moments += [moment for moment in (operation.release, operation.pinned_at) if moment]
        moments += [commitment.due for commitment in self.commitments]
        moments += [moment for placed in self.baseline for moment in (placed.start, placed.end)]
        if any(moment.second or moment.microsecond for moment in moments):
            raise ImpossibleProblem("A schedule is made in whole minutes; round its moments down to the minute.")

    def _pins_hold(self) -> None:
        for operation in self.operations:
            if operation.pinned_at is None:
                continue
            if len(operation.ways) != 1:
                raise ImpossibleProblem(f"{operation.name} is to start at its time, but has not one way but more.")
            if any(self.operation[name].pinned_at is None for name in operation.after):
                raise ImpossibleProblem(f"{operation.name} is to start at its time, but waits for what may move.")


def to_the_minute(moment: datetime) -> datetime:
    """*moment* in UTC, rounded down to the minute."""
    return in_utc(moment).replace(second=0, microsecond=0)


def _boundaries(machine: Machine) -> Iterator[datetime]:
    for span in machine.unavailable:
        yield from span
    for shift in machine.extra_shifts:
        yield from (shift.start, shift.end)


def _joined(spans: list[Span]) -> Iterator[Span]:
    joined: Span | None = None
    for begin, end in spans:
        if joined is not None and begin > joined[1]:
            yield joined
            joined = None
        joined = (begin, end) if joined is None else (joined[0], max(joined[1], end))
    if joined is not None:
        yield joined
