"""Whether a plan can be carried out: found from the problem alone, without knowing how the plan was made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from domain.schedule.problem import MINUTE, OpenOperation, Placed, Plan, Problem


class Rule(StrEnum):
    """What a plan must keep to."""

    EVERY_OPERATION_ONCE = "every_operation_once"
    MACHINE_CAN = "machine_can"
    ONE_AT_A_TIME = "one_at_a_time"
    WORKING_TIME = "working_time"
    LONG_ENOUGH = "long_enough"
    NOT_BEFORE = "not_before"
    IN_ORDER = "in_order"
    STAYS = "stays"


class Violation(NamedTuple):
    """Where a plan cannot be carried out."""

    rule: Rule
    operation: str
    because: str


def violations(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Everything that keeps *plan* from being carried out; nothing means that it can be."""
    known = [placed for placed in plan if placed.operation in problem.operation]
    able = [placed for placed in known if _can(problem, placed)]
    found = [*_not_once(problem, plan)]
    for placed in known:
        if placed not in able:
            because = f"{placed.machine} does not do {placed.operation}."
            found.append(Violation(Rule.MACHINE_CAN, placed.operation, because))
    for placed in able:
        found += _starts_wrongly(problem, problem.operation[placed.operation], placed)
    found += _out_of_order(problem, known)
    found += _on_machines(problem, able)
    return tuple(found)


def _not_once(problem: Problem, plan: Plan) -> Iterator[Violation]:
    times = Counter(placed.operation for placed in plan)
    for name in sorted({*times, *problem.operation}):
        if times[name] != 1 or name not in problem.operation:
            asked = "once" if name in problem.operation else "not at all"
            because = f"{name} is planned {times[name]} times and has to be done {asked}."
            yield Violation(Rule.EVERY_OPERATION_ONCE, name, because)


def _can(problem: Problem, placed: Placed) -> bool:
    return any(way.machine == placed.machine for way in problem.operation[placed.operation].ways)


def _starts_wrongly(problem: Problem, operation: OpenOperation, placed: Placed) -> Iterator[Violation]:
    if operation.pinned_at is not None:
        if placed.start != operation.pinned_at:
            because = f"{operation.name} is running or to stay, and starts {operation.pinned_at:%Y-%m-%d %H:%M}."
            yield Violation(Rule.STAYS, operation.name, because)
        return
    earliest = max(problem.now, operation.release or problem.now)
    if placed.start < earliest:
        because = f"{operation.name} cannot start before {earliest:%Y-%m-%d %H:%M}."
        yield Violation(Rule.NOT_BEFORE, operation.name, because)
    if not _worked(problem, placed.machine, placed.start, placed.start + MINUTE):
        because = f"{operation.name} is to start while {placed.machine} does not work."
        yield Violation(Rule.WORKING_TIME, operation.name, because)


def _out_of_order(problem: Problem, known: list[Placed]) -> Iterator[Violation]:
    ends = {placed.operation: placed.end for placed in known}
    for placed in known:
        for name in problem.operation[placed.operation].after:
            if name in ends and ends[name] > placed.start:
                because = f"{placed.operation} is to start before {name} has ended."
                yield Violation(Rule.IN_ORDER, placed.operation, because)


def _on_machines(problem: Problem, able: list[Placed]) -> Iterator[Violation]:
    by_machine: dict[str, list[Placed]] = defaultdict(list)
    for placed in able:
        by_machine[placed.machine].append(placed)
    for machine, work in by_machine.items():
        work.sort(key=lambda placed: (placed.start, placed.end))
        for before, placed in pairwise(work):
            if placed.start < before.end:
                because = f"{machine} is to do {placed.operation} while it still does {before.operation}."
                yield Violation(Rule.ONE_AT_A_TIME, placed.operation, because)
        for before_it, placed in zip([None, *(placed.operation for placed in work)], work, strict=False):
            needed = problem.minutes(placed.operation, machine, before_it) * MINUTE
            planned = _worked(problem, machine, placed.start, placed.end)
            if planned < needed:
                because = f"{placed.operation} takes {needed} on {machine} and is given {planned}."
                yield Violation(Rule.LONG_ENOUGH, placed.operation, because)


def _worked(problem: Problem, machine: str, since: datetime, until: datetime) -> timedelta:
    spans = problem.machine[machine].spans(since, until) if since < until else ()
    return sum((end - begin for begin, end in spans), timedelta(0))
