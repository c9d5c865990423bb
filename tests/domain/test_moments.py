"""When something comes due though nothing changes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.facts import Shipment, ShipmentLine, ShipmentStatus
from domain.moments import MOMENTS, moments_of, next_look
from tests.domain.pumps import NOW, SITE


def shipment(**different: object) -> Shipment:
    """Leaves in three days."""
    lines = (ShipmentLine(order="SO-1", line="10", quantity=Decimal(10)),)
    leaving = Shipment(site=SITE, shipment="SH-1", ship_by=NOW + timedelta(days=3), lines=lines)
    return leaving.model_copy(update=different)


def test_a_shipment_is_got_ready_two_days_before_it_must_leave() -> None:
    (due,) = moments_of(shipment())

    assert due.at == NOW + timedelta(days=1)
    assert due.moment.request(due.fact).subject_key == "SH-1"
    assert "departure near" in due.why


@pytest.mark.parametrize("status", [ShipmentStatus.LOADING, ShipmentStatus.DISPATCHED, ShipmentStatus.CANCELLED])
def test_what_is_being_loaded_or_is_over_is_not_got_ready(status: ShipmentStatus) -> None:
    assert next_look(shipment(status=status)) is None


def test_a_moment_is_named_after_its_time_so_that_another_slip_is_another() -> None:
    (due,), (later,) = moments_of(shipment()), moments_of(shipment(ship_by=NOW + timedelta(days=4)))
    (same,) = moments_of(shipment(picked_by=("dev",)))

    assert due.key == same.key
    assert due.key != later.key


def test_of_several_moments_the_first_is_looked_for_and_past_ones_are_not_when_only_later_ones_count() -> None:
    due = moments_of(shipment())

    assert next_look(shipment()) == due[0].at
    assert next_look(shipment(), due[-1].at) is None


def test_every_moment_has_a_name_of_its_own_and_asks_for_a_reason_that_its_process_knows() -> None:
    assert len({moment.name for moment in MOMENTS}) == len(MOMENTS)
    for due in moments_of(shipment()):
        assert due.moment.request(due.fact).reason in due.moment.process.reasons
