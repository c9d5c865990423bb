"""A scheduling problem as a constraint model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple

from ortools.sat.python import cp_model

from connectors.solver.clock import Clock, horizon
from domain.schedule.measures import ScoreWeights
from domain.schedule.problem import MINUTE, Commitment, OpenOperation, Placed, Plan, Problem, Way
from domain.schedule.schedule import Schedule
from domain.working_axis import WorkingAxis

SEED: Final = 1
_A_DAY: Final = 24 * 60
_UNIT: Final = _A_DAY * 100
"""What 1 counts in the objective, so that a minute of delay counts its weight to two decimals."""


@dataclass
class _Stretch:
    """An operation on machines that work at the same times, in their working minutes."""

    start: cp_model.IntVar
    end: cp_model.LinearExpr
    first: int
    last: int
    """Between them it starts."""
    chosen: cp_model.LiteralT
    """Whether it is done on one of them. If not, start and end mean nothing."""


@dataclass
class _Choice:
    """How an operation is done, in variables."""

    on: dict[str, cp_model.IntVar]
    """Whether it is done there, by machine."""
    stretches: dict[WorkingAxis, _Stretch]
    stays: cp_model.IntVar | None = None
    """Whether it stays as planned, where it can."""


class Searched(NamedTuple):
    """What a search came to."""

    plan: Plan | None
    """The best found, if any was."""
    proven: bool
    least: Decimal
    """No plan scores less."""


class ScheduleModel:
    """
    A problem in variables and constraints, with the score as what is to be small.

    Time on a machine is its working time laid end to end, so that an operation which pauses over night is one
    piece. Minutes of the clock are worked out only where commitments or machines with other hours need them.
    """

    def __init__(self, problem: Problem, weights: ScoreWeights, known: Schedule) -> None:
        """The search begins with what is *known*, and looks for nothing worse. Raises NeverWorking."""
        self._problem = problem
        self._weights = weights
        self._known = {placed.operation: placed for placed in known.plan}
        self._known_lateness = {kept.commitment: kept.lateness for kept in known.measures.kept}
        self._score = known.measures.score(weights)
        self._overtime = weights.money * known.measures.overtime_cost
        self._clock = Clock(problem, horizon(problem, known.plan))
        self._model = cp_model.CpModel()
        self._solver = cp_model.CpSolver()
        self._stopped = False
        self._cost: list[cp_model.LinearExpr] = []
        self._sizes: dict[tuple[str, str], cp_model.IntVar] = {}
        self._choices = {operation.name: self._choice(operation) for operation in problem.operations}
        for machine in problem.machines:
            self._one_at_a_time(machine.name)
        for operation in problem.operations:
            for name in operation.after:
                self._follows(self._choices[name], self._choices[operation.name])
            if operation.pinned_at is None:
                self._stability(operation)
        for commitment in problem.commitments:
            self._tardiness(commitment)
        self._begin_with_what_is_known()
        self._model.minimize(sum(self._cost))

    def solve(self, seconds: float) -> Searched:
        """
        What a search of so many *seconds* comes to.

        One worker looks for a proof in half of the time; where it has none, two go on, of which one betters the
        plan piece by piece. There is no linear relaxation, without which schedules are found and proven many
        times faster (benchmarks/jobshop.py), and no probing, which leaves large ones no time for the search.
        """
        parameters = self._solver.parameters
        parameters.random_seed = SEED
        parameters.linearization_level = 0
        parameters.cp_model_probing_level = 0
        parameters.symmetry_level = 0
        parameters.use_dynamic_precedence_in_disjunctive = True
        best: Plan | None = None
        least, status = Decimal(0), cp_model.UNKNOWN
        for workers in (1, 2):
            parameters.num_workers = workers
            parameters.max_time_in_seconds = seconds / 2
            status = cp_model.UNKNOWN if self._stopped else self._solver.solve(self._model)
            if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                plan = map(self._placed, self._problem.operations)
                best = tuple(sorted(plan, key=lambda placed: (placed.start, placed.operation)))
                least = max(least, self._overtime + Decimal(self._solver.best_objective_bound) / _UNIT)
                self._go_on_from_the_best()
            if status == cp_model.OPTIMAL:
                break
        return Searched(best, status == cp_model.OPTIMAL, least)

    def stop(self) -> None:
        """End a search that nobody waits for any more."""
        self._stopped = True
        self._solver.stop_search()

    # What may be chosen

    def _choice(self, operation: OpenOperation) -> _Choice:
        on = {way.machine: self._model.new_bool_var("") for way in operation.ways}
        self._model.add_exactly_one(on.values())
        ways: dict[WorkingAxis, list[Way]] = {}
        for way in operation.ways:
            ways.setdefault(self._clock.axes[way.machine], []).append(way)
            self._costs(self._weights.money * way.cost, on[way.machine])
            self._costs(self._weights.setup_minute * way.setup_minutes, on[way.machine])
        return _Choice(on, {axis: self._stretch(operation, axis, there, on) for axis, there in ways.items()})

    def _stretch(
        self, operation: OpenOperation, axis: WorkingAxis, ways: list[Way], on: dict[str, cp_model.IntVar]
    ) -> _Stretch:
        model = self._model
        first = axis.minute(self._problem.earliest(operation))
        last = first if operation.pinned_at else axis.length - min(self._least_minutes(operation, way) for way in ways)
        start = model.new_int_var(first, last, "")
        chosen = model.new_bool_var("")
        model.add(sum(on[way.machine] for way in ways) == chosen)
        sizes = {way.minutes + way.setup_minutes for way in ways}
        if len(sizes) == 1 and not any(self._may_save_setup(operation, way) for way in ways):
            return _Stretch(start, start + sizes.pop(), first, last, chosen)
        end = model.new_int_var(first, axis.length, "")
        for way in ways:
            full = way.minutes + way.setup_minutes
            if self._may_save_setup(operation, way):
                size = self._sizes[operation.name, way.machine] = model.new_int_var(way.minutes, full, "")
                model.add(end == start + size).only_enforce_if(on[way.machine])
            else:
                model.add(end == start + full).only_enforce_if(on[way.machine])
        return _Stretch(start, end, first, last, chosen)

    def _may_save_setup(self, operation: OpenOperation, way: Way) -> bool:
        return way.setup_minutes > 0 and self._families(way.machine)[operation.family or ""] > 1

    def _least_minutes(self, operation: OpenOperation, way: Way) -> int:
        return way.minutes if self._may_save_setup(operation, way) else way.minutes + way.setup_minutes

    def _families(self, machine: str) -> Counter[str]:
        """How many operations of each family may be done on the machine."""
        return Counter(
            operation.family
            for operation in self._problem.operations
            if operation.family and machine in (way.machine for way in operation.ways)
        )

    # What must hold

    def _one_at_a_time(self, machine: str) -> None:
        intervals = []
        for operation, way, stretch in self._work_of(machine):
            on = self._choices[operation.name].on[machine]
            size = self._sizes.get((operation.name, machine))
            if size is None:
                full = way.minutes + way.setup_minutes
                intervals.append(self._model.new_optional_fixed_size_interval_var(stretch.start, full, on, ""))
            else:
                intervals.append(self._model.new_optional_interval_var(stretch.start, size, stretch.end, on, ""))
        self._model.add_no_overlap(intervals)
        if any(name == machine for _, name in self._sizes):
            self._sequence(machine)

    def _sequence(self, machine: str) -> None:
        """Which operation comes behind which, so that one behind another of its family needs no set-up."""
        work = list(self._work_of(machine))
        known = [placed.operation for placed in self._known.values() if placed.machine == machine]
        follows = {*pairwise(["", *known, ""])}
        # The circle starts and ends with nothing, which is number 0 and has no name.
        numbers = {"": 0} | {operation.name: number for number, (operation, _, _) in enumerate(work, start=1)}
        arcs: list[tuple[int, int, cp_model.LiteralT]] = []

        def behind(before: str, name: str) -> cp_model.IntVar:
            arc = self._model.new_bool_var("")
            self._model.add_hint(arc, (before, name) in follows)
            arcs.append((numbers[before], numbers[name], arc))
            return arc

        behind("", "")
        for operation, way, stretch in work:
            on = self._choices[operation.name].on[machine]
            arcs.append((numbers[operation.name], numbers[operation.name], ~on))
            behind("", operation.name)
            behind(operation.name, "")
            saved = []
            for before, _, earlier in work:
                if before is not operation:
                    arc = behind(before.name, operation.name)
                    self._model.add(earlier.end <= stretch.start).only_enforce_if(arc)
                    if operation.family is not None and before.family == operation.family:
                        saved.append(arc)
            size = self._sizes.get((operation.name, machine))
            if size is not None:
                self._model.add(size == way.minutes + way.setup_minutes * (1 - sum(saved))).only_enforce_if(on)
                for arc in saved:
                    self._costs(-self._weights.setup_minute * way.setup_minutes, arc)
        self._model.add_circuit(arcs)

    def _work_of(self, machine: str) -> Iterator[tuple[OpenOperation, Way, _Stretch]]:
        for operation in self._problem.operations:
            for way in operation.ways:
                if way.machine == machine:
                    yield operation, way, self._choices[operation.name].stretches[self._clock.axes[machine]]

    def _follows(self, before: _Choice, after: _Choice) -> None:
        axes = {*before.stretches, *after.stretches}
        if len(axes) == 1:
            (axis,) = axes
            self._model.add(before.stretches[axis].end <= after.stretches[axis].start)
        else:
            self._model.add(self._ended(before) <= self._begun(after))

    # What it costs

    def _stability(self, operation: OpenOperation) -> None:
        problem, model, choice = self._problem, self._model, self._choices[operation.name]
        planned = problem.planned.get(operation.name)
        frozen = planned is not None and problem.frozen(planned.start)
        if planned is not None:
            choice.stays = model.new_bool_var("")
            there = [machine for machine in choice.on if self._can_stay(operation, machine, planned)]
            model.add_at_least_one([~choice.stays, *(choice.on[machine] for machine in there)])
            for axis in {self._clock.axes[machine] for machine in there}:
                stretch = choice.stretches[axis]
                model.add(stretch.start == axis.minute(planned.start)).only_enforce_if(choice.stays, stretch.chosen)
            cost = self._weights.moved + (self._weights.frozen_change if frozen else 0)
            self._costs(cost, 1 - choice.stays)
        if problem.frozen_until is not None and not frozen:
            enters = model.new_bool_var("")
            model.add_hint(enters, problem.frozen(self._known[operation.name].start))
            for axis, stretch in choice.stretches.items():
                outside = stretch.start >= axis.minute(problem.frozen_until)
                model.add(outside).only_enforce_if(~enters, stretch.chosen)
            self._costs(self._weights.frozen_change, enters)

    def _can_stay(self, operation: OpenOperation, machine: str, planned: Placed) -> bool:
        axis = self._clock.axes[machine]
        stretch = self._choices[operation.name].stretches[axis]
        begin = axis.minute(planned.start)
        return (
            self._problem.alike(machine, planned.machine)
            and stretch.first <= begin <= stretch.last
            and planned.start >= self._problem.earliest(operation)
            and axis.begin(begin) == planned.start
        )

    def _tardiness(self, commitment: Commitment) -> None:
        if not commitment.weight:
            return
        followed = {name for last in commitment.operations for name in self._problem.operation[last].after}
        due = self._clock.minute(commitment.due)
        # Later than that it alone would cost more than all of the known plan.
        most = min(int(self._score * _A_DAY / commitment.weight) + 1, self._clock.length - due)
        late = self._model.new_int_var(0, max(most, 0), "")
        self._model.add_hint(late, self._known_lateness[commitment.name] // MINUTE)
        for name in commitment.operations:
            if name not in followed:
                self._model.add(late >= self._ended(self._choices[name]) - due)
        self._costs(commitment.weight / _A_DAY, late)

    def _costs(self, amount: Decimal, times: cp_model.LinearExpr) -> None:
        if coefficient := round(amount * _UNIT):
            self._cost.append(coefficient * times)

    # By the clock

    def _begun(self, choice: _Choice) -> cp_model.LinearExpr:
        """When it starts, by the clock."""
        return self._by_the_clock(choice, {axis: (stretch.start, 0) for axis, stretch in choice.stretches.items()})

    def _ended(self, choice: _Choice) -> cp_model.LinearExpr:
        """When it has ended, by the clock."""
        return self._by_the_clock(choice, {axis: (stretch.end, 1) for axis, stretch in choice.stretches.items()})

    def _by_the_clock(
        self, choice: _Choice, places: dict[WorkingAxis, tuple[cp_model.LinearExpr, int]]
    ) -> cp_model.LinearExpr:
        """
        The minute of the clock of a place in working time.

        A pause is behind a start that has the minutes before it worked, and behind an end that has one more.
        """
        moment = self._model.new_int_var(0, self._clock.length, "")
        for axis, (place, more) in places.items():
            passed: list[cp_model.LinearExpr] = []
            for pause in self._clock.pauses(axis):
                behind = self._model.new_bool_var("")
                self._model.add(place >= pause.after + more).only_enforce_if(behind)
                self._model.add(place < pause.after + more).only_enforce_if(~behind)
                passed.append(pause.minutes * behind)
            self._model.add(moment == place + sum(passed)).only_enforce_if(choice.stretches[axis].chosen)
        return moment

    # Before and after the search

    def _begin_with_what_is_known(self) -> None:
        for placed in self._known.values():
            choice = self._choices[placed.operation]
            for machine, on in choice.on.items():
                self._model.add_hint(on, machine == placed.machine)
            axis = self._clock.axes[placed.machine]
            self._model.add_hint(choice.stretches[axis].start, axis.minute(placed.start))
            if choice.stays is not None:
                self._model.add_hint(choice.stays, not self._problem.moved(placed))

    def _go_on_from_the_best(self) -> None:
        self._model.clear_hints()  # type: ignore[no-untyped-call]
        for index, value in enumerate(self._solver.response_proto.solution):
            self._model.add_hint(self._model.get_int_var_from_proto_index(index), value)

    def _placed(self, operation: OpenOperation) -> Placed:
        choice = self._choices[operation.name]
        machine = next(name for name, on in choice.on.items() if self._solver.value(on))
        axis = self._clock.axes[machine]
        stretch = choice.stretches[axis]
        return Placed(
            operation=operation.name,
            machine=machine,
            start=operation.pinned_at or axis.begin(self._solver.value(stretch.start)),
            end=axis.end(self._solver.value(stretch.end)),
        )
