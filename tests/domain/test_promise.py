"""When a quantity can be there at the earliest, and what has to be done for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from domain.calendar import Shift, WorkingCalendar
from domain.facts import Job, JobOperation
from domain.master_data import Calendar, Operation, Supplier, Transfer, WorkCenter
from domain.promise import capable, split
from domain.sourcing import CircularBill
from domain.supply import NotInPicture
from tests.domain.plant import NOW, PRESS, bought, day, item, kinds, made, of, picture, receipt, stock, wanted


def test_promises_stock_at_once() -> None:
    promise = capable(picture(item("A"), stock("A", 10)), wanted("A", 10, by=0))

    assert promise.at == NOW
    assert promise.on_time
    assert promise.bottleneck is None
    assert kinds(promise) == [("stock", "A", 10)]


def test_waits_for_a_receipt_that_comes_in_time_rather_than_make_more() -> None:
    known = picture(made("A"), receipt("A", 6, 10))

    in_time = capable(known, wanted("A", 5, by=6))
    too_late = capable(known, wanted("A", 5, by=5))

    assert kinds(in_time) == [("receipt", "A", 5)]
    assert kinds(too_late) == [("make", "A", 5)]


def test_buys_the_smallest_lot_that_is_enough() -> None:
    known = picture(bought("A", 3, minimum=Decimal(20), multiple=Decimal(15)))

    promise = capable(known, wanted("A", 7))

    assert kinds(promise) == [("buy", "A", 30)]
    assert promise.steps[0].needed == 7


def test_buys_where_it_comes_first() -> None:
    slow, fast = (Supplier(supplier=name, lead_time_days=Decimal(days)) for name, days in (("slow", 9), ("fast", 4)))
    known = picture(item("A", suppliers=(slow, fast)))

    promise = capable(known, wanted("A", 1))

    assert promise.steps[0].source == "fast"
    assert promise.at == day(4)


def test_makes_through_two_levels_when_material_and_machine_are_there() -> None:
    known = picture(made("A", of("B", 2)), made("B", of("C")), bought("C", 5), stock("B", 4))

    promise = capable(known, wanted("A", 10))

    assert kinds(promise) == [("stock", "B", 4), ("buy", "C", 16), ("make", "B", 16), ("make", "A", 10)]
    assert promise.at == day(5) + timedelta(hours=26)
    assert promise.bottleneck is not None
    assert (promise.bottleneck.kind, promise.bottleneck.item) == ("buy", "C")
    assert [(part.item, part.quantity, part.at) for part in promise.missing] == [
        ("C", Decimal(16), day(5)),
        ("B", Decimal(16), day(5) + timedelta(hours=16)),
    ]


def test_takes_scrap_into_account() -> None:
    known = picture(made("A", of("B", scrap=Decimal("0.1"))), stock("B", 10), bought("B", 2))

    assert kinds(capable(known, wanted("A", 9))) == [("stock", "B", 9), ("make", "A", 9)]
    assert kinds(capable(known, wanted("A", 10)))[1] == ("buy", "B", 1)


def test_takes_nothing_twice_for_two_branches_of_one_bill() -> None:
    known = picture(made("A", of("B"), of("C")), made("B", of("C")), stock("C", 10), bought("C", 7))

    promise = capable(known, wanted("A", 10))

    assert sum(step.quantity for step in promise.each() if step.kind == "stock") == 10
    assert ("buy", "C", 10) in kinds(promise)


def test_needs_a_component_only_when_its_step_begins() -> None:
    steps = tuple(Operation(operation=n, work_center="press", minutes_per_batch=Decimal(1440)) for n in (10, 20))
    first, second = of("B", operation=10), of("C", operation=20)
    known = picture(item("A", components=(first, second), operations=steps), stock("B", 1), bought("C", 3))

    promise = capable(known, wanted("A", 1))

    assert [step.starts_at for step in promise.steps[0].operations] == [NOW, day(3)]
    assert promise.at == day(4)


def test_makes_in_batches_no_larger_than_allowed() -> None:
    known = picture(made("A", maximum=Decimal(10), minimum=Decimal(5)))

    promise = capable(known, wanted("A", 23))

    assert kinds(promise) == [("make", "A", 10), ("make", "A", 10), ("make", "A", 5)]
    assert promise.at == NOW + timedelta(hours=25)


def test_waits_for_the_machine_that_other_jobs_hold() -> None:
    step = JobOperation(operation=10, work_center="press", minutes=Decimal(8640), starts_at=NOW, ends_at=day(6))
    busy = Job(site="P", job="J1", item="X", quantity=Decimal(1), starts_at=NOW, ends_at=day(6), operations=(step,))
    known = picture(made("A"), item("X"), busy)

    promise = capable(known, wanted("A", 2))

    assert promise.at == day(6) + timedelta(hours=2)
    assert promise.bottleneck is not None
    assert (promise.bottleneck.kind, promise.bottleneck.source) == ("make", "press")


def test_takes_another_machine_when_that_is_done_earlier() -> None:
    spare = WorkCenter(site="P", work_center="spare", calendar="always", efficiency=Decimal(2))
    press = PRESS.model_copy(update={"alternates": ("spare",)})

    promise = capable(picture(press, spare, made("A")), wanted("A", 10))

    assert promise.steps[0].operations[0].work_center == "spare"
    assert promise.at == NOW + timedelta(hours=5)


def test_takes_an_alternate_material_when_the_first_comes_later() -> None:
    known = picture(made("A", of("B", alternates=("C",))), bought("B", 9), bought("C", 4))

    assert kinds(capable(known, wanted("A", 1)))[0] == ("buy", "C", 1)


def test_brings_it_from_another_site_beyond_what_that_keeps_for_safety() -> None:
    known = picture(
        item("A", transfers=(Transfer(origin="Q", days=Decimal(2), cost=Decimal(70)),)),
        item("A", site="Q", safety_stock=Decimal(6)),
        stock("A", 10, site="Q"),
    )

    promise, too_many = capable(known, wanted("A", 4)), capable(known, wanted("A", 5))

    assert (promise.at, promise.cost) == (day(2), Decimal(70))
    assert promise.steps[0].inputs[0].site == "Q"
    assert too_many.at is None
    assert [(part.site, part.item) for part in too_many.missing] == [("Q", "A")]


def test_does_not_go_round_between_sites_that_supply_each_other() -> None:
    there, back = (Transfer(origin=site, days=Decimal(1)) for site in "QP")
    known = picture(item("A", transfers=(there,)), item("A", site="Q", transfers=(back,)))

    assert capable(known, wanted("A", 1)).at is None


def test_refuses_a_bill_that_runs_in_a_circle() -> None:
    known = picture(made("A", of("B")), made("B", of("A")))

    with pytest.raises(CircularBill, match="A at P → B at P → A at P"):
        capable(known, wanted("A", 1))


def test_refuses_a_bill_with_an_unknown_component() -> None:
    with pytest.raises(NotInPicture, match="No item 'B' is known at site 'P'"):
        capable(picture(made("A", of("B"))), wanted("A", 1))


def test_says_what_can_never_be_had() -> None:
    promise = capable(picture(made("A", of("B", 3)), item("B"), stock("B", 5)), wanted("A", 2))

    assert (promise.at, promise.on_time) == (None, False)
    assert [(part.item, part.quantity, part.at) for part in promise.missing] == [("B", Decimal(1), None)]


def test_expedites_only_what_decides_the_date_and_only_until_it_is_met() -> None:
    hurry = {"expedite_days": Decimal(1), "expedite_cost": Decimal(100)}
    known = picture(
        made("A", of("B"), of("C"), of("D")),
        *(bought(n, d, **hurry) for n, d in zip("BCD", (9, 7, 2), strict=True)),
    )

    promise = capable(known, wanted("A", 1, by=4), with_expedite=True)

    assert [step.item for step in promise.each() if step.kind == "expedite"] == ["B", "C"]
    assert (promise.cost, promise.on_time) == (Decimal(200), True)
    assert promise.at == day(2) + timedelta(hours=1)


def test_expedites_nothing_that_is_in_time_anyway() -> None:
    known = picture(bought("A", 5, expedite_days=Decimal(1), expedite_cost=Decimal(100)))

    promise = capable(known, wanted("A", 1, by=5), with_expedite=True)

    assert (promise.at, promise.cost) == (day(5), Decimal(0))


def test_works_overtime_on_the_machine_that_decides_the_date() -> None:
    hours = tuple(
        Shift(weekday=weekday, start=datetime(1, 1, 1, 8).time(), end=datetime(1, 1, 1, 16).time())  # noqa: DTZ001
        for weekday in range(5)
    )
    week = Calendar(site="P", calendar="week", working=WorkingCalendar(name="week", zone="UTC", shifts=hours))
    press = WorkCenter(site="P", work_center="press", calendar="week", overtime_cost_per_hour=Decimal(40))
    known = picture(week, press, made("A"))

    usual, overtime = (capable(known, wanted("A", 20, by=1), with_overtime=over) for over in (False, True))

    assert usual.at == day(2) + timedelta(hours=12)
    assert overtime.at == NOW + timedelta(hours=20)
    assert overtime.cost == Decimal(12 * 40)


def test_delivers_as_much_as_possible_by_the_date_and_the_rest_as_early_as_possible() -> None:
    known = picture(made("A", of("B")), stock("A", 3), stock("B", 4), bought("B", 5))

    parts = split(known, wanted("A", 10, by=1))

    assert parts.on_time is not None
    assert parts.rest is not None
    assert parts.on_time.quantity == 7
    assert (parts.rest.quantity, parts.rest.at) == (Decimal(3), day(5) + timedelta(hours=3))


def test_splits_nothing_that_is_in_time_or_wholly_late() -> None:
    known = picture(bought("A", 5))

    assert split(known, wanted("A", 3, by=5)).rest is None
    assert split(known, wanted("A", 3, by=4)).on_time is None
