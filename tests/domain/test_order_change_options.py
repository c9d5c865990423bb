"""The ways there are to change an order line, and what each writes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.effect import AddOrderLine, CancelSupply, ChangeJob, CreateJob, Reserve, ReviseOrderLine
from domain.facts import JobStatus, Lot, Receipt, Reservation
from domain.order_line.effects import effects, holds
from tests.domain.assessed import assessed, day, job, line, options, proposal
from tests.support.small_plant import SITE

# Less


def test_reduces_the_jobs_of_a_line_that_wants_less() -> None:
    file = assessed("SO-5", quantity="3")

    assert list(options(file)) == ["reduce"]
    changed = [effect for effect in effects(file, options(file)["reduce"]) if isinstance(effect, ChangeJob)]
    assert [(effect.job, effect.quantity, effect.stopped) for effect in changed] == [("J-5", Decimal(3), False)]


@pytest.mark.parametrize(("aside", "kept"), [(0, 0), (2, 2), (5, 3)])
def test_keeps_what_is_set_aside_for_a_line_as_far_as_it_is_still_wanted(aside: int, kept: int) -> None:
    own = Reservation(site=SITE, item="PUMP", order="SO-5", line="10", quantity=Decimal(aside))
    other = own.model_copy(update={"order": "SO-3"})
    file = assessed("SO-5", own, other, quantity="3")

    (reserved,) = (e for e in effects(file, options(file)["reduce"]) if isinstance(e, Reserve))

    assert (reserved.order, reserved.quantity) == ("SO-5", Decimal(kept))


def test_stops_the_job_of_a_cancelled_line_on_which_nothing_is_done_yet() -> None:
    file = assessed("SO-5", cancel=True)
    reduce = options(file)["reduce"]

    revised, reserved, stopped = effects(file, reduce)

    assert isinstance(revised, ReviseOrderLine)
    assert isinstance(reserved, Reserve)
    assert isinstance(stopped, ChangeJob)
    assert (revised.cancelled, reserved.quantity, stopped.stopped) == (True, Decimal(0), True)
    assert reduce.deliveries == ()


def test_offers_to_finish_or_to_stop_what_has_begun_and_says_what_stopping_costs() -> None:
    file = assessed("SO-5", job("J-5", status=JobStatus.RUNNING), cancel=True)

    found = options(file)

    assert {name: option.cost for name, option in found.items()} == {"finish_to_stock": 0, "stop": 2000}
    (finished,) = (e for e in effects(file, found["finish_to_stock"]) if isinstance(e, ChangeJob))
    (stopped,) = (e for e in effects(file, found["stop"]) if isinstance(e, ChangeJob))
    assert (finished.for_stock, finished.quantity, finished.stopped) == (True, Decimal(5), False)
    assert (stopped.for_stock, stopped.stopped) == (False, True)


PURCHASE = Receipt(
    site=SITE, receipt="PO-7", item="HOUSING", quantity=Decimal(5), expected_at=day(20), supplier="Foundry",
    order="SO-5", line="10", cancellation_fee=Decimal(75),
)  # fmt: skip


def test_what_was_bought_for_a_cancelled_line_is_cancelled_for_its_fee_where_its_work_ends() -> None:
    running = job("J-5", status=JobStatus.RUNNING)
    file = assessed("SO-5", running, PURCHASE, cancel=True)

    found = options(file)

    assert {name: option.cost for name, option in found.items()} == {"finish_to_stock": 0, "stop": 2075}
    assert "PO-7 with Foundry for 5 HOUSING is cancelled, for a fee of 75." in found["stop"].because
    ended = {name: [e for e in effects(file, way) if isinstance(e, CancelSupply)] for name, way in found.items()}
    assert ended["finish_to_stock"] == []
    assert [(effect.receipt, effect.fee) for effect in ended["stop"]] == [("PO-7", Decimal(75))]


@pytest.mark.parametrize(
    ("purchase", "wanted"),
    [
        ({"cancellation_fee": None}, {"cancel": True}),
        ({"order": "SO-2"}, {"cancel": True}),
        ({"quantity": Decimal(0)}, {"cancel": True}),
        ({}, {"quantity": "3"}),
    ],
    ids=["its supplier lets nothing go", "it is for another order", "it is cancelled already", "the line goes on"],
)
def test_a_purchase_stays_where(purchase: dict[str, Any], wanted: dict[str, Any]) -> None:
    file = assessed("SO-5", PURCHASE.model_copy(update=purchase), **wanted)

    reduce = options(file)["reduce"]

    assert reduce.cost == 0
    assert not any(isinstance(effect, CancelSupply) for effect in effects(file, reduce))


@pytest.mark.parametrize(("wanted", "left_to_make"), [("8", 4), ("4", 0)])
def test_a_line_of_which_part_is_shipped_becomes_just_what_was_asked(wanted: str, left_to_make: int) -> None:
    shipped = line("SO-2", shipped=Decimal(4))
    file = assessed("SO-2", shipped, job("J-2", quantity=Decimal(6)), quantity=wanted)
    reduce = options(file)["reduce"]

    revised, _, changed = effects(file, reduce)

    assert isinstance(revised, ReviseOrderLine)
    assert isinstance(changed, ChangeJob)
    assert (revised.quantity, revised.cancelled) == (Decimal(wanted), False)
    assert changed.quantity == left_to_make
    assert changed.stopped is (left_to_make == 0)


def test_a_line_of_which_part_is_shipped_keeps_what_is_shipped_though_nobody_knows_the_schedule() -> None:
    file = assessed("SO-2", line("SO-2", shipped=Decimal(4)), silent={"capacity"}, quantity="12")

    revised, *_ = effects(file, options(file)["accept_as_asked"])

    assert isinstance(revised, ReviseOrderLine)
    assert revised.quantity == 12


@given(st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_however_a_line_is_reduced_it_becomes_what_was_asked_and_no_job_makes_more_than_before(
    wanted: int, shipped: int, started: bool
) -> None:
    running = JobStatus.RUNNING if started else JobStatus.RELEASED
    others = (line("SO-2", shipped=Decimal(shipped)), job("J-2", quantity=Decimal(10 - shipped), status=running))
    file = assessed("SO-2", *others, quantity=Decimal(wanted))

    if wanted < shipped:
        assert proposal(file).settled == "rejected"
    for option in options(file).values():
        revised, *others_written = effects(file, option)
        assert isinstance(revised, ReviseOrderLine)
        assert revised.quantity == wanted
        assert revised.cancelled is (wanted == 0)
        for effect in others_written:
            assert not isinstance(effect, ChangeJob) or effect.quantity <= 10 - shipped


# More


def test_shows_every_way_to_four_pumps_more() -> None:
    found = options(assessed("SO-2", quantity="14"))

    assert {name: (option.cost, option.offer, option.promises_broken) for name, option in found.items()} == {
        "expedite": (Decimal(450), False, False),
        "reallocate": (Decimal(0), False, True),
        "split": (Decimal(0), True, False),
        "partial": (Decimal(0), True, False),
        "accept_later": (Decimal(0), True, False),
    }


def test_a_customer_who_wants_all_at_once_is_offered_no_part_of_it() -> None:
    found = options(assessed("SO-2", quantity="14", partial_allowed=False))

    assert not {"split", "partial"} & set(found)


def test_an_offer_is_never_automatic_however_small() -> None:
    for name in ("split", "partial", "accept_later"):
        ruled = next(r for r in proposal(assessed("SO-2", quantity="14")).options if r.option.name == name)
        assert not ruled.ruling.automatic


def test_a_split_adds_a_line_for_what_comes_later() -> None:
    file = assessed("SO-2", quantity="14")

    written = effects(file, options(file)["split"])

    revised = next(effect for effect in written if isinstance(effect, ReviseOrderLine))
    added = next(effect for effect in written if isinstance(effect, AddOrderLine))
    assert (revised.quantity, added.quantity, added.line) == (Decimal(12), Decimal(2), "10-2")
    assert revised.promised_at == day(12) < added.promised_at


def test_the_order_line_is_written_before_anything_else() -> None:
    file = assessed("SO-2", quantity="14")

    for option in options(file).values():
        first, *others = effects(file, option)
        assert isinstance(first, ReviseOrderLine)
        assert not any(isinstance(effect, ReviseOrderLine) for effect in others)


def test_a_job_that_has_not_begun_grows_instead_of_a_second_one_being_opened() -> None:
    file = assessed("SO-2", quantity="14")

    written = effects(file, options(file)["expedite"])

    assert [(e.job, e.quantity) for e in written if isinstance(e, ChangeJob)] == [("J-2", Decimal(14))]
    assert not any(isinstance(effect, CreateJob) for effect in written)


def test_a_job_that_has_begun_is_left_alone_and_another_one_opened() -> None:
    file = assessed("SO-2", job("J-2", status=JobStatus.RUNNING), quantity="11")

    written = effects(file, options(file)["accept_as_asked"])

    assert not any(isinstance(effect, ChangeJob) for effect in written)
    assert [(e.item, e.quantity, e.order) for e in written if isinstance(e, CreateJob)] == [
        ("PUMP", Decimal(1), "SO-2")
    ]


def test_holds_for_an_offer_the_stock_it_counts_on_and_for_a_week_longer_than_it_stands() -> None:
    file = assessed("SO-2", quantity="14")
    split = options(file)["split"]

    (held,) = holds(file, split)

    assert isinstance(held, Reserve)
    assert held.quantity == split.from_stock > 0
    assert held.expires_at == split.expires_at + timedelta(days=7)


def test_holds_nothing_for_an_offer_that_takes_nothing_from_stock() -> None:
    file = assessed("SO-2", Lot(site=SITE, item="PUMP", lot="P0", quantity=Decimal(0)), quantity="14")

    assert holds(file, options(file)["accept_later"]) == ()
