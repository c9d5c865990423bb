"""What of an item is missing from when until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fact import Fact
from domain.facts import JobStatus, LotStatus, Receipt
from domain.option import Gap
from domain.release import Hold
from domain.shortage.balance import Balance, Change, Requirement
from domain.shortage.severity import Severity, severity
from domain.shortage.stocktaking import balance_of
from domain.timing import Timing
from tests.domain.shortage import (
    ALWAYS,
    NOW,
    PLACE,
    aside,
    balance,
    day,
    every_way,
    held,
    job,
    line,
    lot,
    part,
    picture,
    pump,
    receipt,
    reserved,
    supplier,
)


def missing(quantity: int, since: float, until: float | None = None) -> Gap:
    """So many, from one day to another."""
    return Gap(quantity=Decimal(quantity), since=day(since), until=None if until is None else day(until))


def test_nothing_is_missing_while_stock_and_receipts_come_before_what_is_needed() -> None:
    assert balance(lot(4), receipt(6, at=3), line("SO-1", 4, at=2), line("SO-2", 6, at=5)).gap() is None


def test_a_receipt_that_comes_too_late_leaves_a_gap_until_it_does() -> None:
    assert balance(lot(4), receipt(6, at=9), line("SO-1", 10, at=5)).gap() == missing(6, 5, 9)


def test_what_nothing_makes_up_for_is_missing_for_good() -> None:
    assert balance(lot(4), line("SO-1", 10, at=5)).gap() == missing(6, 5)


def test_what_is_overdue_is_missing_now() -> None:
    assert balance(line("SO-1", 2, at=-3)).gap() == missing(2, 0)


def test_nobody_is_alarmed_about_what_is_needed_after_the_look_ahead() -> None:
    assert balance(line("SO-1", 2, at=40)).gap() is None


def test_what_is_kept_for_safety_is_used_before_anything_is_missing() -> None:
    facts = (lot(10), line("SO-1", 7, at=2), receipt(2, at=9))

    assert balance(*facts).gap() is None
    assert balance(*facts).gap(kept=Decimal(4)) == missing(1, 2, 9)
    assert balance(*facts).gap(kept=Decimal(3)) is None


def test_counts_what_jobs_have_had_already_only_once() -> None:
    facts = (pump(), lot(3), job("J-1", 10, at=2), aside("J-1", 0, issued=6))

    assert balance(*facts).gap() == missing(1, 2)


def test_a_job_that_takes_another_item_instead_needs_less() -> None:
    facts = (pump("GASKET"), job("J-1", 10, at=2), aside("J-1", 8, item="GASKET", lot_="G1"))

    assert balance(*facts).gap() == missing(2, 2)


def test_what_is_set_aside_for_jobs_of_other_items_is_needed_too() -> None:
    other = job("J-7", 5, at=3).model_copy(update={"item": "VALVE"})

    valve = pump().model_copy(update={"item": "VALVE", "components": ()})

    assert balance(lot(4), valve, other, aside("J-7", 5)).gap() == missing(1, 3)


@pytest.mark.parametrize("status", [LotStatus.ON_HOLD, LotStatus.REJECTED])
def test_what_quality_holds_is_not_there(status: LotStatus) -> None:
    found = balance(lot(5, status=status), line("SO-1", 5, at=2))

    assert (found.gap(), found.recorded) == (missing(5, 2), Decimal(5))


def test_a_hold_counts_before_the_stock_system_knows_of_it() -> None:
    hold = Hold(site="north", item="SEAL", lot="L1", case="QH-1")
    need = line("SO-1", 5, at=2)

    assert balance(lot(5), hold, need).gap() == missing(5, 2)
    assert balance(lot(5), hold.model_copy(update={"active": False}), need).gap() is None


def test_what_waits_for_its_inspection_comes_a_day_from_now() -> None:
    waiting = lot(5, status=LotStatus.IN_INSPECTION)

    assert balance(waiting, line("SO-1", 5, at=2)).gap() is None
    assert balance(waiting, line("SO-1", 5, at=0.5)).gap() == missing(5, 0.5, 1)


def test_what_is_counted_on_how_long_and_how_far_ahead_are_the_sites_figures() -> None:
    late, waiting = receipt(5, at=-1), lot(5, status=LotStatus.IN_INSPECTION)
    soon, far = line("SO-1", 5, at=2), line("SO-1", 5, at=40)
    own = Timing(receipt_late=timedelta(days=2), inspection=timedelta(days=3), look_ahead=timedelta(days=60))

    def found(*facts: Fact) -> tuple[Balance, Balance]:
        usual = picture(*facts)
        return balance_of(usual, PLACE), balance_of(replace(usual, timing=own), PLACE)

    overdue, counted_on = found(late, soon)
    in_time, too_late = found(waiting, soon)
    unseen, seen = found(far)
    assert (len(overdue.overdue), counted_on.overdue) == (1, ())
    assert (in_time.gap(), too_late.gap()) == (None, missing(5, 2, 3))
    assert (unseen.gap(), seen.gap()) == (None, missing(5, 40))


def test_a_lot_for_one_customer_serves_nobody_else() -> None:
    theirs = lot(5, status=LotStatus.CONDITIONAL, allowed_for=("ACME",))

    assert balance(theirs, line("SO-1", 5, at=2)).gap() is None
    assert balance(theirs, line("SO-1", 5, at=2).model_copy(update={"customer": "BOLT"})).gap() == missing(5, 2)


def test_a_lot_is_good_through_the_instant_it_expires_and_not_after() -> None:
    spoils = lot(5, expires_at=day(4))

    assert balance(spoils, line("SO-1", 5, at=4)).gap() is None
    assert balance(spoils, line("SO-1", 5, at=4.1)).gap() is not None


def test_what_expires_first_is_used_first() -> None:
    facts = (lot(5, "OLD", expires_at=day(4)), lot(5, "NEW"), line("SO-1", 5, at=3), line("SO-2", 5, at=8))

    assert balance(*facts).gap() is None


def test_what_is_reserved_for_a_later_line_is_nobody_elses() -> None:
    facts = (lot(5), line("SO-1", 5, at=2), line("SO-2", 5, at=20), reserved("SO-2", 5), receipt(5, at=10))

    assert balance(*facts).gap() == missing(5, 2, 10)


def test_a_reservation_that_stock_does_not_cover_is_missing_when_it_is_needed_and_not_before() -> None:
    assert balance(lot(2), line("SO-2", 5, at=20), reserved("SO-2", 5)).gap() == missing(3, 20)


def test_names_the_order_that_becomes_late_and_when_it_is_ready() -> None:
    facts = (pump(), job("J-1", 4, at=2, order="SO-9"), line("SO-9", 4, at=5, item="PUMP"), receipt(4, at=7))

    (late,) = balance(*facts).late()

    assert (late.order, late.promised_at, late.new_at) == ("SO-9", day(5), day(8))


def test_an_order_with_slack_is_not_late() -> None:
    facts = (pump(), job("J-1", 4, at=2, order="SO-9"), line("SO-9", 4, at=9, item="PUMP"), receipt(4, at=7))

    assert balance(*facts).late() == ()


@pytest.mark.parametrize(
    ("since", "stopped", "expected"),
    [
        (9, True, Severity.S1),
        (0.2, False, Severity.S1),
        (1.5, False, Severity.S2),
        (9, False, Severity.S3),
        (11, False, Severity.S4),
    ],
)
def test_is_as_pressing_as_it_is_near(since: float, stopped: bool, expected: Severity) -> None:
    item = part(suppliers=(supplier(days=10),))

    assert severity(day(since), NOW, ALWAYS, item, line_stopped=stopped) is expected


quantities = st.integers(0, 20).map(Decimal)
moments = st.integers(0, 27).map(lambda days: NOW + timedelta(days=days))
changes = st.lists(st.builds(Change, moments, st.integers(-20, 20).map(Decimal)), max_size=6)


@st.composite
def balances(draw: st.DrawFn) -> Balance:
    """Any stock, receipts and orders."""
    receipts = [receipt(0, 0, f"PO-{n}").model_copy(update={"quantity": q, "expected_at": at})
                for n, (q, at) in enumerate(draw(st.lists(st.tuples(quantities, moments), max_size=4)))]  # fmt: skip
    lines = [line(f"SO-{n}", 0, 0, priority=p).model_copy(update={"quantity": q, "promised_at": at})
             for n, (q, at, p) in enumerate(draw(st.lists(st.tuples(quantities, moments, st.integers(0, 30)),
                                                          max_size=5)))]  # fmt: skip
    return balance(lot(int(draw(quantities))), held(5), *receipts, *lines)


@given(balances(), changes)
def test_a_gap_is_never_below_zero_and_is_the_deepest_that_the_level_falls(
    known: Balance, further: list[Change]
) -> None:
    gap, lowest = known.gap(*further), min(level.quantity for level in known.levels(*further))

    assert (gap is None) == (lowest >= 0)
    assert gap is None or gap.quantity == -lowest > 0


@given(balances())
def test_each_requirement_is_shared_out_whole_and_nothing_is_shared_out_twice(known: Balance) -> None:
    needs: dict[Requirement, Decimal] = {}
    for need, quantity, _ in known.served():
        needs[need] = needs.get(need, Decimal(0)) + quantity
    there = known.on_hand + sum(some.quantity for some in known.coming)

    assert all(needs[need] == need.open for need in needs)
    assert sum(quantity for _, quantity, at in known.served() if at is not None) <= there


@given(balances())
def test_all_are_served_in_time_just_where_nothing_is_missing(known: Balance) -> None:
    late = [need for need, _, at in known.served() if at is None or at > need.at]

    assert bool(late) == (known.gap() is not None)


def test_a_job_on_hold_brings_nothing_and_a_receipt_of_nothing_neither() -> None:
    stopped = job("J-9", 5, at=1).model_copy(update={"item": "SEAL", "status": JobStatus.ON_HOLD})
    empty = Receipt(site="north", receipt="PO-9", item="SEAL", quantity=Decimal(0), expected_at=day(1))

    assert balance(stopped, empty).coming == ()


@pytest.mark.parametrize(("owner", "short"), [("ACME", False), ("BOLT", True)])
def test_what_belongs_to_a_customer_serves_him_and_nobody_else(owner: str, short: bool) -> None:
    known = balance(lot(10, owner=owner), line("SO-1", 10, at=2))

    assert known.on_hand == 0
    assert (known.gap() is not None) is short
    assert all(need.may_give == 0 for need in known.requirements)


@pytest.mark.parametrize(("owner", "offered"), [("ACME", True), ("BOLT", False)])
def test_a_held_lot_is_waited_for_only_where_it_belongs_to_who_is_short(owner: str, offered: bool) -> None:
    theirs = held(10).model_copy(update={"owner": owner})

    assert ("release-L9" in every_way(theirs, line("SO-1", 10, at=2))) is offered
