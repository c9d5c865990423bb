"""Plans by rules can be carried out, and a plan that cannot is found out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import NeverWorking, WorkingCalendar
from domain.schedule.board import Board
from domain.schedule.measures import ScoreWeights
from domain.schedule.problem import ExtraShift, ImpossibleProblem, Machine, OpenOperation, Plan, Problem, Way
from domain.schedule.rules import by_rules, dispatch, disturb_least, keep_order
from domain.schedule.violations import Rule, violations
from tests.domain.shop import ALWAYS, HOUR, MONDAY, at, due, machine, operation, placed, problems

SHOP = Problem(
    now=MONDAY,
    machines=(machine("mill"), machine("lathe")),
    operations=(
        operation("turn", 2, "lathe"),
        operation("cut", 3, "mill", after="turn"),
        operation("drill", 4, "mill"),
    ),
    commitments=(due("bracket", 6, "1", "cut"), due("plate", 30, "1", "drill")),
)
GOOD = (placed("turn", 0, 2, "lathe"), placed("cut", 2, 5), placed("drill", 5, 25))


# What rules make


@given(problems())
@settings(max_examples=200, deadline=None)
def test_a_plan_by_any_rule_can_be_carried_out(problem: Problem) -> None:
    assert violations(problem, keep_order(problem)) == ()
    assert violations(problem, dispatch(problem)) == ()
    assert violations(problem, disturb_least(problem)) == ()


@given(problems())
@settings(deadline=None)
def test_the_same_problem_has_the_same_plan(problem: Problem) -> None:
    again = replace(problem, machines=problem.machines)

    assert by_rules(problem, ScoreWeights()) == by_rules(again, ScoreWeights())


@given(problems())
@settings(deadline=None)
def test_a_plan_that_can_be_carried_out_is_left_as_it_is(problem: Problem) -> None:
    undisturbed = replace(problem, baseline=dispatch(problem))

    schedule = by_rules(undisturbed, ScoreWeights(setup_minute=Decimal(0)))

    assert {place.operation: place.start for place in keep_order(undisturbed)} == {
        place.operation: place.start for place in undisturbed.baseline
    }
    assert schedule.measures.frozen_changes == ()


def test_the_pause_over_night_is_no_time_of_the_operation() -> None:
    drilled_first = (placed("drill", 0, 4), placed("turn", 0, 2, "lathe"), placed("cut", 4, 7))

    assert dispatch(SHOP) == drilled_first
    assert dispatch(replace(SHOP, operations=(*SHOP.operations[:2], operation("drill", 7)))) == (
        placed("drill", 0, 7), placed("turn", 0, 2, "lathe"), placed("cut", 7, 26),
    )  # fmt: skip


def test_what_waits_behind_a_breakdown_starts_when_it_is_over_or_when_there_is_time() -> None:
    down = replace(machine("mill"), unavailable=((at(0), at(3)),))
    disturbed = replace(SHOP, machines=(down, machine("lathe")), baseline=GOOD)

    assert keep_order(disturbed) == (GOOD[0], placed("cut", 3, 6), placed("drill", 6, 26))
    assert disturb_least(disturbed) == (GOOD[0], GOOD[2], placed("cut", 25, 28))


def test_what_is_running_pauses_while_its_machine_is_down() -> None:
    down = replace(machine("mill"), unavailable=((at(1), at(4)),))
    running = OpenOperation("drill", (Way("mill", 120),), pinned_at=at(0))

    assert dispatch(Problem(at(1), (down,), (running,))) == (placed("drill", 0, 5),)


def test_work_goes_on_in_an_extra_shift() -> None:
    late = replace(machine("mill"), extra_shifts=(ExtraShift(at(8), at(12), Decimal(200)),))

    assert dispatch(Problem(MONDAY, (late,), (operation("drill", 10),))) == (placed("drill", 0, 10),)


def test_the_more_urgent_goes_first_and_urgency_counts_by_weight() -> None:
    mill = (machine("mill"),)
    work = (operation("slow", 4), operation("dear", 4))

    assert dispatch(Problem(MONDAY, mill, work, (due("slow", 4), due("dear", 5, "10")))) == (
        placed("dear", 0, 4),
        placed("slow", 4, 8),
    )


def test_small_work_goes_into_a_gap_unless_it_costs_who_comes_next_a_set_up() -> None:
    def shop(family: str) -> Board:
        bolts = Way("mill", 60, 30)
        first = OpenOperation("first", (bolts,), family="bolts", pinned_at=at(0))
        second = OpenOperation("second", (bolts,), family="bolts", pinned_at=at(4))
        small = OpenOperation("small", (Way("mill", 60, 30),), family=family)
        return Board(Problem(MONDAY, (machine("mill"),), (first, second, small)))

    def start(board: Board, family: str) -> object:
        small = OpenOperation("small", (Way("mill", 60, 30),), family=family)
        return board.room(small, small.ways[0], MONDAY).start

    assert start(shop("bolts"), "bolts") == at(1.5)
    assert start(shop("nuts"), "nuts") == at(5)


# What cannot be


BROKEN: dict[Rule, Plan] = {
    Rule.EVERY_OPERATION_ONCE: GOOD[1:],
    Rule.MACHINE_CAN: (placed("turn", 0, 2, "mill"), *GOOD[1:]),
    Rule.ONE_AT_A_TIME: (*GOOD[:2], placed("drill", 4, 24)),
    Rule.WORKING_TIME: (*GOOD[:2], placed("drill", 9, 28)),
    Rule.LONG_ENOUGH: (*GOOD[:2], placed("drill", 5, 24)),
    Rule.NOT_BEFORE: GOOD,
    Rule.IN_ORDER: (placed("turn", 1, 3, "lathe"), *GOOD[1:]),
    Rule.STAYS: (placed("turn", 1, 3, "lathe"), placed("cut", 3, 6), placed("drill", 6, 26)),
}


def test_a_good_plan_breaks_no_rule() -> None:
    assert violations(SHOP, GOOD) == ()


@pytest.mark.parametrize("rule", Rule)
def test_each_way_a_plan_can_be_wrong_is_found_and_nothing_else(rule: Rule) -> None:
    turning, *others = SHOP.operations
    stays = replace(turning, pinned_at=at(0)) if rule is Rule.STAYS else turning
    shop = replace(SHOP, now=at(1) if rule is Rule.NOT_BEFORE else MONDAY, operations=(stays, *others))

    found = violations(shop, BROKEN[rule])

    assert {violation.rule for violation in found} == {rule}


def test_an_operation_planned_twice_or_unknown_is_found() -> None:
    found = violations(SHOP, (*GOOD, placed("drill", 25, 29), placed("paint", 29, 30)))

    assert [violation.because for violation in found] == [
        "drill is planned 2 times and has to be done once.",
        "paint is planned 1 times and has to be done not at all.",
    ]


def test_work_may_not_go_on_while_the_machine_is_down() -> None:
    down = replace(machine("mill"), unavailable=((at(6), at(7)),))

    (found,) = violations(replace(SHOP, machines=(down, machine("lathe"))), GOOD)

    assert found.because == "drill takes 4:00:00 on mill and is given 3:00:00."


@given(problems(), st.data())
@settings(deadline=None)
def test_no_operation_can_be_moved_before_what_it_waits_for(problem: Problem, data: st.DataObject) -> None:
    plan = dispatch(problem)
    ends = {place.operation: place.end for place in plan}
    waiting = [place for place in plan if problem.operation[place.operation].after]
    if not waiting:
        return
    moved = data.draw(st.sampled_from(waiting))
    too_early = max(ends[name] for name in problem.operation[moved.operation].after) - timedelta(minutes=1)

    broken = violations(problem, (*(p for p in plan if p != moved), moved.model_copy(update={"start": too_early})))

    assert Rule.IN_ORDER in {violation.rule for violation in broken}


# Problems that contradict themselves


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"operations": (operation("cut", 1, "saw"),)}, "one way or more"),
        ({"operations": (operation("cut", 0),)}, "less than a minute"),
        ({"operations": (operation("cut", 1, after="turn"),)}, "waits for turn"),
        ({"operations": (operation("a", 1, after="b"), operation("b", 1, after="a"))}, "wait for each other"),
        ({"commitments": (due("bracket", 1, "1", "polish"),)}, "not known"),
        ({"machines": (machine("mill"), machine("mill"), machine("lathe"))}, "one name"),
        ({"now": MONDAY + timedelta(seconds=1)}, "whole minutes"),
    ],
)
def test_refuses_a_problem_that_contradicts_itself(change: dict[str, object], because: str) -> None:
    bare = {"operations": SHOP.operations, "commitments": ()} | change

    with pytest.raises(ImpossibleProblem, match=because):
        replace(SHOP, **bare)  # type: ignore[arg-type]


def test_refuses_two_that_are_running_on_one_machine() -> None:
    both = tuple(OpenOperation(name, (Way("mill", 60),), pinned_at=at(0)) for name in ("cut", "drill"))

    with pytest.raises(ImpossibleProblem, match="both to be on mill"):
        dispatch(Problem(MONDAY, (machine("mill"),), both))


def test_says_of_a_machine_that_never_works_that_it_does_not() -> None:
    idle = Machine("mill", "mill", WorkingCalendar(name="closed", zone="UTC"))

    with pytest.raises(NeverWorking, match="closed"):
        dispatch(Problem(MONDAY, (idle,), (operation("cut", 1),)))


def test_a_machine_works_when_its_calendar_or_an_extra_shift_says_and_nothing_keeps_it() -> None:
    busy = Machine(
        "mill", "mill", machine("mill").calendar,
        unavailable=((at(2), at(3)), (at(7), at(9))),
        extra_shifts=(ExtraShift(at(8), at(11), Decimal(0)), ExtraShift(at(12), at(13), Decimal(0))),
    )  # fmt: skip
    around_the_clock = Machine("oven", "oven", ALWAYS, unavailable=((at(-1), at(30)),))

    assert list(busy.spans(at(1), at(25))) == [
        (at(1), at(2)), (at(3), at(7)), (at(9), at(11)), (at(12), at(13)), (at(24), at(25)),
    ]  # fmt: skip
    assert list(around_the_clock.spans(at(0), at(31))) == [(at(30), at(30) + HOUR)]
