"""What of an item can be promised, and to whom."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.facts import Job, JobStatus, LotStatus, Reservation
from domain.promise import capable
from domain.release import Hold
from domain.supply import Place, availability_of
from tests.domain.plant import NOW, bought, day, item, kinds, made, of, order, picture, stock, wanted


def test_counts_a_reservation_and_the_order_it_is_for_once() -> None:
    held = Reservation(site="P", item="A", order="SO-1", line="1", quantity=Decimal(6))
    known = picture(item("A"), stock("A", 10), order("SO-1", "A", 8, at=3), held)

    assert availability_of(known, Place("P", "A")).cumulative_available(NOW) == 2


def test_forgets_a_reservation_that_has_lapsed() -> None:
    held = Reservation(site="P", item="A", order="SO-9", line="1", quantity=Decimal(6), expires_at=NOW)

    assert availability_of(picture(item("A"), stock("A", 10), held), Place("P", "A")).cumulative_available(NOW) == 10


def test_lets_the_line_that_asks_use_what_is_reserved_for_it() -> None:
    line = order("SO-1", "A", 8, at=3)
    held = Reservation(site="P", item="A", order="SO-1", line="1", quantity=Decimal(8))
    known = picture(bought("A", 30), stock("A", 10), line, held)

    own, others = capable(known, wanted("A", 10, excluding=line)), capable(known, wanted("A", 3, by=1))

    assert own.at == NOW
    assert others.at == day(30)


def test_promises_what_belongs_to_a_customer_to_him_only() -> None:
    known = picture(item("A"), stock("A", 5, owner="Miller"), stock("A", 3, lot="L2"))

    free = {who: availability_of(known, Place("P", "A"), customer=who).on_hand_usable for who in ("Miller", "Smith")}

    assert free == {"Miller": 8, "Smith": 3}


def test_uses_a_conditional_lot_only_for_the_customers_it_is_released_for() -> None:
    lot = stock("A", 5, status=LotStatus.CONDITIONAL, allowed_for=("Miller",))
    known = picture(item("A"), lot, stock("A", 9, lot="L2", status=LotStatus.ON_HOLD))

    assert capable(known, wanted("A", 5, customer="Miller")).at == NOW
    assert capable(known, wanted("A", 5, customer="Smith")).at is None


def test_promises_nothing_of_a_lot_on_hold_although_the_stock_does_not_say_so_yet() -> None:
    hold = Hold(site="P", item="A", lot="L1", case="QH-1")
    known = picture(item("A"), stock("A", 10), stock("A", 3, lot="L2"), hold)
    lifted = picture(item("A"), stock("A", 10), stock("A", 3, lot="L2"), hold.model_copy(update={"active": False}))

    assert availability_of(known, Place("P", "A")).cumulative_available(NOW) == 3
    assert availability_of(lifted, Place("P", "A")).cumulative_available(NOW) == 13


def test_uses_a_lot_through_its_expiry_and_not_after() -> None:
    known = picture(bought("A", 30), stock("A", 5, expires_at=day(4)))

    assert capable(known, wanted("A", 5, not_before=day(4))).at == day(4)
    assert capable(known, wanted("A", 5, not_before=day(4.1))).at == day(30)


def test_uses_no_component_that_expires_before_it_goes_in() -> None:
    known = picture(made("A", of("B"), of("C")), bought("B", 6), stock("B", 1, expires_at=day(3)), bought("C", 5))

    promise = capable(known, wanted("A", 1))

    assert ("buy", "B", 1) in kinds(promise)
    assert promise.at == day(6) + timedelta(hours=1)


def test_counts_what_jobs_not_begun_will_consume() -> None:
    job = Job(site="P", job="J1", item="A", quantity=Decimal(4), starts_at=day(2), ends_at=day(3))
    known = picture(made("A", of("B", 2)), item("B"), stock("B", 10), job)
    begun = picture(
        made("A", of("B", 2)), item("B"), stock("B", 10), job.model_copy(update={"status": JobStatus.RUNNING})
    )

    assert availability_of(known, Place("P", "B")).cumulative_available(NOW) == 2
    assert availability_of(begun, Place("P", "B")).cumulative_available(NOW) == 10


def test_counts_on_no_job_that_is_on_hold() -> None:
    job = Job(
        site="P",
        job="J1",
        item="A",
        quantity=Decimal(4),
        starts_at=NOW,
        ends_at=day(1),
        status=JobStatus.ON_HOLD,
    )

    assert capable(picture(item("A"), job), wanted("A", 4)).at is None


def test_is_not_held_back_by_a_line_without_promise_that_comes_later_in_the_netting_order() -> None:
    known = picture(item("A"), stock("A", 10), order("SO-2", "A", 10, at=5, priority=20))

    assert capable(known, wanted("A", 10, by=9, priority=10)).at == NOW
    assert capable(known, wanted("A", 10, by=9, priority=20)).at is None
    assert capable(known, wanted("A", 10, by=9)).at is None


def test_leaves_alone_what_a_later_order_counts_on() -> None:
    known = picture(bought("A", 9), stock("A", 10), order("SO-1", "A", 8, at=5))

    promise = capable(known, wanted("A", 4, by=1))

    assert promise.at == day(9)
    assert kinds(promise) == [("stock", "A", 2), ("buy", "A", 2)]
