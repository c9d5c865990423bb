"""Whether what was decided still stands when it is about to be written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.option import Delivery, Disturbed, Moved, NewSupply, Option, Proposal, still_stands

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)


def day(number: float) -> datetime:
    return NOW + timedelta(days=number)


def delivery(quantity: str, at: float) -> Delivery:
    return Delivery(at=day(at), quantity=Decimal(quantity), item="PUMP", site="north")


def disturbed(order: str, new_at: float = 14) -> Disturbed:
    return Disturbed(order=order, line="10", customer="BOLT", promised_at=day(13), new_at=day(new_at))


def supply(kind: str, item: str) -> NewSupply:
    return NewSupply(
        kind=kind, site="north", item=item, quantity=Decimal(2), starts_at=day(0), at=day(5), source="Foundry",
        cost=Decimal(0),
    )  # fmt: skip


def option(**said: Any) -> Option:
    """Fourteen pumps in twelve days for 450, unless *said* otherwise."""
    usual: dict[str, Any] = {
        "name": "expedite", "title": "Expedite the purchases", "deliveries": (delivery("14", 12),),
        "cost": Decimal(450), "supply": (supply("expedite", "HOUSING"),), "expires_at": day(1),
    }  # fmt: skip
    return Option(**usual | said)


def test_what_did_not_change_stands() -> None:
    assert still_stands(option(), option()) == ()


def test_what_is_gone_does_not_stand() -> None:
    assert still_stands(option(), None) == ("Expedite the purchases is no longer possible.",)


def test_what_became_impossible_says_why() -> None:
    now = option(feasible=False, because=("The foundry is closed.",))

    assert still_stands(option(), now) == ("The foundry is closed.",)


def test_what_became_impossible_for_no_known_reason_says_at_least_that() -> None:
    assert still_stands(option(), option(feasible=False)) == ("Expedite the purchases is no longer possible.",)


@pytest.mark.parametrize("quantity", ["13.9999", "14.0001"])
def test_not_a_piece_more_or_less_may_be_delivered(quantity: str) -> None:
    now = option(deliveries=(delivery(quantity, 12),))

    assert still_stands(option(), now) == ("The quantity that can be delivered changed.",)


def test_the_same_quantity_in_other_parts_is_the_same_quantity() -> None:
    now = option(deliveries=(delivery("10", 11), delivery("4", 12)))

    assert still_stands(option(), now) == ()


@pytest.mark.parametrize(
    ("first", "at", "stands"), [("13", 12.5, True), ("14", 12, True), ("12", 12, False), ("13", 13, False)]
)
def test_no_less_may_come_with_the_first_of_two_deliveries(first: str, at: float, stands: bool) -> None:
    chosen = option(deliveries=(delivery("13", 12), delivery("2", 20)))
    now = option(deliveries=(delivery(first, at), delivery(str(15 - int(first)), 20)))

    assert still_stands(chosen, now) == (() if stands else ("Less can be delivered by 2026-10-17.",))


@pytest.mark.parametrize(("later", "stands"), [(-3, True), (0.99, True), (1, False)])
def test_the_last_delivery_may_move_by_less_than_a_day(later: float, stands: bool) -> None:
    now = option(deliveries=(delivery("14", 12 + later),))

    assert (still_stands(option(), now) == ()) is stands


@pytest.mark.parametrize(("cost", "stands"), [("0", True), ("472.5", True), ("472.51", False)])
def test_it_may_cost_a_twentieth_more(cost: str, stands: bool) -> None:
    assert (still_stands(option(), option(cost=Decimal(cost))) == ()) is stands


def test_what_cost_nothing_may_not_cost_anything_now() -> None:
    found = still_stands(option(cost=Decimal(0)), option(cost=Decimal("0.01")))

    assert found == ("The cost rose from 0 to 0.01.",)


def test_nobody_else_may_be_disturbed_than_those_it_was_agreed_for() -> None:
    chosen = option(disturbed=(disturbed("SO-3"),))

    assert still_stands(chosen, option()) == ()
    assert still_stands(chosen, option(disturbed=(disturbed("SO-3", new_at=13.5),))) == ()
    assert still_stands(chosen, option(disturbed=(disturbed("SO-3"), disturbed("SO-9")))) == (
        "It now also disturbs SO-9:10.",
    )


def test_nothing_else_may_have_to_be_made_or_bought() -> None:
    now = option(supply=(supply("expedite", "HOUSING"), supply("buy", "SEAL")))

    assert still_stands(option(), now) == ("It now also takes buy SEAL.",)


def test_no_less_may_lie_in_stock_for_it() -> None:
    chosen = option(from_stock=Decimal(5))

    assert still_stands(chosen, option(from_stock=Decimal(6))) == ()
    assert still_stands(chosen, option(from_stock=Decimal(4))) == ("Only 4 of 5 are in stock for it now.",)


def test_every_difference_is_told() -> None:
    now = option(deliveries=(delivery("12", 15),), cost=Decimal(900))

    assert still_stands(option(), now) == (
        "The quantity that can be delivered changed.",
        "The last delivery moved from 2026-10-17 09:00 to 2026-10-20 09:00 UTC.",
        "The cost rose from 450 to 900.",
    )


quantities = st.integers(1, 20).map(str)
options = st.builds(
    option,
    deliveries=st.lists(st.builds(delivery, quantities, st.integers(0, 30)), max_size=3).map(tuple),
    cost=st.integers(0, 1000).map(Decimal),
    disturbed=st.lists(st.builds(disturbed, st.sampled_from(["SO-3", "SO-9"])), max_size=2).map(tuple),
)


@given(options)
def test_whatever_it_is_it_stands_as_long_as_nothing_moved(chosen: Option) -> None:
    assert still_stands(chosen, chosen) == ()


@given(options, options, st.integers(0, 10), st.integers(0, 100))
def test_what_stands_still_stands_when_more_is_tolerated(chosen: Option, now: Option, days: int, percent: int) -> None:
    strict = still_stands(chosen, now)

    tolerant = still_stands(
        chosen,
        now,
        cost_tolerance=Decimal("0.05") + Decimal(percent) / 100,
        date_tolerance=timedelta(days=1 + days),
    )

    assert set(tolerant) <= set(strict)


def test_only_a_later_date_breaks_a_promise() -> None:
    assert not disturbed("SO-3", new_at=13).breaks_promise
    assert disturbed("SO-3", new_at=13.01).breaks_promise
    assert not option(disturbed=(disturbed("SO-3", new_at=13),)).promises_broken
    assert option(disturbed=(disturbed("SO-3", new_at=13), disturbed("SO-9"))).promises_broken


def test_knows_no_option_that_was_not_proposed() -> None:
    with pytest.raises(KeyError, match="expedite"):
        Proposal().option("expedite")


@pytest.mark.parametrize(
    ("now", "because"),
    [
        ({"moves": (Moved(job="J-2", ends_at=day(4.9)),)}, ()),
        ({"moves": (Moved(job="J-2", ends_at=day(5)),)}, ("J-2 would now end at 2026-10-10 09:00 UTC.",)),
        ({"moves": (Moved(job="J-2", ends_at=day(4)), Moved(job="J-9", ends_at=day(4)))}, ("It now also moves J-9.",)),
        ({"moves": ()}, ()),
    ],
)
def test_no_other_job_may_move_and_none_a_day_later(now: dict[str, Any], because: tuple[str, ...]) -> None:
    chosen = option(moves=(Moved(job="J-2", ends_at=day(4)),))

    assert still_stands(chosen, option(**now)) == because


def test_what_was_kept_before_anybody_looked_at_the_jobs_stands_whatever_moves() -> None:
    assert still_stands(option(), option(moves=(Moved(job="J-9", ends_at=day(4)),), about="1")) == ()


def test_nobody_who_is_disturbed_may_have_it_a_day_later() -> None:
    chosen = option(disturbed=(disturbed("SO-3", new_at=14),))

    assert still_stands(chosen, option(disturbed=(disturbed("SO-3", new_at=14.9),))) == ()
    assert len(still_stands(chosen, option(disturbed=(disturbed("SO-3", new_at=15),)))) == 1


def test_what_it_rests_on_is_as_it_was_shown() -> None:
    shown = option(rests_on={"quantity": "100", "good_through": "no end"})

    assert still_stands(shown, option(rests_on={"good_through": "no end", "quantity": "100"})) == ()
    assert still_stands(shown, option(rests_on={"quantity": "90"})) == (
        "Quantity: 100; now 90.",
        "Good through: no end; now nobody knows.",
    )


def test_what_was_kept_before_it_was_said_what_it_rests_on_stands_and_is_kept_as_it_was() -> None:
    kept = option()

    assert still_stands(kept, option(rests_on={"quantity": "90"})) == ()
    assert "rests_on" not in kept.model_dump(mode="json")


def test_what_leaves_may_not_be_something_else() -> None:
    assert still_stands(option(about="1"), option(about="2")) == (
        "Expedite the purchases: what it is about has changed.",
    )


def test_what_nobody_can_take_over_any_more_does_not_stand() -> None:
    moved = Moved(job="J-2", ends_at=day(5), taken_over_by=("SPARE", "Weber"))
    elsewhere = moved.model_copy(update={"taken_over_by": ("MILL",)})

    assert still_stands(option(moves=(moved,)), option(moves=(elsewhere,), closed=("LATHE",))) == ()
    assert still_stands(option(moves=(moved,)), option(moves=(elsewhere,), closed=("SPARE",))) == (
        "SPARE cannot take over J-2 any more.",
    )
