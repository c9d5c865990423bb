"""Machines with what is placed on them so far, and where there is room for more."""

from __future__ import annotations

from bisect import insort
from datetime import datetime
from typing import NamedTuple

from domain.schedule.machine_time import MachineTime
from domain.schedule.problem import ImpossibleProblem, OpenOperation, Placed, Plan, Problem, Way


class Room(NamedTuple):
    """A time on a machine in which an operation can be done."""

    end: datetime
    start: datetime
    machine: str


class _Booked(NamedTuple):
    """Working minutes of a machine that an operation holds."""

    begin: int
    end: int
    operation: str


class Board:
    """Machines, with the operations that are pinned on them from the start. Raises ImpossibleProblem, NeverWorking."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._times = {machine.name: MachineTime(machine, problem.since) for machine in problem.machines}
        self._booked: dict[str, list[_Booked]] = {machine.name: [] for machine in problem.machines}
        self._ends: dict[str, datetime] = {}
        self._plan: list[Placed] = []
        pinned = [(operation.pinned_at, operation) for operation in problem.in_order if operation.pinned_at]
        for at, operation in sorted(pinned, key=lambda pin: pin[0]):
            self._pin(operation, at)
        self._pins_wait_for_each_other()

    @property
    def plan(self) -> Plan:
        """What is placed so far, by start."""
        return tuple(sorted(self._plan, key=lambda placed: (placed.start, placed.operation)))

    def has(self, operation: str) -> bool:
        """Whether the operation is placed."""
        return operation in self._ends

    def ready(self, operation: OpenOperation) -> datetime:
        """When it can start, as far as it must wait for others; they must be placed."""
        return max([self._problem.earliest(operation), *(self._ends[name] for name in operation.after)])

    def room(self, operation: OpenOperation, way: Way, not_before: datetime) -> Room:
        """Where the operation is done first when it starts at *not_before* or later. Raises NeverWorking."""
        time = self._times[way.machine]
        opened = time.minute(not_before)
        previous: str | None = None
        for booked in self._booked[way.machine]:
            end = opened + self._problem.minutes(operation.name, way.machine, previous)
            if end <= booked.begin and self._still_fits(booked, way.machine, operation.name):
                break
            opened, previous = max(opened, booked.end), booked.operation
        end = opened + self._problem.minutes(operation.name, way.machine, previous)
        return Room(time.end(end), time.begin(opened), way.machine)

    def place(self, operation: OpenOperation, room: Room) -> None:
        """Place the operation there."""
        time = self._times[room.machine]
        begin, end = time.minute(room.start), time.minute(room.end)
        self._keep(Placed(operation=operation.name, machine=room.machine, start=room.start, end=room.end), begin, end)

    def _still_fits(self, booked: _Booked, machine: str, previous: str) -> bool:
        """Whether what is booked has time enough also behind *previous*, which may cost it a set-up."""
        return self._problem.minutes(booked.operation, machine, previous) <= booked.end - booked.begin

    def _pin(self, operation: OpenOperation, at: datetime) -> None:
        (way,) = operation.ways
        time, before = self._times[way.machine], self._booked[way.machine][-1:]
        begin = time.minute(at)
        if before and begin < before[0].end:
            raise ImpossibleProblem(
                f"{operation.name} and {before[0].operation} are both to be on {way.machine} at {at:%Y-%m-%d %H:%M}; "
                "correct which of them is running."
            )
        end = begin + self._problem.minutes(operation.name, way.machine, before[0].operation if before else None)
        self._keep(Placed(operation=operation.name, machine=way.machine, start=at, end=time.end(end)), begin, end)

    def _pins_wait_for_each_other(self) -> None:
        for placed in self._plan:
            for name in self._problem.operation[placed.operation].after:
                if self._ends[name] > placed.start:
                    raise ImpossibleProblem(f"{placed.operation} is to start before {name}, which it waits for, ends.")

    def _keep(self, placed: Placed, begin: int, end: int) -> None:
        insort(self._booked[placed.machine], _Booked(begin, end, placed.operation))
        self._ends[placed.operation] = placed.end
        self._plan.append(placed)
