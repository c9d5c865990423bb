"""Options after a disturbance: what each costs, whose promise it breaks, and how they rank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.fact import Money, Text
from domain.schedule.damping import bottleneck, moves_that_matter
from domain.schedule.measures import Kept, Measures
from domain.schedule.policy import SchedulePolicy
from domain.schedule.problem import MINUTE, Plan, Problem
from domain.schedule.schedule import Schedule
from domain.schedule.variants import Variant
from domain.subject import Identifier


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Affected(_Part):
    """A commitment that is kept at another time than the plan in force has it."""

    commitment: Text
    due: AwareDatetime
    before: AwareDatetime | None
    """As the plan in force has it; nothing where it has no plan for it."""
    after: AwareDatetime

    @property
    def breaks(self) -> bool:
        """Whether it was kept in time, or not planned, and now is late."""
        return self.after > self.due and (self.before is None or self.before <= self.due)


class AddedShift(_Part):
    """Overtime that an option counts on."""

    machine: Text
    start: AwareDatetime
    end: AwareDatetime
    cost: Money


class SentOut(_Part):
    """An operation that an option has others do."""

    operation: Text
    supplier: Identifier
    start: AwareDatetime
    end: AwareDatetime
    cost: Money

    @property
    def in_words(self) -> str:
        """Who does what until when, for how much."""
        return f"{self.supplier} does {self.operation} until {self.end:%Y-%m-%d %H:%M} UTC for {self.cost:f}"


class ScheduleOption(_Part):
    """One way to react, computed."""

    kind: str
    """Unique among the options, such as ``resequence``."""
    title: Text
    schedule: Schedule
    """The plan, with its measures one by one and who made it."""
    score: Decimal
    """Ranks the options, the lower the better; says nothing without the measures."""
    parts: dict[str, Decimal] = {}
    """What each measure adds to the score, by what it is."""
    affected: tuple[Affected, ...]
    matters: tuple[Text, ...] | None = None
    """The moves that are too large, or touch too much, to go unsaid; nothing means that nobody looked."""
    local: bool = False
    """Whether it only puts work in another order, within the frozen window, and breaks no promise."""
    overtime: tuple[AddedShift, ...] = ()
    outside: tuple[SentOut, ...] = ()
    """What others do, each as they are to have it."""

    @property
    def overtime_hours(self) -> Decimal:
        """How long all machines work longer, one by one and added up."""
        minutes = sum((shift.end - shift.start) // MINUTE for shift in self.overtime)
        return Decimal(minutes) / 60

    @property
    def measures(self) -> Measures:
        """What the plan is worth, one by one."""
        return self.schedule.measures

    @property
    def breaks(self) -> tuple[Affected, ...]:
        """The commitments it makes late that the plan in force keeps."""
        return tuple(one for one in self.affected if one.breaks)


def option(problem: Problem, variant: Variant, schedule: Schedule, policy: SchedulePolicy) -> ScheduleOption:
    """What *schedule* for *variant* means to those whom the plan in force of *problem* serves."""
    weights, scarce = policy.weights, bottleneck(problem)
    bottlenecks = frozenset() if scarce is None else frozenset({scarce})
    matters = moves_that_matter(variant.problem, schedule.plan, bottlenecks, policy.damping)
    found = ScheduleOption(
        kind=variant.kind,
        title=variant.title,
        schedule=schedule,
        score=schedule.measures.score(weights),
        parts=schedule.measures.parts(weights),
        affected=tuple(_affected(problem, schedule.measures.kept)),
        matters=tuple(placed.operation for placed in matters),
        overtime=tuple(
            AddedShift(machine=machine.name, start=shift.start, end=shift.end, cost=shift.cost)
            for machine in variant.problem.machines
            for shift in machine.extra_shifts
        ),
        outside=tuple(_sent_out(problem, variant, schedule.plan)),
    )
    local = variant.kind in _IN_ANOTHER_ORDER and not found.breaks and _within_frozen(problem, schedule.plan)
    return found.model_copy(update={"local": local})


_IN_ANOTHER_ORDER: Final = ("do_nothing", "accept_lateness", "resequence")


def _within_frozen(problem: Problem, plan: Plan) -> bool:
    """Whether all that moves was to begin within the frozen window, and does."""
    moved = [placed for placed in plan if problem.moved(placed)]
    return all(
        problem.frozen(problem.planned[placed.operation].start) and problem.frozen(placed.start) for placed in moved
    )


def _sent_out(problem: Problem, variant: Variant, plan: Plan) -> Iterator[SentOut]:
    for placed in plan:
        way = variant.problem.operation[placed.operation].way(placed.machine)
        if way.supplier is not None and placed.machine not in problem.machine:
            yield SentOut(
                operation=placed.operation, supplier=way.supplier, start=placed.start, end=placed.end, cost=way.cost
            )


def makes_use(problem: Problem, variant: Variant, plan: Plan) -> bool:
    """Whether *plan* does what the way to react is about; else it is another way under a wrong name."""
    match variant.kind:
        case "alternate":
            planned = problem.planned
            return any(
                placed.operation in planned and not problem.alike(placed.machine, planned[placed.operation].machine)
                for placed in plan
            )
        case "outsource":
            return any(placed.machine not in problem.machine for placed in plan)
        case "overtime":
            return any(
                placed.start < shift.end and shift.start < placed.end
                for placed in plan
                for shift in variant.problem.machine[placed.machine].extra_shifts
                if shift not in problem.machine[placed.machine].extra_shifts
            )
        case _:
            return True


def ranked(found: Iterable[ScheduleOption]) -> tuple[ScheduleOption, ...]:
    """Of each kind the best, by score; of equals first what changes less in the frozen window and moves less."""
    best: dict[str, ScheduleOption] = {}
    for one in sorted(found, key=_rank):
        best.setdefault(one.kind, one)
    return tuple(best.values())


def _rank(one: ScheduleOption) -> tuple[Decimal, int, int]:
    return one.score, len(one.measures.frozen_changes), len(one.measures.moved)


def _affected(problem: Problem, kept: Iterable[Kept]) -> Iterable[Affected]:
    for commitment, when in zip(problem.commitments, kept, strict=True):
        ends = [problem.planned[name].end for name in commitment.operations if name in problem.planned]
        before = max(ends, default=None)
        if when.at != before:
            yield Affected(commitment=commitment.name, due=commitment.due, before=before, after=when.at)
