"""What is to be solved on one work centre, in whole seconds of its working time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from connectors.solver.working_axis import WorkingAxis
from domain.capacity import HORIZON, Load, WorkCenterCapacity
from domain.displacement import Displacement

_LEAST_WEIGHT: Final = 1
_MOST_WEIGHT: Final = 1000


class Cost(NamedTuple):
    """What making room costs; a figure counts only where those before it are equal."""

    urgent_late: int
    """Seconds."""
    without_room: int
    """Operations for which no room is left."""
    delay: int
    """Weighted seconds by which operations get later beyond their due dates."""
    moved: int
    """Operations."""


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Urgent work, and the work that may give way to it, on one work centre."""

    capacity: WorkCenterCapacity
    """With all its loads."""
    urgent: Load
    """Its start is when it can start at the earliest."""
    movable: tuple[Load, ...]
    """These may start later than booked, not earlier."""
    axis: WorkingAxis
    """Long enough to do all of it one after the other."""

    @classmethod
    def of(cls, capacity: WorkCenterCapacity, urgent: Load, movable: tuple[Load, ...]) -> Puzzle:
        """The puzzle with an axis that fits it. Raises NeverWorking."""
        since = min(load.start for load in (urgent, *movable))
        booked = max((load.end for load in capacity.loads), default=since)
        work = (capacity.working_time_for(load.minutes) for load in (urgent, *movable))
        until = capacity.calendar.add_working_time(
            max(since, min(booked, urgent.start + HORIZON)), sum(work, timedelta(seconds=1 + len(movable)))
        )
        return cls(capacity, urgent, movable, WorkingAxis(capacity.calendar, since, until))

    def size(self, load: Load) -> int:
        """How many seconds one machine works on *load*."""
        return max(1, int(self.capacity.working_time_for(load.minutes).total_seconds()))

    def late(self, load: Load, end: int) -> int:
        """How many seconds after it is due *load* ends when it ends at *end*."""
        return max(0, end - self.axis.position(load.due))

    def held(self) -> Iterator[tuple[int, int, int]]:
        """Where work that stays holds machines: from, until, and how many.

        Both are the same where work is booked while nobody works: no other may pause across it there.
        """
        movable = {id(load) for load in self.movable}
        staying = self.capacity.with_loads(load for load in self.capacity.loads if id(load) not in movable)
        boundaries = sorted({moment for load in staying.loads for moment in (load.start, load.end)})
        pauses: dict[int, int] = {}
        for since, until in pairwise(boundaries):
            machines = staying.machines - staying.free_machines(since, until)
            begin, end = self.axis.position(since), self.axis.position(until)
            if machines and begin < end:
                yield begin, end, machines
            elif machines:
                pauses[begin] = max(machines, pauses.get(begin, 0))
        yield from ((place, place, machines) for place, machines in pauses.items())

    def cost(self, made: Displacement) -> Cost:
        """What *made* costs."""
        loads = {(load.job, load.operation): load for load in self.capacity.loads}
        ends = {
            loads[moved.job, moved.operation]: self.axis.position(moved.new_end)
            for moved in made.moved
            if moved.new_end is not None
        }
        return Cost(
            urgent_late=self.late(
                self.urgent, self.axis.length if made.finish is None else self.axis.position(made.finish)
            ),
            without_room=len(made.moved) - len(ends),
            delay=sum(
                weight(load) * (self.late(load, end) - self.late(load, self.axis.position(load.end)))
                for load, end in ends.items()
            ),
            moved=len(made.moved),
        )


def weight(load: Load) -> int:
    """What a second of delay of *load* counts: at priority 1 as much as ten of them at priority 10."""
    return max(_LEAST_WEIGHT, _MOST_WEIGHT // max(load.priority, 1))
