"""What can be done after a disturbance: each way to react as a problem of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple

from domain.calendar import WorkingCalendar
from domain.schedule.disturbance import at_planned_work_centers, hit, pinned, staying
from domain.schedule.problem import MINUTE, ExtraShift, Machine, OpenOperation, Problem, Way

_AN_HOUR: Final = timedelta(hours=1)
_LEAST_LOT: Final = 60
"""Minutes. To set up for less is not worth it."""
_FURTHEST_SHIFT: Final = timedelta(days=14)


class Outside(NamedTuple):
    """Others who would do an operation."""

    operation: str
    supplier: str
    takes: timedelta
    """By the clock, ways included."""
    cost: Decimal


@dataclass(frozen=True)
class Offers:
    """What else could be had than the machines in their usual hours."""

    overtime: Mapping[str, Decimal] = field(default_factory=dict)
    """Work centres whose people could stay on, with the cost of an hour on one machine."""
    extra_shifts: tuple[timedelta, ...] = (timedelta(hours=2), timedelta(hours=4), timedelta(hours=8))
    """How much longer they could."""
    outside: tuple[Outside, ...] = ()


@dataclass(frozen=True)
class Variant:
    """A way to react."""

    kind: str
    title: str
    problem: Problem
    as_planned: bool = False
    """Whether everything keeps its order, so that there is nothing to search for."""


def variants(problem: Problem, offers: Offers) -> tuple[Variant, ...]:
    """
    Every way to react to what keeps the plan in force from being carried out.

    *problem* has the disturbance in it: the machine unavailable, the new work, the material that comes late.
    Raises ImpossibleProblem, NeverWorking.
    """
    where_planned = at_planned_work_centers(problem)
    hurt = hit(where_planned)
    found = [
        Variant("do_nothing", "Change nothing; what is held up pushes back what comes behind it.", where_planned, True),
        Variant(
            "accept_lateness",
            "What is held up waits for free time; nobody else moves.",
            pinned(where_planned, staying(where_planned)),
        ),
        Variant("resequence", "Put the work of each work centre in another order.", where_planned),
    ]
    others = "Let other work centres take over."
    found += [Variant("alternate", others, there) for there in _elsewhere(problem, where_planned, hurt)]
    if lots := _in_lots(problem, hurt):
        names = ", ".join(sorted(lots))
        found.append(Variant("split", f"Do these in two lots: {names}.", split(problem, lots)))
    found += _overtime(where_planned, hurt, offers)
    if outside := [offer for offer in offers.outside if offer.operation in hurt]:
        who = "Let others help: " + ", ".join(sorted({offer.supplier for offer in outside})) + "."
        away = outsourced(where_planned, outside)
        found += [Variant("outsource", who, there) for there in _elsewhere(away, where_planned, hurt)]
    return tuple(found)


def _elsewhere(wider: Problem, narrower: Problem, hurt: frozenset[str]) -> Iterator[Problem]:
    """Where the *wider* problem has more ways than the *narrower*: it, and it with only those for what is held up."""

    def leave(operation: OpenOperation) -> OpenOperation:
        known = narrower.operation[operation.name].ways
        new = tuple(way for way in operation.ways if way not in known)
        return replace(operation, ways=new) if new and operation.name in hurt else operation

    if wider.operations != narrower.operations:
        yield wider
        yield replace(wider, operations=tuple(map(leave, wider.operations)))


# Lots


def split(problem: Problem, names: frozenset[str]) -> Problem:
    """
    The same problem with the operations of these *names* in two lots.

    A lot waits only for the same lot of what is before it, so that the second is begun while the first goes on
    to the next machine; what is not split waits for both. Each lot needs its set-up.
    """

    def lots(name: str) -> tuple[str, ...]:
        return (f"{name} (1)", f"{name} (2)") if name in names else (name,)

    def lot(operation: OpenOperation, number: int) -> OpenOperation:
        def share(way: Way) -> Way:
            first = -(-way.minutes // 2)
            minutes = (first, way.minutes - first)[number]
            cost = way.cost * minutes / way.minutes
            return replace(way, minutes=max(minutes, 1), cost=cost)

        after = (lots(name)[number] if name in names else name for name in operation.after)
        return replace(
            operation, name=lots(operation.name)[number], ways=tuple(map(share, operation.ways)), after=tuple(after)
        )

    operations: list[OpenOperation] = []
    for operation in problem.operations:
        if operation.name in names:
            operations += [lot(operation, 0), lot(operation, 1)]
        else:
            operations.append(replace(operation, after=tuple(one for name in operation.after for one in lots(name))))
    return replace(
        problem,
        operations=tuple(operations),
        commitments=tuple(
            replace(commitment, operations=tuple(one for name in commitment.operations for one in lots(name)))
            for commitment in problem.commitments
        ),
        # The first lot takes the place of the whole; the second has had none.
        baseline=tuple(
            placed.model_copy(update={"operation": lots(placed.operation)[0]}) for placed in problem.baseline
        ),
    )


def _in_lots(problem: Problem, hurt: frozenset[str]) -> frozenset[str]:
    """What is worth being split: long work that is held up and has two machines, and what comes right behind it."""
    large = {
        operation.name
        for operation in problem.operations
        if operation.pinned_at is None and min(way.minutes for way in operation.ways) >= 2 * _LEAST_LOT
    }
    first = {name for name in hurt & large if len(problem.operation[name].ways) > 1}
    behind = {name for name in large if len(after := problem.operation[name].after) == 1 and after[0] in first}
    return frozenset(first | behind)


# More time and other hands


def _overtime(problem: Problem, hurt: frozenset[str], offers: Offers) -> Iterator[Variant]:
    """Longer hours at each work centre where something is held up, by each length that there is room for."""
    centers = {problem.machine[way.machine].work_center for name in hurt for way in problem.operation[name].ways}
    for center in sorted(centers & set(offers.overtime)):
        for length in offers.extra_shifts:
            longer = with_extra_shift(problem, center, length, offers.overtime[center])
            if longer != problem:
                hours = length / _AN_HOUR
                yield Variant("overtime", f"{center} works up to {hours:g} hours longer, once.", longer)


def with_extra_shift(problem: Problem, work_center: str, length: timedelta, cost_per_hour: Decimal) -> Problem:
    """The same problem with the machines of a work centre working on after the next shift whose end they can work."""

    def longer(machine: Machine) -> Machine:
        shifts = machine.calendar.spans(problem.now, problem.now + _FURTHEST_SHIFT)
        for (_, end), (following, _) in pairwise(shifts):
            if machine.work_center == work_center and not any(stop <= end < back for stop, back in machine.unavailable):
                until = min(end + length, following)
                cost = cost_per_hour * ((until - end) // MINUTE) / 60
                return replace(machine, extra_shifts=(*machine.extra_shifts, ExtraShift(end, until, cost)))
        return machine

    return replace(problem, machines=tuple(map(longer, problem.machines)))


def outsourced(problem: Problem, offers: Sequence[Outside]) -> Problem:
    """The same problem in which others may do what they offer, at any time."""
    others = {offer: f"{offer.supplier} for {offer.operation}" for offer in offers}

    def more_ways(operation: OpenOperation) -> OpenOperation:
        ways = tuple(
            Way(others[offer], max(offer.takes // MINUTE, 1), cost=offer.cost, supplier=offer.supplier)
            for offer in offers
            if offer.operation == operation.name
        )
        return replace(operation, ways=operation.ways + ways)

    around_the_clock = WorkingCalendar.always()
    return replace(
        problem,
        machines=(*problem.machines, *(Machine(name, name, around_the_clock) for name in others.values())),
        operations=tuple(map(more_ways, problem.operations)),
    )
