"""Between the working minutes of machines and minutes of the clock, up to a horizon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from domain.calendar import Span
from domain.schedule.machine_time import MachineTime
from domain.schedule.problem import MINUTE, Plan, Problem
from domain.working_axis import WorkingAxis


class Pause(NamedTuple):
    """Time in which a machine does not work."""

    after: int
    """Working minutes before it."""
    minutes: int


class Clock:
    """The time of a problem. Machines that work at the same times have one axis."""

    def __init__(self, problem: Problem, until: datetime) -> None:
        self._since = problem.since
        axes: dict[tuple[Span, ...], WorkingAxis] = {}
        self.axes: Mapping[str, WorkingAxis] = {
            machine.name: axes.setdefault(spans, WorkingAxis(spans))
            for machine in problem.machines
            if (spans := tuple(machine.spans(problem.since, until)))
        }
        """By machine; none for a machine that does not work up to the horizon."""
        self.length = self.minute(until)
        """Minutes up to the horizon."""

    def minute(self, moment: datetime) -> int:
        """How many minutes after the start of the problem *moment* is."""
        return (moment - self._since) // MINUTE

    def pauses(self, axis: WorkingAxis) -> tuple[Pause, ...]:
        """When the machines of *axis* do not work."""
        stops = [self._since, *(end for _, end in axis.spans)]
        return tuple(
            Pause(axis.minute(begin), (begin - stop) // MINUTE)
            for stop, (begin, _) in zip(stops, axis.spans, strict=False)
            if begin > stop
        )


def horizon(problem: Problem, known: Plan) -> datetime:
    """
    When all would be done if it were begun, one by one, after the known plan and everything else that has a date.

    The best plan is sought up to there. To wait for longer brings nothing. Raises NeverWorking.
    """
    times = {machine.name: MachineTime(machine, problem.since) for machine in problem.machines}
    moments = [
        problem.now,
        problem.frozen_until or problem.now,
        *(placed.end for placed in (*known, *problem.baseline)),
    ]
    moments += [operation.release for operation in problem.operations if operation.release]
    moments += [end for machine in problem.machines for _, end in machine.unavailable]
    reached = max(moments)
    for operation in problem.in_order:
        took = []
        for way in operation.ways:
            time = times[way.machine]
            took.append(time.end(time.minute(reached) + way.minutes + way.setup_minutes))
        reached = max(took)
    return reached
