"""What is to be solved on one work centre, and what an answer costs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from domain.capacity import HORIZON, Load, WorkCenterCapacity
from domain.displacement import Displacement
from domain.working_axis import WorkingAxis

_LEAST_WEIGHT: Final = 1
_MOST_WEIGHT: Final = 1000


class Cost(NamedTuple):
    """What making room costs; a figure counts only where those before it are equal."""

    urgent_late: timedelta
    without_room: int
    """Operations for which no room is left."""
    delay: timedelta
    """By how much operations get later beyond their due dates, each times its weight."""
    moved: int
    """Operations."""


@dataclass(frozen=True, slots=True)
class Puzzle:
    """
    Urgent work, and the work that may give way to it, on one work centre.

    It is solved in whole minutes. That is as exact as such a plan is, and a search in seconds creeps.
    """

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
            max(since, min(booked, urgent.start + HORIZON)), sum(work, timedelta(minutes=1 + len(movable)))
        )
        return cls(capacity, urgent, movable, WorkingAxis(capacity.calendar.spans(since, until)))

    def size(self, load: Load) -> int:
        """How many minutes one machine works on *load*, rounded up."""
        return max(1, math.ceil(self.capacity.working_time_for(load.minutes) / timedelta(minutes=1)))

    def minutes_late(self, load: Load, end: int) -> int:
        """How many minutes after it is due *load* ends when it ends at that minute."""
        return max(0, end - self.axis.minute(load.due))

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
            begin, end = self.axis.minute(since), self.axis.minute(until)
            if machines and begin < end:
                yield begin, end, machines
            elif machines:
                pauses[begin] = max(machines, pauses.get(begin, 0))
        yield from ((place, place, machines) for place, machines in pauses.items())

    def cost(self, made: Displacement) -> Cost:
        """What *made* costs."""
        loads = {(load.job, load.operation): load for load in self.capacity.loads}
        ends = {loads[moved.job, moved.operation]: moved.new_end for moved in made.moved if moved.new_end is not None}
        later = (weight(load) * (self._late(load, end) - self._late(load, load.end)) for load, end in ends.items())
        return Cost(
            urgent_late=timedelta.max if made.finish is None else self._late(self.urgent, made.finish),
            without_room=len(made.moved) - len(ends),
            delay=sum(later, timedelta(0)),
            moved=len(made.moved),
        )

    def _late(self, load: Load, end: datetime) -> timedelta:
        return max(timedelta(0), self.axis.worked(end) - self.axis.worked(load.due))


def weight(load: Load) -> int:
    """What a minute of delay of *load* counts: at priority 1 as much as ten of them at priority 10."""
    return max(_LEAST_WEIGHT, _MOST_WEIGHT // max(load.priority, 1))
