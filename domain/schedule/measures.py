"""What a plan is worth: its measures one by one, and the score that ranks plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.fact import Money, Text
from domain.schedule.problem import Commitment, Placed, Plan, Problem

_DAY = timedelta(days=1)
_SMALLEST = Decimal("0.0001")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


_Weight = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=4, allow_inf_nan=False)]


class ScoreWeights(BaseModel):
    """What a unit of each measure counts against a weighted day of delay."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    frozen_change: _Weight = Decimal(10)
    """A change in the frozen window."""
    moved: _Weight = Decimal(1)
    """An operation that starts at another time or work centre than planned."""
    setup_minute: _Weight = Decimal("0.05")
    money: _Weight = Decimal("0.05")
    """A unit of money for overtime or outsourcing."""


class Kept(_Part):
    """When a plan keeps a commitment."""

    commitment: Text
    due: AwareDatetime
    at: AwareDatetime

    @property
    def lateness(self) -> timedelta:
        """How long after it is due; zero when in time."""
        return max(self.at - self.due, timedelta(0))


class Measures(_Part):
    """What a plan is worth."""

    weighted_tardiness: Decimal
    """Days of delay by the calendar, those of each commitment times its weight."""
    moved: tuple[Text, ...]
    """Operations that start at another time or work centre than planned."""
    frozen_changes: tuple[Text, ...]
    """Operations that leave, enter or move within the frozen window."""
    setup_minutes: int
    overtime_cost: Money
    outsourcing_cost: Money
    kept: tuple[Kept, ...]
    """Every commitment."""

    def score(self, weights: ScoreWeights) -> Decimal:
        """
        One figure to rank plans by, the lower the better; never to be shown without the measures.

        Processes 1.3: days of delay by priority and class of value, frozen changes, moved operations, setup minutes
        and cost of overtime, each times its weight, added up. What others are paid counts as overtime does.
        """
        return sum(self.parts(weights).values(), Decimal(0))

    def parts(self, weights: ScoreWeights) -> dict[str, Decimal]:
        """What each measure adds to the score, by what it is."""
        return {
            "delay": self.weighted_tardiness,
            "frozen window": weights.frozen_change * len(self.frozen_changes),
            "moves": weights.moved * len(self.moved),
            "setting up": weights.setup_minute * self.setup_minutes,
            "money": weights.money * (self.overtime_cost + self.outsourcing_cost),
        }


def measures(problem: Problem, plan: Plan) -> Measures:
    """What *plan*, which has every operation of *problem*, is worth."""
    placed = {place.operation: place for place in plan}
    kept = [(commitment, _kept(commitment, placed)) for commitment in problem.commitments]
    return Measures(
        weighted_tardiness=sum(
            (commitment.weight * Decimal(when.lateness / _DAY) for commitment, when in kept), Decimal(0)
        ).quantize(_SMALLEST),
        moved=tuple(sorted(place.operation for place in plan if problem.moved(place))),
        frozen_changes=tuple(sorted(place.operation for place in plan if _changes_frozen(problem, place))),
        setup_minutes=sum(_setups(problem, plan)),
        overtime_cost=sum((shift.cost for machine in problem.machines for shift in machine.extra_shifts), Decimal(0)),
        outsourcing_cost=sum(
            (problem.operation[place.operation].way(place.machine).cost for place in plan), Decimal(0)
        ),
        kept=tuple(when for _, when in kept),
    )


def _kept(commitment: Commitment, placed: dict[str, Placed]) -> Kept:
    at = max(placed[name].end for name in commitment.operations)
    return Kept(commitment=commitment.name, due=commitment.due, at=at)


def _changes_frozen(problem: Problem, place: Placed) -> bool:
    before = problem.planned.get(place.operation)
    if before is None:
        return problem.frozen(place.start) and problem.operation[place.operation].pinned_at is None
    return problem.moved(place) and (problem.frozen(before.start) or problem.frozen(place.start))


def _setups(problem: Problem, plan: Plan) -> Iterator[int]:
    by_machine: dict[str, list[Placed]] = defaultdict(list)
    for place in sorted(plan, key=lambda place: place.start):
        by_machine[place.machine].append(place)
    for machine, work in by_machine.items():
        yield problem.setup_minutes(work[0].operation, machine, None)
        for before, place in pairwise(work):
            yield problem.setup_minutes(place.operation, machine, before.operation)
