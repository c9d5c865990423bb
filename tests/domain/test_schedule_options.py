"""What can be done after a disturbance, and what each way to react means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings

from domain.schedule.damping import Damping
from domain.schedule.disturbance import hit, staying
from domain.schedule.options import ScheduleOption, makes_use, option, ranked
from domain.schedule.policy import SchedulePolicy
from domain.schedule.problem import Problem
from domain.schedule.rules import by_rules, dispatch, keep_order
from domain.schedule.variants import Offers, Outside, Variant, outsourced, split, variants, with_extra_shift
from domain.schedule.violations import violations
from tests.domain.shop import HOUR, MONDAY, at, due, machine, operation, placed, problems

POLICY = SchedulePolicy(site="north", effective_from=MONDAY)
WEIGHTS = POLICY.weights
BASELINE = (placed("cut", 0, 4), placed("drill", 4, 6), placed("polish", 26, 28, "bench"), placed("saw", 6, 8))
SHOP = Problem(
    now=MONDAY,
    machines=(machine("mill"), machine("old mill"), machine("bench")),
    operations=(
        operation("cut", 4, "mill", "old mill"),
        operation("drill", 2, "mill"),
        operation("polish", 2, "bench", after="drill"),
        operation("saw", 2, "mill"),
    ),
    commitments=(due("bracket", 8, "10", "cut"), due("plate", 30, "10", "polish"), due("rod", 8, "100", "saw")),
    baseline=BASELINE,
    frozen_until=at(8),
)
DOWN = replace(SHOP, machines=(replace(machine("mill"), unavailable=((at(1), at(3)),)), *SHOP.machines[1:]))
"""The mill is down from seven to nine."""
OFFERS = Offers(
    overtime={"mill": Decimal(60)},
    outside=(Outside("cut", "Weber", timedelta(hours=20), Decimal(150)), Outside("saw", "Weber", HOUR, Decimal(9))),
)


def computed(problem: Problem, offers: Offers = OFFERS, policy: SchedulePolicy = POLICY) -> dict[str, ScheduleOption]:
    found = []
    for variant in variants(problem, offers):
        schedule = by_rules(variant.problem, WEIGHTS)
        if makes_use(problem, variant, schedule.plan):
            found.append(option(problem, variant, schedule, policy))
    return {one.kind: one for one in ranked(found)}


def test_knows_what_a_breakdown_hits_and_what_stays() -> None:
    assert hit(DOWN) == {"cut"}
    assert {name: place.start for name, place in staying(DOWN).items()} == {
        "drill": at(4), "polish": at(26), "saw": at(6),
    }  # fmt: skip


def test_what_can_go_to_an_alike_machine_at_its_time_is_not_hit() -> None:
    twins = tuple(replace(one, work_center="mills") for one in DOWN.machines[:2])

    alike = replace(DOWN, machines=(*twins, DOWN.machines[2]))

    assert hit(alike) == frozenset()
    assert staying(alike)["cut"] == placed("cut", 0, 4, "old mill")


def test_what_waits_for_what_is_hit_is_hit_where_it_would_start_too_early() -> None:
    down = replace(SHOP, machines=(replace(machine("mill"), unavailable=((at(5), at(29)),)), *SHOP.machines[1:]))

    assert hit(down) == {"drill", "polish", "saw"}


def test_nothing_is_hit_where_nothing_happened() -> None:
    assert hit(SHOP) == frozenset()


def test_new_work_is_hit_as_it_has_no_place_yet() -> None:
    assert hit(replace(SHOP, operations=(*SHOP.operations, operation("rush", 1)))) == {"rush"}


def test_offers_every_way_to_react_that_there_is() -> None:
    assert {variant.kind for variant in variants(DOWN, OFFERS)} == {
        "do_nothing", "accept_lateness", "resequence", "alternate", "split", "overtime", "outsource",
    }  # fmt: skip
    assert {variant.kind for variant in variants(DOWN, Offers())} == {
        "do_nothing", "accept_lateness", "resequence", "alternate", "split",
    }  # fmt: skip


def test_to_do_nothing_pushes_back_what_comes_behind() -> None:
    (idle,) = [variant for variant in variants(DOWN, OFFERS) if variant.as_planned]

    assert keep_order(idle.problem) == (
        placed("cut", 0, 6), placed("drill", 6, 8), placed("saw", 24, 26), placed("polish", 26, 28, "bench"),
    )  # fmt: skip


def test_to_accept_lateness_has_only_what_is_hit_wait_and_says_whose_promise_breaks() -> None:
    waits = computed(DOWN)["accept_lateness"]

    assert waits.measures.moved == ("cut",)
    assert [(one.commitment, one.before, one.after) for one in waits.breaks] == [("bracket", at(4), at(28))]
    assert waits.affected == waits.breaks


def test_another_work_centre_takes_over() -> None:
    takes_over = computed(DOWN)["alternate"]

    assert placed("cut", 0, 4, "old mill") in takes_over.schedule.plan
    assert takes_over.breaks == ()


def test_an_extra_shift_follows_the_next_shift_and_costs_by_the_hour() -> None:
    longer = computed(DOWN)["overtime"]

    assert [(shift.machine, shift.start, shift.end, shift.cost) for shift in longer.overtime] == [
        ("mill", at(8), at(10), Decimal(120))
    ]
    assert longer.measures.overtime_cost == 120
    assert longer.overtime_hours == 2


def test_no_extra_shift_is_offered_while_the_machine_is_down_or_works_around_the_clock() -> None:
    long_down = replace(SHOP, machines=(replace(machine("mill"), unavailable=((at(1), at(9)),)), *SHOP.machines[1:]))

    tomorrow = with_extra_shift(long_down, "mill", 2 * HOUR, Decimal(60))
    (night,) = with_extra_shift(SHOP, "mill", 20 * HOUR, Decimal(60)).machine["mill"].extra_shifts

    assert [(shift.start, shift.end) for shift in tomorrow.machine["mill"].extra_shifts] == [(at(32), at(34))]
    assert (night.start, night.end, night.cost) == (at(8), at(24), Decimal(16 * 60))


def test_others_do_only_what_is_hit_at_their_price() -> None:
    mixed, away = (variant.problem for variant in variants(DOWN, OFFERS) if variant.kind == "outsource")

    assert [way.machine for way in mixed.operation["cut"].ways] == ["mill", "Weber for cut"]
    assert [way.machine for way in away.operation["cut"].ways] == ["Weber for cut"]
    assert len(mixed.operation["saw"].ways) == len(away.operation["saw"].ways) == 1
    assert computed(DOWN)["outsource"].measures.outsourcing_cost == 150


def test_a_plan_that_does_not_do_what_an_option_is_about_is_none() -> None:
    late_shift = with_extra_shift(DOWN, "bench", HOUR, Decimal(60))

    unused = Variant("overtime", "The bench works longer.", late_shift)

    assert not makes_use(DOWN, unused, keep_order(late_shift))
    assert not makes_use(DOWN, Variant("alternate", "", DOWN), BASELINE)
    assert not makes_use(DOWN, Variant("outsource", "", DOWN), BASELINE)


def test_work_in_two_lots_is_done_on_two_machines_at_once_and_the_second_follows_the_first() -> None:
    work = (operation("cut", 4, "mill", "old mill"), operation("polish", 4, "bench", after="cut"))
    whole = Problem(MONDAY, SHOP.machines, work, (due("bracket", 5, "10", "polish"),))

    lots = split(whole, frozenset({"cut", "polish"}))

    assert dispatch(lots) == (
        placed("cut (1)", 0, 2), placed("cut (2)", 0, 2, "old mill"),
        placed("polish (1)", 2, 4, "bench"), placed("polish (2)", 4, 6, "bench"),
    )  # fmt: skip
    assert lots.commitments[0].operations == ("polish (1)", "polish (2)")


@given(problems())
@settings(max_examples=60, deadline=None)
def test_lots_make_up_the_whole_and_nothing_starts_before_all_it_waits_for(problem: Problem) -> None:
    names = frozenset(one.name for one in problem.operations if one.pinned_at is None and len(one.ways) > 1)

    lots = split(problem, names)

    assert violations(lots, dispatch(lots)) == ()
    for name in names:
        whole, parts = problem.operation[name], (lots.operation[f"{name} (1)"], lots.operation[f"{name} (2)"])
        for number, way in enumerate(whole.ways):
            assert sum(part.ways[number].minutes for part in parts) == way.minutes


def test_options_are_ranked_by_score_with_all_measures_and_each_kind_once() -> None:
    found = list(computed(DOWN).values())

    assert [one.score for one in found] == sorted(one.score for one in found)
    assert all(one.score == one.measures.score(WEIGHTS) for one in found)
    assert len({one.kind for one in found}) == len(found)


@given(problems())
@settings(max_examples=60, deadline=None)
def test_the_plan_of_every_option_can_be_carried_out(problem: Problem) -> None:
    disturbed = replace(problem, baseline=dispatch(problem), machines=problem.machines)
    offers = Offers(
        overtime={"any": Decimal(50), "mill": Decimal(50)},
        extra_shifts=(2 * HOUR,),
        outside=tuple(Outside(one.name, "Weber", HOUR, Decimal(10)) for one in problem.operations),
    )

    for variant in variants(disturbed, offers):
        plan = by_rules(variant.problem, WEIGHTS).plan
        assert violations(variant.problem, plan) == ()


def test_what_others_would_do_is_done_beside_all_machines() -> None:
    away = outsourced(SHOP, [Outside("saw", "Weber", HOUR, Decimal(9))])

    assert placed("saw", 0, 1, "Weber for saw") in dispatch(away)


def test_tells_what_each_measure_adds_to_the_score() -> None:
    for found in computed(DOWN).values():
        assert sum(found.parts.values()) == found.score


def test_a_move_into_the_next_shift_matters_by_how_much_work_it_is_at_the_site() -> None:
    planned = (*BASELINE[:2], placed("polish", 30, 32, "bench"), BASELINE[3])
    late = replace(SHOP.operation["polish"], release=at(48))
    work = (*SHOP.operations[:2], late, SHOP.operations[3])
    quiet = replace(SHOP, operations=work, commitments=(), baseline=planned)
    strict = POLICY.model_copy(update={"damping": Damping(least_move=2 * HOUR)})

    usual, told = computed(quiet)["do_nothing"], computed(quiet, policy=strict)["do_nothing"]

    assert usual.measures.moved == told.measures.moved == ("polish",)
    assert (usual.matters, told.matters) == ((), ("polish",))


def test_production_may_take_alone_what_only_reorders_the_frozen_window_and_breaks_no_promise() -> None:
    calm = replace(DOWN, commitments=(), frozen_until=at(48))
    beyond, tight = replace(calm, frozen_until=at(1)), replace(calm, commitments=(due("bracket", 4, "1", "cut"),))

    local = {kind for kind, found in computed(calm).items() if found.local}

    assert {"do_nothing", "resequence"} <= local <= {"do_nothing", "accept_lateness", "resequence"}
    assert not any(found.local for found in computed(beyond).values())
    assert not any(found.local for found in computed(tight).values())
