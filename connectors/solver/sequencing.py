"""Making room by constraint programming (OR-Tools CP-SAT)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from connectors.solver.puzzle import Puzzle
from domain.capacity import HORIZON, Load, Slot, WorkCenterCapacity
from domain.displacement import Displacement, displace, moved_to

TIME_LIMIT: Final = timedelta(seconds=5)


class SolverMissing(RuntimeError):
    """The solver is asked for, but is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "OR-Tools is not installed; add it with: pip install 'lockstep[solver]', "
            "or let the rules make room: LOCKSTEP_SOLVER=rules."
        )


class CpSatDisplacer:
    """
    Who gives way to urgent work, found by search, and never worse than the simple rules.

    Work that matters less, has not started and starts after the frozen time may move, and only to later. The
    aims, each before the next: the urgent work is as little late as can be; so are the others, a minute's
    delay counting 1000 / priority; few move. Lateness is counted in the working time of the work centre. What
    follows at other work centres is not considered.
    """

    def __init__(self, time_limit: timedelta = TIME_LIMIT) -> None:
        """Raises SolverMissing."""
        try:
            from connectors.solver.model import DisplacementModel  # noqa: PLC0415 - large, and may be missing
        except ModuleNotFoundError as missing:
            raise SolverMissing from missing
        self._model = DisplacementModel
        self._seconds = time_limit.total_seconds()

    def __call__(
        self,
        capacity: WorkCenterCapacity,
        minutes: Decimal,
        not_before: datetime,
        by: datetime,
        frozen_until: datetime,
        priority: int,
    ) -> Displacement:
        """How urgent work of *minutes* gets done by *by*, and what moves for it. Raises NeverWorking."""
        by_rules = displace(capacity, minutes, not_before, by, frozen_until, priority)
        in_time_at_no_expense = by_rules.overtime_minutes == 0 and not by_rules.moved
        movable = tuple(
            load
            for load in capacity.loads
            if load.priority > priority
            and not load.started
            and load.start >= frozen_until
            and load.end > not_before
            and load.start < not_before + HORIZON
        )
        if by_rules.start is None or in_time_at_no_expense or not movable:
            return by_rules
        urgent = Load("urgent", 0, minutes, not_before, not_before, by, priority)
        puzzle = Puzzle.of(capacity, urgent, movable)
        order = self._model(puzzle).solve(by_rules, self._seconds)
        return by_rules if order is None else min(by_rules, _done(puzzle, order), key=puzzle.cost)


def _done(puzzle: Puzzle, order: Sequence[Load]) -> Displacement:
    """What comes of the urgent work and what gives way being done in *order*, each as early as it can be."""
    giving_way = {id(load) for load in order}
    plan = [load for load in puzzle.capacity.loads if id(load) not in giving_way]
    rooms: list[tuple[Load, Slot | None]] = []
    for load in order:
        room = puzzle.capacity.with_loads(plan).earliest_slot(load.minutes, load.start)
        rooms.append((load, room))
        if room is not None:
            plan.append(replace(load, start=room.start, end=room.end))
    urgent, slot = next((load, room) for load, room in rooms if load is puzzle.urgent)
    around = puzzle.capacity.with_loads(load for load in plan if load.job != urgent.job)
    return Displacement(
        start=None if slot is None else slot.start,
        finish=None if slot is None else slot.end,
        moved=tuple(
            moved_to(room, load) for load, room in rooms if load is not urgent and room != Slot(load.start, load.end)
        ),
        overtime_minutes=around.overtime_needed(urgent.minutes, urgent.start, urgent.due),
    )
