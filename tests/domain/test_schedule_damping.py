"""Small moves trouble nobody, unless they touch what matters."""

from __future__ import annotations

from dataclasses import replace

from domain.schedule.damping import Damping, bottleneck, moves_that_matter
from domain.schedule.problem import Placed, Problem
from tests.domain.shop import MONDAY, at, due, machine, operation, placed

DAMPING = Damping()
SHOP = Problem(
    now=MONDAY,
    machines=(machine("mill"), machine("bench"), machine("twin", work_center="mill")),
    operations=(operation("cut", 2, "mill", "bench", "twin"),),
    commitments=(due("bracket", 60, "1", "cut"),),
    baseline=(placed("cut", 25, 27),),
    frozen_until=at(8),
)


def matter(moved: Placed, problem: Problem = SHOP, bottlenecks: frozenset[str] = frozenset()) -> bool:
    return moves_that_matter(problem, (moved,), bottlenecks, DAMPING) == (moved,)


def test_a_move_within_the_shift_is_not_raised() -> None:
    assert not matter(placed("cut", 30, 32))
    assert not matter(placed("cut", 25, 27))


def test_a_move_of_less_than_four_working_hours_is_not_raised_even_into_the_next_shift() -> None:
    late = replace(SHOP, baseline=(placed("cut", 30, 32),))

    assert not matter(placed("cut", 49, 51), late)
    assert matter(placed("cut", 50, 52), late)


def test_hours_in_which_nobody_works_are_no_move() -> None:
    over_night = replace(SHOP, baseline=(placed("cut", 31, 32),))

    assert not matter(placed("cut", 48, 50), over_night)


def test_a_change_of_work_centre_is_raised_and_one_between_alike_machines_is_not() -> None:
    assert matter(placed("cut", 25, 27, "bench"))
    assert not matter(placed("cut", 26, 28, "twin"))


def test_a_small_move_at_a_bottleneck_is_raised() -> None:
    assert matter(placed("cut", 26, 28), bottlenecks=frozenset({"mill"}))
    assert not matter(placed("cut", 26, 28), bottlenecks=frozenset({"bench"}))


def test_a_small_move_in_the_frozen_window_is_raised() -> None:
    assert matter(placed("cut", 6, 8))
    assert matter(placed("cut", 26, 28), replace(SHOP, frozen_until=at(26)))


def test_a_small_move_that_breaks_a_promise_is_raised_and_one_that_was_broken_before_is_not() -> None:
    tight = replace(SHOP, commitments=(due("bracket", 27, "1", "cut"),))
    lost = replace(SHOP, commitments=(due("bracket", 20, "1", "cut"),))

    assert matter(placed("cut", 26, 28), tight)
    assert not matter(placed("cut", 26, 28), lost)


def test_work_without_a_plan_is_no_move() -> None:
    assert not matter(placed("cut", 25, 27), replace(SHOP, baseline=()))


def test_the_bottleneck_has_least_time_to_spare() -> None:
    work = (operation("cut", 6), operation("polish", 4, "bench"))
    busy = replace(
        SHOP, operations=work, commitments=(), baseline=(placed("cut", 0, 6), placed("polish", 0, 4, "bench"))
    )
    alone = replace(busy, machines=SHOP.machines[:2])

    assert bottleneck(alone) == "mill"
    assert bottleneck(busy) == "bench"
    assert bottleneck(replace(busy, baseline=())) is None
