"""Who gets the supply and who is short, when demands compete for it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.availability import Availability, Demand, NegativeQuantity, Supply
from domain.pegging import ON_HAND, Pegging, netting_order, peg

MONDAY = datetime(2026, 10, 5, tzinfo=UTC)


def day(number: int) -> datetime:
    return MONDAY + timedelta(days=number)


def supply(at: int, quantity: int, source: str = "PO-1") -> Supply:
    return Supply(day(at), Decimal(quantity), source)


def demand(owner: str, at: int, quantity: int, priority: int = 5, ordered: int | None = None) -> Demand:
    return Demand(day(at), Decimal(quantity), owner, priority, None if ordered is None else day(ordered))


def test_priority_chooses_first_then_the_earlier_promise_then_the_earlier_order() -> None:
    undated = demand("no order date", 3, 1)
    recent = demand("ordered last week", 3, 1, ordered=-7)
    old = demand("ordered last year", 3, 1, ordered=-365)
    early = demand("promised earlier", 2, 1)
    urgent = demand("urgent", 9, 1, priority=1)

    assert netting_order([undated, recent, old, early, urgent]) == (urgent, early, old, recent, undated)


def test_the_urgent_order_gets_the_stock_and_the_other_waits_for_the_receipt() -> None:
    urgent, other = demand("urgent", 2, 30, priority=1), demand("other", 1, 30)

    pegged = peg(Decimal(40), [supply(4, 50)], [other, urgent])

    assert pegged == (
        Pegging(urgent, ON_HAND, Decimal(30), day(2)),
        Pegging(other, ON_HAND, Decimal(10), day(1)),
        Pegging(other, "PO-1", Decimal(20), day(4)),
    )
    assert [pegging.lateness for pegging in pegged] == [timedelta(0), timedelta(0), timedelta(days=3)]


def test_an_urgent_order_for_later_leaves_the_stock_to_one_for_tomorrow() -> None:
    urgent, tomorrow = demand("urgent", 7, 30, priority=1), demand("tomorrow", 1, 30)

    pegged = peg(Decimal(30), [supply(7, 30)], [urgent, tomorrow])

    assert [(p.demand.owner, p.supply_source) for p in pegged] == [("urgent", "PO-1"), ("tomorrow", ON_HAND)]


def test_what_nothing_serves_is_short() -> None:
    (served, missing) = peg(Decimal(10), [], [demand("SO-1", 1, 25)])

    assert not served.short
    assert missing == Pegging(demand("SO-1", 1, 25), None, Decimal(15), None)
    assert missing.short
    assert missing.lateness is None


def test_stock_below_zero_is_refused() -> None:
    with pytest.raises(NegativeQuantity, match="on hand is -3"):
        peg(Decimal(-3), [], [])


amounts = st.integers(0, 50)
supply_lists = st.lists(st.tuples(st.integers(0, 9), amounts), max_size=6).map(
    lambda rows: [supply(at, quantity, f"PO-{n}") for n, (at, quantity) in enumerate(rows)]
)
demand_lists = st.lists(st.tuples(st.integers(0, 9), amounts, st.integers(1, 3)), max_size=7).map(
    lambda rows: [demand(f"SO-{n}", at, quantity, priority) for n, (at, quantity, priority) in enumerate(rows)]
)


@given(amounts.map(Decimal), supply_lists, demand_lists)
def test_every_demand_is_accounted_for_and_no_supply_is_given_twice(
    on_hand: Decimal, supplies: list[Supply], demands: list[Demand]
) -> None:
    pegged = peg(on_hand, supplies, demands)

    owed: dict[str, Decimal] = defaultdict(Decimal)
    used: dict[str | None, Decimal] = defaultdict(Decimal)
    for pegging in pegged:
        assert pegging.quantity > 0
        owed[pegging.demand.owner] += pegging.quantity
        used[pegging.supply_source] += pegging.quantity
    short = used.pop(None, Decimal(0))
    there = {ON_HAND: on_hand} | {s.source: s.quantity for s in supplies}
    assert owed == {d.owner: d.quantity for d in demands if d.quantity}
    assert all(quantity <= there[str(source)] for source, quantity in used.items())
    assert short == max(Decimal(0), sum(owed.values(), Decimal(0)) - sum(there.values(), Decimal(0)))


@given(amounts.map(Decimal), supply_lists, demand_lists)
def test_nobody_is_late_or_short_exactly_while_the_projection_stays_above_zero(
    on_hand: Decimal, supplies: list[Supply], demands: list[Demand]
) -> None:
    pegged = peg(on_hand, supplies, demands)

    all_in_time = all(pegging.lateness == timedelta(0) for pegging in pegged)

    assert all_in_time == (Availability(on_hand, tuple(supplies), tuple(demands)).shortfall_from() is None)


@given(amounts.map(Decimal), supply_lists, demand_lists)
def test_a_less_urgent_demand_never_changes_what_a_more_urgent_one_gets(
    on_hand: Decimal, supplies: list[Supply], demands: list[Demand]
) -> None:
    newcomer = demand("newcomer", 0, 40, priority=9)

    before = peg(on_hand, supplies, demands)
    after = peg(on_hand, supplies, [newcomer, *demands])

    assert after[: len(before)] == before
