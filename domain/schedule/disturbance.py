"""What a disturbance leaves standing of the plan in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from domain.schedule.board import Board
from domain.schedule.problem import OpenOperation, Placed, Problem


def staying(problem: Problem) -> Mapping[str, Placed]:
    """
    The operations that can be done when planned, as can all they wait for, each with its machine.

    It may be another of the same work centre. What is running is among them.
    """
    board = Board(problem)
    for placed in sorted(problem.baseline, key=lambda placed: (placed.start, placed.operation)):
        operation = problem.operation.get(placed.operation)
        if operation is None or board.has(operation.name) or not all(map(board.has, operation.after)):
            continue
        if board.ready(operation) > placed.start:
            continue
        alike = [way for way in operation.ways if problem.alike(way.machine, placed.machine)]
        rooms = [board.room(operation, way, placed.start) for way in alike]
        # What begins in time and then pauses with its broken machine is not done as planned.
        as_planned = [room for room in rooms if room.start == placed.start and room.end <= placed.end]
        if as_planned:
            board.place(operation, min(as_planned, key=lambda room: (room.machine != placed.machine, room)))
    return {placed.operation: placed for placed in board.plan}


def hit(problem: Problem) -> frozenset[str]:
    """The operations that cannot be done when planned, or have no plan yet."""
    return frozenset(problem.operation) - set(staying(problem))


def pinned(problem: Problem, places: Mapping[str, Placed]) -> Problem:
    """The same problem in which the operations that have one of these *places* stay there."""

    def stay(operation: OpenOperation) -> OpenOperation:
        place = places.get(operation.name)
        if place is None or operation.pinned_at is not None:
            return operation
        return replace(operation, pinned_at=place.start, ways=(operation.way(place.machine),))

    return replace(problem, operations=tuple(map(stay, problem.operations)))


def at_planned_work_centers(problem: Problem) -> Problem:
    """The same problem in which what is planned stays at its work centre, where that is one of its ways."""

    def there(operation: OpenOperation) -> OpenOperation:
        planned = problem.planned.get(operation.name)
        ways = tuple(way for way in operation.ways if planned and problem.alike(way.machine, planned.machine))
        return replace(operation, ways=ways or operation.ways)

    return replace(problem, operations=tuple(map(there, problem.operations)))
