"""The puzzle of one work centre as a constraint model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ortools.sat.python import cp_model

from connectors.solver.puzzle import Puzzle, weight
from domain.capacity import Load

SEED: Final = 1


class DisplacementModel:
    """
    The puzzle in variables and constraints.

    Places are doubled: work from a to b holds 2a+1 to 2b, and what is booked while nobody works at a holds 2a
    to 2a+1. So work may begin or end there, but not go on across it.
    """

    def __init__(self, puzzle: Puzzle) -> None:
        self._puzzle = puzzle
        self._model = cp_model.CpModel()
        self._intervals: list[cp_model.IntervalVar] = []
        self._machines: list[int] = []
        self._starts: list[cp_model.IntVar] = []
        self._moves: list[cp_model.IntVar] = []
        for begin, end, held in puzzle.fixed_blocks():
            self._hold(begin, end, held)
        self._urgent_start, self._urgent_late = self._free_to_start(puzzle.urgent)
        self._delay = sum(weight(load) * self._movable(load) for load in puzzle.movable)
        self._model.add_cumulative(self._intervals, self._machines, puzzle.capacity.machines)

    def solve(self, known: Sequence[int | None], seconds: float) -> list[Load] | None:
        """
        The urgent work and the work that gives way, in the order of their starts; None when none was found.

        *known* is a solution to begin with: where the urgent work starts, then where each movable load goes, None
        if it stays. First the urgent work is as little late as can be, then the others by weight, then as few as
        can be move. Half of the time left goes to each aim. Time is counted in the solver's own steps, so the
        same puzzle has the same answer on any machine.
        """
        self._begin_with(known)
        solver = _solver()
        found: list[Load] | None = None
        for aim in (self._urgent_late, self._delay, sum(self._moves)):
            seconds /= 2
            solver.parameters.max_deterministic_time = seconds
            self._model.minimize(aim)
            if solver.solve(self._model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                return found
            found = self._order(solver)
            self._model.add(aim <= round(solver.objective_value))
            self._begin_with_the_answer_of(solver)
        return found

    def _hold(self, begin: int, end: int, machines: int, only_if: cp_model.IntVar | None = None) -> None:
        start, size = (2 * begin + 1, 2 * (end - begin) - 1) if begin < end else (2 * begin, 1)
        name = ""
        self._intervals.append(
            self._model.new_fixed_size_interval_var(start, size, name)
            if only_if is None
            else self._model.new_optional_fixed_size_interval_var(start, size, only_if, name)
        )
        self._machines.append(machines)

    def _free_to_start(self, urgent: Load) -> tuple[cp_model.IntVar, cp_model.IntVar]:
        puzzle, model = self._puzzle, self._model
        size = puzzle.size(urgent)
        start = model.new_int_var(puzzle.axis.position(urgent.start), puzzle.axis.length - size, "")
        late = model.new_int_var(0, puzzle.axis.length, "")
        model.add(late >= start + size - puzzle.axis.position(urgent.due))
        self._intervals.append(model.new_fixed_size_interval_var(2 * start + 1, 2 * size - 1, ""))
        self._machines.append(1)
        return start, late

    def _movable(self, load: Load) -> cp_model.IntVar:
        """How late *load* is; it stays as booked, or moves to where it takes as long as its minutes say."""
        puzzle, model = self._puzzle, self._model
        size = puzzle.size(load)
        begin, end = puzzle.axis.position(load.start), puzzle.axis.position(load.end)
        moves = model.new_bool_var("")
        start = model.new_int_var(begin, puzzle.axis.length - size, "")
        late = model.new_int_var(puzzle.late(load, min(end, begin + size)), puzzle.axis.length, "")
        self._hold(begin, end, 1, only_if=~moves)
        model.add(start == begin).only_enforce_if(~moves)
        model.add(late >= puzzle.late(load, end)).only_enforce_if(~moves)
        model.add(late >= start + size - puzzle.axis.position(load.due)).only_enforce_if(moves)
        self._intervals.append(model.new_optional_fixed_size_interval_var(2 * start + 1, 2 * size - 1, moves, ""))
        self._machines.append(1)
        self._starts.append(start)
        self._moves.append(moves)
        return late

    def _begin_with(self, known: Sequence[int | None]) -> None:
        first, *others = known
        if first is not None:
            self._model.add_hint(self._urgent_start, first)
        for start, moves, place in zip(self._starts, self._moves, others, strict=True):
            self._model.add_hint(moves, place is not None)
            if place is not None:
                self._model.add_hint(start, place)

    def _begin_with_the_answer_of(self, solver: cp_model.CpSolver) -> None:
        self._model.clear_hints()
        for variable in (self._urgent_start, *self._starts, *self._moves):
            self._model.add_hint(variable, solver.value(variable))

    def _order(self, solver: cp_model.CpSolver) -> list[Load]:
        placed = [(solver.value(self._urgent_start), self._puzzle.urgent)]
        for load, start, moves in zip(self._puzzle.movable, self._starts, self._moves, strict=True):
            if solver.value(moves):
                placed.append((solver.value(start), load))
        return [load for _, load in sorted(placed, key=lambda place: place[0])]


def _solver() -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = SEED
    # One worker only: several race, and who wins depends on the machine.
    solver.parameters.num_workers = 1
    return solver
