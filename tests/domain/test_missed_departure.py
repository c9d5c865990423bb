"""When a departure was missed, and whose promise that breaks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.calendar import WorkingCalendar
from domain.facts import LineStatus, OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.leaving.missed import Missed, missed
from domain.release import Slot
from domain.timing import USUAL
from tests.domain.pumps import NOW, SITE, line

HOUR = timedelta(hours=1)
SHIPMENT = Shipment(
    site=SITE, shipment="SH-1", ship_by=NOW + 5 * HOUR, status=ShipmentStatus.PICKED,
    lines=(ShipmentLine(order="SO-1", line="10", quantity=Decimal(10)),),
)  # fmt: skip
SLOT = Slot(site=SITE, shipment="SH-1", status="confirmed", starts_at=NOW - 2 * HOUR, ends_at=NOW - USUAL.vehicle_late)


def slip(
    *lines: OrderLine, slot: Slot | None = SLOT, status: ShipmentStatus = ShipmentStatus.PICKED, later: float = 0
) -> Missed | None:
    """What has been missed so many hours later than now."""
    shipment = SHIPMENT.model_copy(update={"status": status})
    return missed(shipment, slot, lines, WorkingCalendar.always(), NOW + later * HOUR)


def test_a_slot_is_missed_half_an_hour_after_it_ended_and_not_before() -> None:
    found = slip()

    assert slip(later=-0.01) is None
    assert found is not None
    assert (found.what, found.at) == ("its slot", SLOT.ends_at)


def test_how_late_a_vehicle_may_come_is_the_sites_figure() -> None:
    patient = missed(SHIPMENT, SLOT, (), WorkingCalendar.always(), NOW, USUAL.vehicle_late + HOUR)

    assert slip() is not None
    assert patient is None


def test_a_slot_is_missed_as_soon_as_somebody_says_so() -> None:
    assert slip(slot=SLOT.model_copy(update={"status": "missed"}), later=-1) is not None


@pytest.mark.parametrize("status", [ShipmentStatus.LOADING, ShipmentStatus.LOADED, ShipmentStatus.DISPATCHED])
def test_what_is_being_loaded_misses_nothing(status: ShipmentStatus) -> None:
    assert slip(status=status, later=9) is None


def test_without_a_slot_what_has_not_left_when_it_had_to_is_late() -> None:
    found = slip(slot=None, later=5)

    assert slip(slot=None, later=4.9) is None
    assert found is not None
    assert found.at == SHIPMENT.ship_by


def test_a_slip_that_was_told_of_stays_the_same_while_nothing_is_booked() -> None:
    first, later = slip(), slip(later=30)

    assert first is not None
    assert later is not None
    assert first.topic == later.topic


def test_only_promises_that_end_before_it_can_leave_are_broken() -> None:
    soon = line(requested_at=NOW + HOUR, promised_at=NOW + HOUR)
    far = soon.model_copy(update={"order": "SO-2", "promised_at": NOW + 90 * HOUR})
    gone = soon.model_copy(update={"order": "SO-3", "status": LineStatus.CANCELLED})

    found = slip(soon, far, gone)

    assert found is not None
    assert [late.order for late in found.late] == ["SO-1"]
    assert all(late.breaks_promise and late.new_at > NOW for late in found.late)
