"""
Schedules beside those of frePPLe's own planner, on the plans in which one machine is what everybody waits for.

The others say nothing here: their machines have room, or what is made waits for material, or the planner's result
does not say which work is for which order. It plans order by order, by priority; we look for little delay in all.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from connectors.frepple.expectation import Planned
from connectors.frepple.tables import moment
from connectors.solver.scheduling import SolverScheduler
from domain.facts import Job, JobOperation, OrderLine
from domain.master_data import Item
from domain.schedule.disturbance import hit
from domain.schedule.known import known_schedule
from domain.schedule.measures import Measures, ScoreWeights, measures
from domain.schedule.problem import Problem
from domain.schedule.violations import violations
from domain.supply import SupplyPicture
from tests.connectors.frepple.planner import PLANS, open_lines, plan_named, planner_verdicts

TIME = timedelta(seconds=20)
MAKES = {"demand-priorities": "Make product", "constraints_resource_1": "make end item"}


def made_by_the_planner(name: str) -> list[Planned]:
    plan = plan_named(name)
    if plan.expected:
        return [step for step in plan.expected if step.operation == MAKES[name]]
    rows = (line.split("\t") for line in (PLANS / f"{name}.expect").read_text(encoding="utf-8").splitlines())
    return [
        Planned(cells[1], moment(cells[2], "UTC"), moment(cells[3], "UTC"), Decimal(cells[4]))
        for cells in rows
        if cells[:2] == ["OPERATION", MAKES[name]]
    ]


def job_for(line: OrderLine, step: Planned, item: Item) -> Job:
    (made,) = item.operations
    work = JobOperation(
        operation=made.operation, work_center=made.work_center, starts_at=step.starts_at, ends_at=step.ends_at,
        minutes=made.minutes_per_batch + made.minutes_per_piece * step.quantity,
    )  # fmt: skip
    return Job(
        site=line.site, job=f"for {line.order}", item=line.item, quantity=step.quantity, order=line.order,
        line=line.line, starts_at=step.starts_at, ends_at=step.ends_at, operations=(work,),
    )  # fmt: skip


def planned(name: str) -> Problem:
    """The orders of the plan, each with a job where the planner has its work."""
    plan, verdicts = plan_named(name), planner_verdicts(name)
    items = {fact.item: fact for fact in plan.facts if isinstance(fact, Item)}
    steps = sorted(made_by_the_planner(name), key=lambda step: step.ends_at)
    facts = list(plan.facts)
    for line in sorted(open_lines(plan), key=lambda line: str(verdicts[line.order].complete_at)):
        step = next(step for step in steps if step.quantity == line.quantity)
        steps.remove(step)
        facts.append(job_for(line, step, items[line.item]))
    assert steps == []
    return known_schedule(SupplyPicture(plan.now, tuple(facts)), line.site).problem


def late(found: Measures) -> dict[str, timedelta]:
    return {kept.commitment.removesuffix(":1"): kept.lateness for kept in found.kept if kept.lateness}


@pytest.mark.parametrize("name", MAKES)
def test_the_plan_of_the_planner_passes_our_check_and_nothing_of_it_has_to_move(name: str) -> None:
    problem = planned(name)

    assert violations(problem, problem.baseline) == ()
    assert hit(problem) == frozenset()


async def test_delays_a_little_less_than_the_planner_where_one_machine_is_what_all_wait_for() -> None:
    problem = planned("demand-priorities")
    fresh = replace(problem, baseline=())
    theirs = measures(problem, problem.baseline)

    ours = await SolverScheduler().schedule(fresh, ScoreWeights(), TIME)

    # All orders are late from the start; the planner does one priority after the other, we see who waits for whom.
    assert (theirs.weighted_tardiness, len(late(theirs))) == (Decimal("14980.3637"), 12)
    assert (ours.measures.weighted_tardiness, len(late(ours.measures))) == (Decimal("14759.5342"), 12)
    assert ours.proven_optimal
    assert violations(fresh, ours.plan) == ()


async def test_keeps_an_order_in_time_that_the_planner_has_late_by_moving_one_job() -> None:
    problem = planned("constraints_resource_1")

    ours = await SolverScheduler().schedule(problem, ScoreWeights(), TIME)

    assert late(measures(problem, problem.baseline)) == {"order 5": timedelta(days=1)}
    assert late(ours.measures) == {}
    assert (len(ours.measures.moved), ours.proven_optimal) == (1, True)
