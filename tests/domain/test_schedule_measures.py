"""What a plan is worth, measure by measure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from domain.schedule.measures import ScoreWeights, measures
from domain.schedule.problem import ExtraShift, Machine, OpenOperation, Problem, Way
from tests.domain.shop import MONDAY, at, due, machine, operation, placed

BASELINE = (placed("cut", 0, 2), placed("drill", 2, 4), placed("turn", 30, 32, "lathe"))
SHOP = Problem(
    now=MONDAY,
    machines=(machine("mill"), machine("lathe")),
    operations=(operation("cut", 2), operation("drill", 2, "mill", "lathe"), operation("turn", 2, "lathe")),
    commitments=(due("bracket", 4, "10", "cut", "drill"), due("plate", 48, "1", "turn")),
    baseline=BASELINE,
    frozen_until=at(8),
)


def test_a_plan_that_is_kept_costs_nothing() -> None:
    worth = measures(SHOP, BASELINE)

    assert worth.score(ScoreWeights()) == 0
    assert (worth.moved, worth.frozen_changes, worth.setup_minutes) == ((), (), 0)
    assert [kept.lateness for kept in worth.kept] == [timedelta(0), timedelta(0)]


def test_a_commitment_is_late_with_its_last_operation_and_counts_by_weight_and_calendar_day() -> None:
    worth = measures(SHOP, (BASELINE[0], placed("drill", 26, 28), BASELINE[2]))

    assert [kept.lateness for kept in worth.kept] == [timedelta(days=1), timedelta(0)]
    assert worth.weighted_tardiness == 10


def test_to_leave_enter_or_move_within_the_frozen_window_is_a_change_in_it() -> None:
    leaves = measures(SHOP, (BASELINE[0], placed("drill", 24, 26), BASELINE[2]))
    enters = measures(SHOP, (*BASELINE[:2], placed("turn", 0, 2, "lathe")))
    within = measures(SHOP, (BASELINE[0], placed("drill", 2, 4, "lathe"), BASELINE[2]))
    beyond = measures(SHOP, (*BASELINE[:2], placed("turn", 24, 26, "lathe")))

    assert [worth.frozen_changes for worth in (leaves, enters, within, beyond)] == [
        ("drill",),
        ("turn",),
        ("drill",),
        (),
    ]
    assert [worth.moved for worth in (leaves, enters, within, beyond)] == [("drill",), ("turn",), ("drill",), ("turn",)]


def test_new_work_does_not_move_but_changes_the_frozen_window_it_enters() -> None:
    rush = replace(SHOP, operations=(*SHOP.operations, operation("rush", 1)))

    worth = measures(rush, (*BASELINE, placed("rush", 4, 5)))

    assert worth.moved == ()
    assert worth.frozen_changes == ("rush",)
    assert measures(rush, (*BASELINE, placed("rush", 24, 25))).frozen_changes == ()


def test_to_go_to_another_machine_of_the_work_centre_is_no_move() -> None:
    twins = (machine("mill", work_center="mills"), machine("lathe", work_center="mills"))

    worth = measures(replace(SHOP, machines=twins), (BASELINE[0], placed("drill", 2, 4, "lathe"), BASELINE[2]))

    assert worth.moved == ()


def test_a_set_up_counts_unless_the_machine_comes_from_the_same_family() -> None:
    bolt, nut = ("bolt", "nut")
    work = tuple(
        OpenOperation(name, (Way("mill", 60, 30),), family=family)
        for name, family in (("a", bolt), ("b", bolt), ("c", nut), ("d", None), ("e", None))
    )
    shop = Problem(MONDAY, (machine("mill"),), work)

    together = tuple(placed(name, start, start + 1.5) for start, name in enumerate("abcde"))
    apart = tuple(placed(name, start, start + 1.5) for start, name in enumerate("acbde"))

    assert measures(shop, together).setup_minutes == 4 * 30
    assert measures(shop, apart).setup_minutes == 5 * 30


def test_extra_shifts_and_work_done_by_others_cost_what_they_cost() -> None:
    late = replace(machine("mill"), extra_shifts=(ExtraShift(at(8), at(12), Decimal(200)),))
    away = Machine("away", "away", late.calendar)
    work = (replace(operation("drill", 2), ways=(Way("mill", 120), Way("away", 600, cost=Decimal(90)))),)

    inside = measures(Problem(MONDAY, (late, away), work), (placed("drill", 0, 2),))
    outside = measures(Problem(MONDAY, (late, away), work), (placed("drill", 0, 26, "away"),))

    assert (inside.overtime_cost, inside.outsourcing_cost) == (Decimal(200), Decimal(0))
    assert (outside.overtime_cost, outside.outsourcing_cost) == (Decimal(200), Decimal(90))


def test_the_score_adds_up_the_measures_by_their_weights() -> None:
    late = replace(machine("mill"), extra_shifts=(ExtraShift(at(8), at(12), Decimal(200)),))
    first, *others = SHOP.operations
    set_up = replace(first, ways=(Way("mill", 90, 30, cost=Decimal(100)),))
    shop = replace(SHOP, machines=(late, machine("lathe")), operations=(set_up, *others))
    weights = ScoreWeights(
        frozen_change=Decimal(1000), moved=Decimal(100), setup_minute=Decimal("0.1"), money=Decimal("0.001")
    )

    worth = measures(shop, (BASELINE[0], placed("drill", 26, 28), BASELINE[2]))

    assert worth.score(weights) == 10 + 1000 + 100 + 3 + Decimal("0.3")
