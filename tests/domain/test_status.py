"""Where an order line is: said by the facts alone, and never better than they say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.fact import Fact, Reading
from domain.facts import KINDS, JobStatus, LineStatus, Lot, LotStatus, OrderLine, ShipmentStatus
from domain.master_data import Component, Customer, Item
from domain.order_line.known import LineFacts
from domain.order_line.stage import LineStage
from domain.release import Hold
from domain.roles import Role
from domain.standing.standing import Cause
from domain.status import order_line_status
from tests.domain.pumps import (
    NOW,
    OTHER_JOB,
    SITE,
    TOLD,
    change,
    day,
    housings,
    inspection,
    job,
    known,
    line,
    lot,
    pump,
    receipt,
    reserved,
    shipment,
    status,
)


def test_a_line_the_order_book_cancelled_is_cancelled_whatever_still_lies_there() -> None:
    found = status(line(status=LineStatus.CANCELLED), pump(), lot(), cases=(change(),))

    assert (found.status, found.waiting_on, found.projected_at) == (LineStage.CANCELLED, None, None)


def test_a_line_the_order_book_closed_is_closed() -> None:
    assert status(line(status=LineStatus.CLOSED)).status is LineStage.CLOSED


def test_a_line_is_delivered_when_the_order_book_says_so_or_its_shipments_arrived() -> None:
    by_the_order_book = status(line(status=LineStatus.DELIVERED))
    by_its_shipments = status(line(), shipment(ShipmentStatus.DELIVERED))

    assert by_the_order_book.status is by_its_shipments.status is LineStage.DELIVERED


def test_a_line_is_shipped_when_all_of_it_has_left_and_only_the_carrier_is_waited_for() -> None:
    by_the_order_book = status(line(shipped=Decimal(10)))
    by_its_shipments = status(line(), shipment(ShipmentStatus.DISPATCHED))

    assert by_the_order_book.status is by_its_shipments.status is LineStage.SHIPPED
    assert by_its_shipments.waiting_on == "carrier"


def test_a_line_of_which_a_part_has_left_is_not_shipped() -> None:
    found = status(line(), pump(), lot(4), shipment(ShipmentStatus.DISPATCHED, quantity=6))

    assert found.status is LineStage.READY_TO_SHIP


def test_the_order_book_and_the_shipment_do_not_count_the_same_goods_twice() -> None:
    found = status(line(shipped=Decimal(6)), shipment(ShipmentStatus.DISPATCHED, quantity=6))

    assert found.status is LineStage.PROMISED


def test_a_line_is_loading_as_soon_as_a_part_of_it_is() -> None:
    found = status(line(), pump(), lot(), shipment(ShipmentStatus.LOADING, quantity=3), cases=(change(),))

    assert (found.status, found.waiting_on, found.next_due) == (LineStage.LOADING, Role.WAREHOUSE, day(9))


def test_a_line_is_released_for_dispatch_when_approved_shipments_take_all_of_it() -> None:
    found = status(line(), pump(), lot(), shipment(ShipmentStatus.APPROVED, lots=("L1",)))

    assert found.status is LineStage.RELEASED_FOR_DISPATCH


def test_a_line_is_not_released_while_a_part_of_it_is_approved_only() -> None:
    found = status(line(), pump(), lot(), shipment(ShipmentStatus.APPROVED, quantity=3))

    assert found.status is LineStage.READY_TO_SHIP


def test_an_approval_does_not_outlive_a_hold_on_the_lot_it_was_given_for() -> None:
    found = status(line(), pump(), lot(status=LotStatus.ON_HOLD), shipment(ShipmentStatus.APPROVED, lots=("L1",)))

    assert found.status is LineStage.ON_QUALITY_HOLD


def test_a_line_is_on_quality_hold_as_soon_as_somebody_has_stopped_its_goods() -> None:
    hold = Hold(site=SITE, item="PUMP", lot="L1", case="QH-1")

    stopped = status(line(), pump(), lot(), hold)
    free = status(line(), pump(), lot(), hold.model_copy(update={"active": False}))

    assert (stopped.status, free.status) == (LineStage.ON_QUALITY_HOLD, LineStage.READY_TO_SHIP)


def test_a_line_is_on_quality_hold_when_all_that_could_be_delivered_is_held() -> None:
    found = status(line(), pump(), lot(status=LotStatus.ON_HOLD), cases=(change(),))

    assert (found.status, found.waiting_on) == (LineStage.ON_QUALITY_HOLD, Role.QUALITY_ENGINEER)
    assert [(reason.code, reason.thing) for reason in found.reasons] == [("on_hold", "L1")]


def test_a_failed_inspection_holds_a_lot_although_its_status_was_not_changed() -> None:
    found = status(line(), pump(), lot(), inspection("fail", covered=10))

    assert found.status is LineStage.ON_QUALITY_HOLD


def test_a_held_lot_does_not_matter_to_a_line_that_other_supply_reaches_in_time() -> None:
    found = status(line(), pump(), lot(status=LotStatus.ON_HOLD), housings(10), job())

    assert found.status is LineStage.SCHEDULED


def test_a_line_with_an_open_change_is_change_pending_until_its_case_ends() -> None:
    found = status(line(), pump(), lot(), cases=(change(),))

    assert (found.status, found.waiting_on, found.next_due) == (
        LineStage.CHANGE_PENDING,
        Role.PLANNER,
        day(1),
    )
    assert found.since == day(-2)


def test_a_case_of_another_process_is_shown_and_changes_nothing() -> None:
    other = change().model_copy(update={"process": "material_shortage"})

    found = status(line(), pump(), lot(), cases=(other,))

    assert (found.status, found.open_cases) == (LineStage.READY_TO_SHIP, (other,))


def test_goods_in_hand_for_a_blocked_customer_are_blocked_and_finance_is_waited_for() -> None:
    found = status(line(), pump(), lot(), Customer(site=SITE, customer="ACME", name="Acme", blocked=True))

    assert (found.status, found.waiting_on) == (LineStage.DISPATCH_BLOCKED, Role.FINANCE)


def test_a_picked_shipment_is_blocked_by_one_lot_that_may_not_leave() -> None:
    picked = shipment(ShipmentStatus.PICKED, lots=("L1", "L2"))

    found = status(line(), pump(), lot(6), lot(4, LotStatus.ON_HOLD, "L2"), picked)

    assert found.status is LineStage.DISPATCH_BLOCKED
    assert [(reason.thing, reason.owner) for reason in found.reasons] == [("L2", Role.QUALITY_ENGINEER)]


def test_six_to_leave_of_a_lot_with_five_inspected_are_blocked() -> None:
    picked = shipment(ShipmentStatus.PICKED, quantity=6, lots=("L1",))

    found = status(line(6), pump(), lot(6), inspection("pass", covered=5), picked)

    assert found.status is LineStage.DISPATCH_BLOCKED
    assert [reason.code for reason in found.reasons] == ["not_cleared"]


def test_a_shipment_that_is_only_planned_does_not_block_what_is_still_to_be_made() -> None:
    planned = shipment(ShipmentStatus.PLANNED, lots=("L9",))

    found = status(line(), pump(), housings(10), job(), planned)

    assert found.status is LineStage.SCHEDULED


def test_a_line_is_ready_to_ship_when_all_of_it_lies_there_cleared() -> None:
    found = status(line(), pump(), lot(), inspection("pass", covered=10))

    assert (found.status, found.waiting_on) == (LineStage.READY_TO_SHIP, Role.DISPATCH)
    assert (found.projected_at, found.lateness) == (NOW, timedelta(0))


def test_a_picked_line_waits_for_whoever_releases_shipments() -> None:
    found = status(line(), pump(), lot(), shipment(ShipmentStatus.PICKED, lots=("L1",)))

    assert (found.status, found.waiting_on) == (LineStage.READY_TO_SHIP, Role.SHIPPING_MANAGER)


def test_goods_that_are_set_aside_for_others_are_not_in_hand() -> None:
    found = status(line(), pump(), lot(10), reserved(4, order="SO-2"))

    assert found.status is LineStage.PROMISED


def test_goods_that_another_line_was_promised_are_in_hand_only_if_they_are_set_aside_for_this_one() -> None:
    other = OrderLine(
        site=SITE, order="SO-2", line="10", item="PUMP", quantity=Decimal(10), requested_at=day(20),
        promised_at=day(20),
    )  # fmt: skip

    without = status(line(), pump(), lot(10), other)
    with_reservation = status(line(), pump(), lot(10), other, reserved(10))

    assert without.status is LineStage.PROMISED
    assert with_reservation.status is LineStage.READY_TO_SHIP


def test_an_overdue_receipt_is_not_in_hand_however_overdue() -> None:
    found = status(line(), pump(), receipt(10, day(-3)))

    assert found.status is LineStage.SCHEDULED


def test_a_line_whose_pieces_wait_for_a_result_awaits_quality() -> None:
    in_inspection = status(line(), pump(), lot(status=LotStatus.IN_INSPECTION))
    result_owed = status(line(), pump(), lot(), inspection())

    assert in_inspection.status is result_owed.status is LineStage.AWAITING_QA
    assert in_inspection.waiting_on == Role.QUALITY_INSPECTOR
    assert [reason.thing for reason in result_owed.reasons] == ["L1"]


def test_a_line_is_in_production_once_its_job_has_begun_and_says_how_far() -> None:
    found = status(line(), pump(), housings(10), job(JobStatus.RUNNING, "running", good=4))

    assert (found.status, found.percent) == (LineStage.IN_PRODUCTION, 40)
    assert (found.projected_at, found.next_due, found.waiting_on) == (day(5), day(5), Role.PRODUCTION)


def test_pieces_that_are_made_and_not_in_stock_yet_are_still_in_production() -> None:
    found = status(line(), pump(), job(JobStatus.COMPLETE, "done", good=10))

    assert (found.status, found.percent) == (LineStage.IN_PRODUCTION, 100)


def test_nobody_knows_when_a_job_on_hold_ends() -> None:
    found = status(line(), pump(), housings(10), job(JobStatus.ON_HOLD, "running", good=4))

    assert (found.status, found.projected_at, found.lateness) == (LineStage.IN_PRODUCTION, None, None)
    assert [reason.code for reason in found.reasons] == ["job_on_hold"]


def test_a_line_whose_job_lacks_material_is_short_of_it_until_it_comes() -> None:
    found = status(line(), pump(), housings(6), job(), receipt(20, day(3), "HOUSING"))

    assert (found.status, found.waiting_on, found.next_due) == (LineStage.MATERIAL_SHORT, Role.BUYER, day(1))
    assert [reason.text for reason in found.reasons] == [
        "4 HOUSING are short at 2026-10-06 08:00 UTC; until 2026-10-08 08:00 UTC."
    ]
    assert found.projected_at == day(7), "two days later, as the housings are"


def test_nobody_knows_when_a_line_is_ready_whose_material_is_not_even_ordered() -> None:
    found = status(line(), pump(), housings(6), job())

    assert (found.status, found.projected_at) == (LineStage.MATERIAL_SHORT, None)
    assert "no confirmed supply covers them" in found.reasons[0].text


def test_an_alternate_that_lies_there_makes_up_for_a_component_that_does_not() -> None:
    other = Item(
        site=SITE, item="PUMP",
        components=(Component(item="HOUSING", per_piece=Decimal(1), alternates=("HOUSING-B",)),),
    )  # fmt: skip
    there = Lot(site=SITE, item="HOUSING-B", lot="B1", quantity=Decimal(10))

    theirs, anothers = (there.model_copy(update={"owner": owner}) for owner in (line().customer, "OTHER"))

    assert status(line(), other, job()).status is LineStage.MATERIAL_SHORT
    assert status(line(), other, there, job()).status is LineStage.SCHEDULED
    assert status(line(), other, theirs, job()).status is LineStage.SCHEDULED
    assert status(line(), other, anothers, job()).status is LineStage.MATERIAL_SHORT


def test_a_line_of_a_bought_item_is_short_of_it_while_not_enough_comes_in_time() -> None:
    bought = Item(site=SITE, item="PUMP")

    found = status(line(), bought, lot(2), receipt(20, day(15)))

    assert found.status is LineStage.MATERIAL_SHORT
    assert (found.projected_at, found.lateness) == (day(15), timedelta(days=5))


def test_a_line_is_scheduled_when_its_job_has_material_and_waits_for_its_turn() -> None:
    found = status(line(), pump(), housings(10), job())

    assert (found.status, found.projected_at, found.percent) == (LineStage.SCHEDULED, day(5), 0)


def test_a_promised_line_is_scheduled_when_supply_with_a_date_covers_it() -> None:
    found, late = (status(line(), pump(), receipt(10, day(when))) for when in (4, 12))

    assert (found.status, found.projected_at, found.cause) == (LineStage.SCHEDULED, day(4), None)
    assert (late.lateness, late.cause) == (timedelta(days=2), Cause.PLANNING)


def test_a_line_with_a_promise_and_nothing_to_keep_it_with_is_only_promised() -> None:
    found = status(line(), pump())

    assert (found.status, found.waiting_on, found.next_due) == (LineStage.PROMISED, Role.PLANNER, day(10))
    assert (found.projected_at, found.lateness) == (None, None)


def test_a_line_without_a_promise_waits_for_sales() -> None:
    found = status(line(promised_at=None), pump(), receipt(10, day(4)))

    assert (found.status, found.waiting_on, found.lateness) == (LineStage.UNPROMISED, Role.SALES, None)


def test_a_line_that_should_have_been_there_is_late_even_if_nobody_knows_when_it_will_be() -> None:
    found = status(line(promised_at=day(-3)), pump())

    assert (found.projected_at, found.lateness, found.cause) == (None, timedelta(days=3), Cause.PLANNING)


@pytest.mark.parametrize(
    "others",
    [
        pytest.param((), id="no source says anything"),
        pytest.param((pump(),), id="no lot is known"),
        pytest.param((pump(), lot(), inspection("pass", covered=9)), id="one piece was not inspected"),
        pytest.param((pump(), lot(revision=None)), id="the lot's revision is not known"),
        pytest.param((pump(), lot(revision="A")), id="the lot is of another revision"),
        pytest.param((pump(), lot(revision="B", expires_at=day(9))), id="the lot spoils before it is due"),
        pytest.param((pump(), lot(9, revision="B")), id="one piece is missing"),
        pytest.param((pump(), lot(status=LotStatus.CONDITIONAL, revision="B")), id="the lot is for others"),
        pytest.param((pump(), lot(status=LotStatus.REJECTED, revision="B")), id="the lot is rejected"),
        pytest.param((pump(), lot(revision="B"), OTHER_JOB), id="a job takes nobody knows what"),
        pytest.param(
            (pump(), lot(revision="B"), shipment(ShipmentStatus.PICKED, lots=("L9",))), id="unknown lot"
        ),
    ],
)  # fmt: skip
def test_unknown_is_never_ready(others: tuple[Fact, ...]) -> None:
    found = status(line(revision="B"), *others)

    assert found.status not in (LineStage.READY_TO_SHIP, LineStage.RELEASED_FOR_DISPATCH)


def test_nothing_sets_a_status() -> None:
    found = status(line(), pump(), lot())

    with pytest.raises(ValidationError):
        found.status = LineStage.SHIPPED  # type: ignore[misc]

    told = [field for kind in KINDS.values() for field in kind.model_fields.values()]
    assert told
    assert LineStage not in [field.annotation for field in told], "no source can say it either"


def test_the_status_says_how_old_the_oldest_word_is_that_it_rests_on() -> None:
    facts = known(line(), pump(), lot())
    older = Reading[Any](fact=lot(name="L2"), source="wms", version="1", as_of=day(-2))

    found = order_line_status(LineFacts(now=NOW, line=facts.line, others=(*facts.others, older)))

    assert (found.as_of, found.since) == (day(-2), TOLD)


@pytest.mark.parametrize(
    "stops", [Hold(site=SITE, item="PUMP", lot="L1", case="QH-1"), inspection("fail", covered=10)], ids=lambda f: f.kind
)
@pytest.mark.parametrize(
    ("lots", "stage"), [(("L1",), LineStage.ON_QUALITY_HOLD), (("L1", "L2"), LineStage.DISPATCH_BLOCKED)]
)
def test_what_only_a_hold_or_a_failed_inspection_stops_is_stopped_since_that_was_told(
    stops: Fact, lots: tuple[str, ...], stage: LineStage
) -> None:
    facts = known(line(), pump(), *(lot(name=name) for name in lots), shipment(ShipmentStatus.PICKED, lots=lots))
    stopped = Reading[Any](fact=stops, source="lockstep", version="1", as_of=NOW)

    found = order_line_status(LineFacts(now=NOW, line=facts.line, others=(*facts.others, stopped)))

    assert (found.status, found.since, found.as_of) == (stage, NOW, TOLD)


def test_a_hold_that_was_lifted_and_one_of_another_lot_say_nothing_of_since_when() -> None:
    lifted = Hold(site=SITE, item="PUMP", lot="L1", case="QH-1", active=False)
    other = Hold(site=SITE, item="PUMP", lot="L9", case="QH-2")
    facts = known(line(), pump(), lot(status=LotStatus.ON_HOLD))
    told = (Reading[Any](fact=hold, source="lockstep", version="1", as_of=NOW) for hold in (lifted, other))

    found = order_line_status(LineFacts(now=NOW, line=facts.line, others=(*facts.others, *told)))

    assert (found.status, found.since) == (LineStage.ON_QUALITY_HOLD, TOLD)
