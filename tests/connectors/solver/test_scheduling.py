"""The solver's plans: as good as can be, never worse than the rules', and never in anybody's way."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations, product

import pytest
from hypothesis import given, settings

from benchmarks.jobshop import JobShop, instances, makespan
from connectors.solver.scheduling import RuleScheduler, SolverScheduler
from domain.schedule.board import Board
from domain.schedule.measures import ScoreWeights, measures
from domain.schedule.problem import OpenOperation, Plan, Problem, Way
from domain.schedule.rules import by_rules
from domain.schedule.schedule import Schedule
from domain.schedule.violations import violations
from tests.domain.shop import MONDAY, due, machine, operation, placed, problems

EASY = ("ft06", "la01", "la03", "la05", "la06")
WEIGHTS = ScoreWeights()
by_solver = SolverScheduler()
FIVE_SECONDS = timedelta(seconds=5)


def solved(problem: Problem, weights: ScoreWeights = WEIGHTS) -> Schedule:
    return asyncio.run(by_solver.schedule(problem, weights, FIVE_SECONDS))


def plans(problem: Problem) -> Iterator[Plan]:
    """Plans in every order and way, each operation at once, as planned, behind the frozen window or behind the last."""
    free = [candidate for candidate in problem.operations if candidate.pinned_at is None]
    for order in permutations(free):
        place = {candidate.name: number for number, candidate in enumerate(order)}
        if any(place.get(name, -1) > place[candidate.name] for candidate in order for name in candidate.after):
            continue
        choices = [[(way, moment) for way in one.ways for moment in _starts(problem, one)] for one in order]
        for chosen in product(*choices):
            board = Board(problem)
            for candidate, (way, moment) in zip(order, chosen, strict=True):
                last = max((done.end for done in board.plan if done.machine == way.machine), default=MONDAY)
                board.place(candidate, board.room(candidate, way, max(board.ready(candidate), moment or last)))
            yield board.plan


def _starts(problem: Problem, operation: OpenOperation) -> set[datetime | None]:
    planned = problem.planned.get(operation.name)
    return {problem.now, problem.frozen_until or problem.now, planned.start if planned else problem.now, None}


@given(problems(most=3, most_machines=2))
@settings(max_examples=40, deadline=None)
def test_no_plan_scores_better_than_the_one_that_is_proven_best(problem: Problem) -> None:
    schedule = solved(problem)

    assert schedule.proven_optimal
    assert violations(problem, schedule.plan) == ()
    best = min(measures(problem, plan).score(WEIGHTS) for plan in plans(problem))
    assert schedule.measures.score(WEIGHTS) <= best + Decimal("0.01")


@given(problems(most=8))
@settings(max_examples=40, deadline=None)
def test_a_plan_by_the_solver_can_be_carried_out_and_is_no_worse_than_by_rules(problem: Problem) -> None:
    schedule = solved(problem)

    assert violations(problem, schedule.plan) == ()
    assert schedule.measures.score(WEIGHTS) <= by_rules(problem, WEIGHTS).measures.score(WEIGHTS)
    assert schedule.measures == measures(problem, schedule.plan)


SHOP = Problem(
    now=MONDAY,
    machines=(machine("mill"), machine("lathe")),
    operations=(operation("long", 4), operation("first", 1, "lathe"), operation("dear", 2, after="first")),
    commitments=(due("plate", 8, "1", "long"), due("bracket", 3, "100", "dear")),
    baseline=(placed("long", 0, 4), placed("first", 0, 1, "lathe"), placed("dear", 4, 6)),
)
"""The rules begin what is there, or leave what is planned; either way what is dear comes late."""


def test_keeps_a_machine_free_for_what_is_dear_where_the_rules_do_not() -> None:
    by_rule, schedule = by_rules(SHOP, WEIGHTS), solved(SHOP)

    assert by_rule.measures.weighted_tardiness > 0
    assert schedule.measures.weighted_tardiness == 0
    assert (schedule.made_by, schedule.proven_optimal) == ("solver", True)


def test_says_that_the_plan_by_rules_is_best_where_nothing_is_better() -> None:
    schedule = solved(replace(SHOP, commitments=()))

    assert (schedule.made_by, schedule.proven_optimal) == ("rules", True)


def test_brings_one_family_together_where_set_ups_cost_more_than_moving() -> None:
    def work(name: str, family: str) -> OpenOperation:
        return OpenOperation(name, (Way("mill", 60, 60),), family=family)

    mixed = Problem(
        MONDAY,
        (machine("mill"),),
        (work("a", "bolts"), work("b", "nuts"), work("c", "bolts"), work("d", "nuts")),
        baseline=tuple(placed(name, start, start + 2) for start, name in ((0, "a"), (2, "b"), (4, "c"), (6, "d"))),
    )

    costly = solved(mixed, ScoreWeights(setup_minute=Decimal(1)))
    cheap = solved(mixed, ScoreWeights(setup_minute=Decimal("0.001")))

    assert costly.measures.setup_minutes == 120
    assert (cheap.measures.setup_minutes, cheap.measures.moved) == (240, ())


@pytest.mark.parametrize("shop", [shop for shop in instances() if shop.name in EASY], ids=lambda shop: shop.name)
def test_proves_known_job_shops_at_their_known_optimum(shop: JobShop) -> None:
    schedule = asyncio.run(by_solver.schedule(shop.problem, WEIGHTS, timedelta(seconds=60)))

    assert violations(shop.problem, schedule.plan) == ()
    assert (makespan(schedule), schedule.proven_optimal) == (shop.optimum, True)


def test_says_how_far_a_plan_is_at_most_from_the_best_where_time_ran_out() -> None:
    (hard,) = (shop for shop in instances() if shop.name == "ft10")

    solved(SHOP)  # loads the solver, which may take all the time there is

    schedule = asyncio.run(by_solver.schedule(hard.problem, WEIGHTS, timedelta(seconds=4)))

    assert schedule.gap is not None
    score, rounded = schedule.measures.score(WEIGHTS), Decimal("0.0001")
    assert score * (1 - schedule.gap) - rounded <= Decimal(hard.optimum) / (24 * 60) <= score + rounded


async def test_others_go_on_while_it_searches() -> None:
    (hard,) = (shop for shop in instances() if shop.name == "ft10")
    searching = asyncio.create_task(by_solver.schedule(hard.problem, WEIGHTS, timedelta(seconds=1)))
    turns = 0
    while not searching.done():
        turns += 1
        await asyncio.sleep(0)

    # A search that held everybody up would leave a handful, before and behind it.
    assert turns > 1000


async def test_goes_by_the_rules_where_the_solver_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "connectors.solver.schedule_model", raising=False)
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)

    schedule = await SolverScheduler().schedule(SHOP, WEIGHTS, FIVE_SECONDS)

    assert schedule == by_rules(SHOP, WEIGHTS)
    assert (schedule.made_by, schedule.proven_optimal) == ("rules", False)


async def test_goes_by_the_rules_where_there_is_no_time_to_search() -> None:
    schedule = await by_solver.schedule(SHOP, WEIGHTS, timedelta(0))

    assert schedule == await RuleScheduler().schedule(SHOP, WEIGHTS, timedelta(0))


async def test_ends_the_search_when_nobody_waits_for_it_any_more() -> None:
    searching = asyncio.create_task(by_solver.schedule(SHOP, WEIGHTS, timedelta(seconds=60)))
    await asyncio.sleep(0)
    searching.cancel()

    with pytest.raises(asyncio.CancelledError):
        await searching
