"""The puzzle of one work centre as a constraint model."""

from __future__ import annotations

from operator import itemgetter
from typing import Final

from ortools.sat.python import cp_model

from connectors.solver.puzzle import Puzzle, weight
from domain.capacity import Load
from domain.displacement import Displacement

SEED: Final = 1
_WORK_IN_A_SECOND: Final = 0.1
# In the solver's measure. An idle processor does two to ten times as much.


class DisplacementModel:
    """
    The puzzle in variables and constraints.

    Places are doubled: work from a to b holds 2a+1 to 2b, and work booked at a while nobody works holds 2a to
    2a+1. So other work may end or begin there, but not pause across it.
    """

    def __init__(self, puzzle: Puzzle) -> None:
        self._puzzle = puzzle
        self._model = cp_model.CpModel()
        self._intervals: list[cp_model.IntervalVar] = []
        self._machines: list[int] = []
        self._starts: list[cp_model.IntVar] = []
        self._moves: list[cp_model.IntVar] = []
        for begin, end, machines in puzzle.held():
            self._hold(*_doubled(begin, end), machines)
        self._urgent_start, self._urgent_late = self._urgent()
        self._delay = sum(weight(load) * self._movable(load) for load in puzzle.movable)
        self._model.add_cumulative(self._intervals, self._machines, puzzle.capacity.machines)

    def solve(self, known: Displacement, seconds: float) -> list[Load] | None:
        """
        The urgent work and what gives way to it, in the order of their starts; None when nothing was found.

        The search begins with the *known* answer. Each aim gets half of the work left, and its best is kept
        while the next is sought. What ends a search is the solver's own count of its work, so that the same
        puzzle has the same answer anywhere; the clock does so only on a machine with no time to spare.
        """
        self._begin_with(known)
        solver = _solver(seconds)
        work = seconds * _WORK_IN_A_SECOND
        order: list[Load] | None = None
        for aim in (self._urgent_late, self._delay, sum(self._moves)):
            work /= 2
            solver.parameters.max_deterministic_time = work
            self._model.minimize(aim)
            if solver.solve(self._model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                break
            order = self._order(solver)
            self._model.add(aim <= round(solver.objective_value))
            self._go_on_from(solver)
        return order

    def _urgent(self) -> tuple[cp_model.IntVar, cp_model.IntVar]:
        """When the urgent work starts, and how late it is."""
        puzzle, model = self._puzzle, self._model
        load, size, longest = puzzle.urgent, puzzle.size(puzzle.urgent), puzzle.axis.length
        start = model.new_int_var(puzzle.axis.minute(load.start), longest - size, "")
        late = model.new_int_var(0, longest, "")
        model.add(late >= start + size - puzzle.axis.minute(load.due))
        self._hold(2 * start + 1, 2 * size - 1)
        return start, late

    def _movable(self, load: Load) -> cp_model.IntVar:
        """How late *load* is: as booked if it stays, else by the minutes it takes wherever it goes."""
        puzzle, model = self._puzzle, self._model
        axis, size = puzzle.axis, puzzle.size(load)
        begin, end = axis.minute(load.start), axis.minute(load.end)
        moves = model.new_bool_var("")
        start = model.new_int_var(begin, axis.length - size, "")
        late = model.new_int_var(puzzle.minutes_late(load, min(end, begin + size)), axis.length, "")
        model.add(start == begin).only_enforce_if(~moves)
        model.add(late >= puzzle.minutes_late(load, end)).only_enforce_if(~moves)
        model.add(late >= start + size - axis.minute(load.due)).only_enforce_if(moves)
        self._hold(*_doubled(begin, end), only_if=~moves)
        self._hold(2 * start + 1, 2 * size - 1, only_if=moves)
        self._starts.append(start)
        self._moves.append(moves)
        return late

    def _hold(
        self,
        start: cp_model.LinearExprT,
        size: int,
        machines: int = 1,
        *,
        only_if: cp_model.LiteralT = True,
    ) -> None:
        self._intervals.append(self._model.new_optional_fixed_size_interval_var(start, size, only_if, ""))
        self._machines.append(machines)

    def _begin_with(self, known: Displacement) -> None:
        axis = self._puzzle.axis
        if known.start is not None:
            self._model.add_hint(self._urgent_start, axis.minute(known.start))
        places = {(moved.job, moved.operation): moved.new_start for moved in known.moved}
        for load, start, moves in zip(self._puzzle.movable, self._starts, self._moves, strict=True):
            place = places.get((load.job, load.operation))
            self._model.add_hint(moves, place is not None)
            self._model.add_hint(start, axis.minute(place or load.start))

    def _go_on_from(self, solver: cp_model.CpSolver) -> None:
        self._model.clear_hints()  # type: ignore[no-untyped-call]
        for variable in (self._urgent_start, *self._starts, *self._moves):
            self._model.add_hint(variable, solver.value(variable))

    def _order(self, solver: cp_model.CpSolver) -> list[Load]:
        placed = [(solver.value(self._urgent_start), self._puzzle.urgent)]
        for load, start, moves in zip(self._puzzle.movable, self._starts, self._moves, strict=True):
            if solver.value(moves):
                placed.append((solver.value(start), load))
        return [load for _, load in sorted(placed, key=itemgetter(0))]


def _doubled(begin: int, end: int) -> tuple[int, int]:
    """The place and size that work booked from *begin* to *end* holds."""
    return (2 * begin + 1, 2 * (end - begin) - 1) if begin < end else (2 * begin, 1)


def _solver(seconds: float) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = SEED
    solver.parameters.max_time_in_seconds = seconds
    # Of several workers the fastest wins, and which that is depends on the machine.
    solver.parameters.num_workers = 1
    return solver
