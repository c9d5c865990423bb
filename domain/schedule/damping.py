"""What is too small to trouble anybody with: moves that hurt nobody are not raised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.calendar import Span
from domain.schedule.measures import measures
from domain.schedule.problem import Placed, Plan, Problem

_Length = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=60))]


class Damping(BaseModel):
    """How much must happen before somebody is told (processes 1.3)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    least_move: _Length = timedelta(hours=4)
    """Working time. A smaller move is not raised, nor is one within a shift."""


def moves_that_matter(problem: Problem, plan: Plan, bottlenecks: Set[str], damping: Damping) -> tuple[Placed, ...]:
    """
    The moves in *plan*, which has every operation, that somebody must hear of.

    A move matters if it is as long as the damping says and leaves its shift, changes the work centre, or touches
    the frozen window, a bottleneck or an operation of a promise that it breaks.
    """
    breaking = _breaking(problem, plan)
    return tuple(
        placed
        for placed in plan
        if problem.moved(placed)
        and (
            placed.operation in breaking
            or _touches(problem, placed, bottlenecks)
            or _is_long(problem, problem.planned[placed.operation], placed, damping)
        )
    )


def bottleneck(problem: Problem) -> str | None:
    """The work centre with the least time to spare until all that is planned is done; None where nothing is planned."""
    if not problem.baseline:
        return None
    until = max(placed.end for placed in problem.baseline)
    booked: dict[str, timedelta] = defaultdict(timedelta)
    for placed in problem.baseline:
        if machine := problem.machine.get(placed.machine):
            booked[machine.work_center] += _length(machine.spans(max(placed.start, problem.now), placed.end))
    there: dict[str, timedelta] = defaultdict(timedelta)
    for machine in problem.machines:
        there[machine.work_center] += _length(machine.spans(problem.now, until))
    return max(sorted(booked), key=lambda name: booked[name] / max(there[name], timedelta(minutes=1)))


def _breaking(problem: Problem, plan: Plan) -> set[str]:
    """The operations of commitments that *plan* makes late and the plan in force does not."""
    late = {kept.commitment for kept in measures(problem, plan).kept if kept.lateness}
    broken: set[str] = set()
    for commitment in problem.commitments:
        before = [problem.planned[name].end for name in commitment.operations if name in problem.planned]
        if commitment.name in late and not (before and max(before) > commitment.due):
            broken |= set(commitment.operations)
    return broken


def _touches(problem: Problem, placed: Placed, bottlenecks: Set[str]) -> bool:
    before = problem.planned[placed.operation]
    places = {problem.machine[name].work_center for name in (placed.machine, before.machine) if name in problem.machine}
    frozen = problem.frozen(before.start) or problem.frozen(placed.start)
    return frozen or not problem.alike(placed.machine, before.machine) or bool(places & bottlenecks)


def _is_long(problem: Problem, before: Placed, after: Placed, damping: Damping) -> bool:
    machine = problem.machine[after.machine]
    earlier, later = sorted((before.start, after.start))
    worked = list(machine.spans(earlier, later))
    within_a_shift = worked == [(earlier, later)]
    return _length(worked) >= damping.least_move and not within_a_shift


def _length(spans: Iterable[Span]) -> timedelta:
    return sum((end - begin for begin, end in spans), timedelta(0))
