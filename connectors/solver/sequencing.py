"""Making room by constraint programming (OR-Tools CP-SAT)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from connectors.solver.puzzle import Puzzle
from domain.capacity import HORIZON, Load, WorkCenterCapacity
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

    Whatever matters less, has not started and starts after the frozen time may move, and only to later. The aims,
    each before the next: the urgent work is as little late as can be; the others are, a second's delay counting
    1000 / priority; few move. Lateness is counted in the working time of the work centre. What follows at other
    work centres is not considered.
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
            and not_before < load.end < not_before + HORIZON
        )
        if by_rules.start is None or in_time_at_no_expense or not movable:
            return by_rules
        urgent = Load("urgent", 0, minutes, not_before, not_before, by, priority)
        puzzle = Puzzle.of(capacity, urgent, movable)
        order = self._model(puzzle).solve(by_rules, self._seconds)
        return min((by_rules, *(_done(puzzle, order) for order in found)), key=puzzle.cost)


def _done_in(order: Sequence[Load], puzzle: Puzzle) -> Displacement:
    """What comes of doing work in that order, each as early as it can be."""
