"""A plan by simple rules: quick, always the same for the same problem, and always there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import inf

from domain.schedule.board import Board, Room
from domain.schedule.disturbance import pinned, staying
from domain.schedule.measures import ScoreWeights, measures
from domain.schedule.problem import MINUTE, OpenOperation, Placed, Plan, Problem, Way
from domain.schedule.schedule import Schedule


def by_rules(problem: Problem, weights: ScoreWeights) -> Schedule:
    """The plan of the rule that scores best. Raises ImpossibleProblem, NeverWorking."""
    made = (
        Schedule(plan=plan, made_by="rules", measures=measures(problem, plan))
        for plan in (disturb_least(problem), keep_order(problem), dispatch(problem))
    )
    return min(made, key=lambda schedule: schedule.measures.score(weights))


def disturb_least(problem: Problem) -> Plan:
    """What can be done as planned is; all else goes between. Raises ImpossibleProblem, NeverWorking."""
    return keep_order(pinned(problem, staying(problem)))


def keep_order(problem: Problem) -> Plan:
    """
    Each operation where it is planned and then, or as soon afterwards as it can be; what has no plan goes last.

    It stays at its work centre as long as that is one of its ways. Raises ImpossibleProblem, NeverWorking.
    """
    board = Board(problem)
    waiting = [operation for operation in problem.in_order if not board.has(operation.name)]
    latest = _latest_ends(problem)
    while waiting:
        operation = min(_ready(waiting, board), key=lambda candidate: _planned_first(problem, candidate, latest))
        planned = problem.planned.get(operation.name)
        ready = board.ready(operation)
        if planned is not None and (ways := _as_planned(problem, operation, planned)):
            rooms = [board.room(operation, way, max(ready, planned.start)) for way in ways]
            room = min(rooms, key=lambda room: (room.start, room.machine != planned.machine, room))
        else:
            room = min(board.room(operation, way, ready) for way in operation.ways)
        board.place(operation, room)
        waiting.remove(operation)
    return board.plan


def dispatch(problem: Problem) -> Plan:
    """
    No machine waits while it could work, and of operations that could start the most urgent does.

    Urgent is the least weighted modified due date (Kanet and Li 2004): the longer of its own time and the time
    left until it must end, divided by weight. Raises ImpossibleProblem, NeverWorking.
    """
    board = Board(problem)
    waiting = [operation for operation in problem.in_order if not board.has(operation.name)]
    latest = _latest_ends(problem)
    rooms: dict[str, Room] = {}
    while waiting:
        for operation in _ready(waiting, board):
            if operation.name not in rooms:
                ready = board.ready(operation)
                rooms[operation.name] = min(board.room(operation, way, ready) for way in operation.ways)
        name = min(rooms, key=lambda name: (rooms[name].start, _urgency(problem, rooms[name], latest[name]), name))
        taken = rooms.pop(name)
        board.place(problem.operation[name], taken)
        waiting.remove(problem.operation[name])
        # Elsewhere there is as much room as before.
        rooms = {other: room for other, room in rooms.items() if room.machine != taken.machine}
    return board.plan


def _ready(waiting: list[OpenOperation], board: Board) -> Iterator[OpenOperation]:
    return (operation for operation in waiting if all(board.has(name) for name in operation.after))


def _as_planned(problem: Problem, operation: OpenOperation, planned: Placed) -> list[Way]:
    return [way for way in operation.ways if problem.alike(way.machine, planned.machine)]


def _planned_first(
    problem: Problem, operation: OpenOperation, latest: Mapping[str, Mapping[int, datetime]]
) -> tuple[bool, datetime, str]:
    planned = problem.planned.get(operation.name)
    ends = latest[operation.name].values()
    return planned is None, planned.start if planned else min(ends, default=problem.now), operation.name


def _latest_ends(problem: Problem) -> dict[str, dict[int, datetime]]:
    """By when each operation must end so that each commitment it serves, by number, can be kept."""
    latest: dict[str, dict[int, datetime]] = {operation.name: {} for operation in problem.operations}
    for number, commitment in enumerate(problem.commitments):
        for name in commitment.operations:
            latest[name][number] = commitment.due
    for operation in reversed(problem.in_order):
        time = min(way.minutes for way in operation.ways) * MINUTE
        for name in operation.after:
            for number, end in latest[operation.name].items():
                latest[name][number] = min(end - time, latest[name].get(number, end))
    return latest


def _urgency(problem: Problem, room: Room, latest: Mapping[int, datetime]) -> float:
    weighted = ((float(problem.commitments[number].weight), end) for number, end in latest.items())
    left = ((max(end, room.end) - room.start) / MINUTE / weight for weight, end in weighted if weight > 0)
    return min(left, default=inf)
