"""What a disturbance leaves standing of the plan in force."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from domain.schedule.board import Board
from domain.schedule.problem import OpenOperation, Problem


def staying(problem: Problem) -> frozenset[str]:
    """The operations that can be done just as planned, and all they wait for too; what is running counts as such."""
    board = Board(problem)
    stays = {operation.name for operation in problem.operations if operation.pinned_at is not None}
    for placed in sorted(problem.baseline, key=lambda placed: (placed.start, placed.operation)):
        operation = problem.operation.get(placed.operation)
        if operation is None or operation.name in stays or not stays.issuperset(operation.after):
            continue
        way = next((way for way in operation.ways if way.machine == placed.machine), None)
        if way is None or board.ready(operation) > placed.start:
            continue
        room = board.room(operation, way, placed.start)
        # What begins in time and then pauses with its broken machine is not done as planned.
        if room.start == placed.start and room.end <= placed.end:
            board.place(operation, room)
            stays.add(operation.name)
    return frozenset(stays)


def hit(problem: Problem) -> frozenset[str]:
    """The operations that cannot be done as planned, or have no plan yet."""
    return frozenset(problem.operation) - staying(problem)


def pinned(problem: Problem, names: Set[str]) -> Problem:
    """The same problem in which the operations of these *names*, which can stay, do."""

    def stay(operation: OpenOperation) -> OpenOperation:
        if operation.pinned_at is not None or operation.name not in names:
            return operation
        planned = problem.planned[operation.name]
        return replace(operation, pinned_at=planned.start, ways=(operation.way(planned.machine),))

    return replace(problem, operations=tuple(map(stay, problem.operations)))


def at_planned_work_centers(problem: Problem) -> Problem:
    """The same problem in which what is planned stays at its work centre, where that is one of its ways."""

    def there(operation: OpenOperation) -> OpenOperation:
        planned = problem.planned.get(operation.name)
        ways = tuple(way for way in operation.ways if planned and problem.alike(way.machine, planned.machine))
        return replace(operation, ways=ways or operation.ways)

    return replace(problem, operations=tuple(map(there, problem.operations)))
