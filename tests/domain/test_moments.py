"""When something comes due though nothing changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from domain.fact import Fact
from domain.facts import Shipment, ShipmentLine, ShipmentStatus
from domain.moments import MOMENTS, moments_of, next_look
from domain.release import Slot
from tests.domain.pumps import NOW, SITE

HOUR = timedelta(hours=1)


def shipment(**different: object) -> Shipment:
    """Leaves in three days."""
    lines = (ShipmentLine(order="SO-1", line="10", quantity=Decimal(10)),)
    leaving = Shipment(site=SITE, shipment="SH-1", ship_by=NOW + timedelta(days=3), lines=lines)
    return leaving.model_copy(update=different)


def slot(**different: object) -> Slot:
    """From one hour from now on, for two."""
    booked = Slot(site=SITE, shipment="SH-1", status="confirmed", starts_at=NOW + HOUR, ends_at=NOW + 3 * HOUR)
    return booked.model_copy(update=different)


def comes(fact: Fact) -> dict[str, datetime]:
    """When each of its moments comes, by name."""
    return {due.moment.name: due.at for due in moments_of(fact)}


def test_a_shipment_is_got_ready_two_days_before_it_must_leave_and_looked_for_then() -> None:
    assert comes(shipment()) == {
        "departure_near": NOW + timedelta(days=1),
        "departure_missed": NOW + timedelta(days=3),
    }


@pytest.mark.parametrize("status", [ShipmentStatus.LOADING, ShipmentStatus.DISPATCHED, ShipmentStatus.CANCELLED])
def test_what_is_being_loaded_or_is_over_is_not_looked_for(status: ShipmentStatus) -> None:
    assert comes(shipment(status=status)) == {}


def test_a_slot_is_missed_half_an_hour_after_it_was_over() -> None:
    assert comes(slot()) == {"slot_over": NOW + 3 * HOUR, "slot_missed": NOW + 3.5 * HOUR}


@pytest.mark.parametrize("status", ["requested", "missed"])
def test_a_slot_that_nobody_confirmed_or_that_is_missed_already_is_not_waited_for(status: str) -> None:
    assert comes(slot(status=status)) == {}


def test_a_moment_is_named_after_its_time_so_that_another_slip_is_another() -> None:
    first, same, later = (
        moments_of(leaving)[0].key
        for leaving in (shipment(), shipment(picked_by=("dev",)), shipment(ship_by=NOW + timedelta(days=4)))
    )

    assert first == same
    assert first != later


def test_the_next_look_is_at_the_first_moment_that_is_still_to_come() -> None:
    near, missed = (due.at for due in moments_of(shipment()))

    assert next_look(shipment()) == near
    assert next_look(shipment(), near) == missed
    assert next_look(shipment(), missed) is None


def test_every_moment_has_a_name_of_its_own_and_asks_for_a_reason_that_its_process_knows() -> None:
    assert len({moment.name for moment in MOMENTS}) == len(MOMENTS)
    for due in (*moments_of(shipment()), *moments_of(slot())):
        if due.moment.request is not None:
            request = due.moment.request(due.fact)
            assert request.reason in due.moment.process.reasons
            assert request.subject_key == "SH-1"
