"""What may be promised: the published vector, and that no promise is ever paid for by another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.availability import Availability, Demand, NegativeQuantity, Portion, Shortfall, Supply

MONDAY = datetime(2026, 10, 5, tzinfo=UTC)
RECEIPTS = [0, 60, 0, 0, 50, 0]
COMMITMENTS = [25, 30, 10, 15, 35, 30]


def period(number: int) -> datetime:
    return MONDAY + timedelta(days=number - 1)


def in_periods(on_hand: int, receipts: list[int], commitments: list[int]) -> Availability:
    """One day to a period; a period without receipt has none, not one of zero."""
    return Availability(
        Decimal(on_hand),
        tuple(Supply(period(p), Decimal(q), f"PO-{p}") for p, q in enumerate(receipts, 1) if q),
        tuple(Demand(period(p), Decimal(q), f"SO-{p}", 1) for p, q in enumerate(commitments, 1) if q),
    )


PUBLISHED = in_periods(40, RECEIPTS, COMMITMENTS)
PERIODS = [period(number) for number in range(1, 7)]


def test_projected_on_hand_follows_receipts_and_commitments() -> None:
    assert [PUBLISHED.projected(at) for at in PERIODS] == [15, 45, 35, 20, 35, 5]
    assert PUBLISHED.projected(period(0)) == 40


def test_cumulative_availability_is_the_least_projected_from_then_on() -> None:
    assert [PUBLISHED.cumulative_available(at) for at in PERIODS] == [5, 5, 5, 5, 5, 5]


def test_refuses_six_more_in_period_three_although_thirty_five_are_projected() -> None:
    assert PUBLISHED.projected(period(3)) == 35

    assert not PUBLISHED.can_promise(Decimal(6), period(3))
    assert PUBLISHED.can_promise(Decimal(5), period(3))


def test_a_quantity_is_promised_from_the_receipt_that_suffices_for_it() -> None:
    stock = in_periods(10, [0, 0, 50, 0], [0, 0, 0, 20])

    assert stock.earliest(Decimal(10), period(1)) == period(1)
    assert stock.earliest(Decimal(11), period(1)) == period(3)
    assert stock.earliest(Decimal(41), period(1)) is None
    assert stock.earliest(Decimal(11), period(6)) == period(6)


def test_a_promise_is_split_over_stock_and_receipts_as_they_come() -> None:
    stock = in_periods(10, [0, 0, 50, 0, 30], [0, 0, 0, 20, 0])

    assert stock.promise(Decimal(60), period(2)) == (
        Portion(period(2), Decimal(10)),
        Portion(period(3), Decimal(30)),
        Portion(period(5), Decimal(20)),
    )


def test_a_promise_stops_where_the_known_receipts_end() -> None:
    stock = in_periods(10, [0, 0, 50], [])

    assert stock.promise(Decimal(100), period(1)) == (
        Portion(period(1), Decimal(10)),
        Portion(period(3), Decimal(50)),
    )
    assert in_periods(0, [], []).promise(Decimal(1), period(1)) == ()


def test_the_first_shortfall_is_told_with_its_size() -> None:
    stock = in_periods(40, [0, 0, 100], [30, 25, 0])

    assert stock.shortfall_from() == Shortfall(period(2), Decimal(15))
    assert stock.cumulative_available(period(1)) == 0
    assert PUBLISHED.shortfall_from() is None


def test_an_overdue_commitment_still_counts() -> None:
    stock = Availability(Decimal(10), (), (Demand(period(-9), Decimal(8), "SO-9", 1),))

    assert stock.cumulative_available(period(1)) == 2


def test_receipt_and_delivery_of_one_moment_are_netted() -> None:
    stock = in_periods(0, [20], [20])

    assert stock.shortfall_from() is None


def test_quantities_below_zero_name_the_record_to_correct() -> None:
    with pytest.raises(NegativeQuantity, match="Supply PO-7 is -1"):
        Supply(MONDAY, Decimal(-1), "PO-7")
    with pytest.raises(NegativeQuantity, match="Demand of SO-7 is -1"):
        Demand(MONDAY, Decimal(-1), "SO-7", 1)
    with pytest.raises(NegativeQuantity, match="on hand is -1"):
        Availability(Decimal(-1))


DAYS = 9
counts = st.lists(st.integers(0, 60), min_size=DAYS, max_size=DAYS)
quantities = st.integers(1, 120).map(Decimal)
days = st.integers(1, DAYS).map(period)
plans = st.builds(in_periods, st.integers(0, 80), counts, counts)


@given(st.integers(0, 80), counts, counts)
def test_dated_availability_agrees_with_the_formula_over_buckets(
    on_hand: int, receipts: list[int], commitments: list[int]
) -> None:
    stock = in_periods(on_hand, receipts, commitments)

    changes = [receipt - commitment for receipt, commitment in zip(receipts, commitments, strict=True)]
    projected = list(accumulate(changes, initial=on_hand))[1:]

    for number in range(1, DAYS + 1):
        assert stock.projected(period(number)) == projected[number - 1]
        assert stock.cumulative_available(period(number)) == max(0, min(projected[number - 1 :]))


@given(plans, quantities, days)
def test_a_promise_that_can_be_given_takes_nothing_from_those_given(
    stock: Availability, quantity: Decimal, at: datetime
) -> None:
    promised = replace(stock, demands=(*stock.demands, Demand(at, quantity, "SO-new", 9)))

    covered = all(promised.projected(day) >= 0 for day in map(period, range(1, DAYS + 1)) if day >= at)

    assert stock.can_promise(quantity, at) == covered


@given(plans, days, days)
def test_availability_never_falls_with_time_and_never_exceeds_the_projection(
    stock: Availability, one: datetime, other: datetime
) -> None:
    earlier, later = sorted([one, other])

    assert stock.cumulative_available(earlier) <= stock.cumulative_available(later)
    assert stock.cumulative_available(one) <= max(Decimal(0), stock.projected(one))


@given(plans, quantities, days)
def test_the_earliest_date_is_good_and_no_day_before_it_is(
    stock: Availability, quantity: Decimal, not_before: datetime
) -> None:
    good = [day for day in map(period, range(1, DAYS + 1)) if day >= not_before and stock.can_promise(quantity, day)]

    assert stock.earliest(quantity, not_before) == (good[0] if good else None)


@given(plans, quantities, days)
def test_the_portions_of_a_promise_can_all_be_given_together(
    stock: Availability, quantity: Decimal, by: datetime
) -> None:
    portions = stock.promise(quantity, by)
    for at, portion in portions:
        assert stock.can_promise(portion, at)
        stock = replace(stock, demands=(*stock.demands, Demand(at, portion, "SO-new", 9)))

    promised = sum(portion.quantity for portion in portions)
    assert promised <= quantity
    assert promised == quantity or not stock.can_promise(Decimal(1), period(DAYS))
    assert all(at >= by and portion > 0 for at, portion in portions)
