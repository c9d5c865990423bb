"""What stays behind when less leaves: what of it is in no other shipment, and whose promise that breaks."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from domain.calendar import WorkingCalendar
from domain.facts import OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.leaving.rest import Rest, left_behind, rests
from domain.shipment_effect import LeaveShort, ReviseShipment
from tests.domain.pumps import NOW, SITE, line

DAY = timedelta(days=1)


def takes(quantity: int) -> tuple[ShipmentLine, ...]:
    """So much of SO-1:10."""
    return (ShipmentLine(order="SO-1", line="10", quantity=Decimal(quantity)),)


def shipment(name: str, quantity: int, status: ShipmentStatus = ShipmentStatus.LOADED) -> Shipment:
    """One that takes so much."""
    return Shipment(site=SITE, shipment=name, ship_by=NOW, status=status, lines=takes(quantity))


def short(quantity: int, at: datetime | None = None) -> LeaveShort:
    """So much stays behind."""
    return LeaveShort(
        site=SITE, shipment="SH-1", expected="", lines=(), describes="", approved_by="emma", rest=takes(quantity),
        rest_at=at,
    )  # fmt: skip


def rest_of(
    *shipments: Shipment,
    behind: tuple[LeaveShort | ReviseShipment, ...],
    shipped: int = 0,
    due: datetime = NOW + 9 * DAY,
) -> list[Rest]:
    """What of the 50 of SO-1:10 is left."""
    ordered: OrderLine = line(50, shipped=Decimal(shipped), promised_at=due)
    return list(rests(left_behind(behind), [ordered], shipments, WorkingCalendar.always(), NOW))


def test_what_was_left_behind_and_no_other_shipment_takes_is_left() -> None:
    (found,) = rest_of(shipment("SH-1", 40), behind=(short(10),))

    assert (found.quantity, found.late, found.leaves_at) == (Decimal(10), False, NOW + DAY)


def test_another_shipment_takes_some_of_it_or_all() -> None:
    planned = ShipmentStatus.PLANNED

    assert [
        one.quantity for one in rest_of(shipment("SH-1", 40), shipment("SH-2", 6, planned), behind=(short(10),))
    ] == [4]
    assert rest_of(shipment("SH-1", 40), shipment("SH-2", 10, planned), behind=(short(10),)) == []
    cancelled = shipment("SH-2", 10, ShipmentStatus.CANCELLED)
    assert [one.quantity for one in rest_of(shipment("SH-1", 40), cancelled, behind=(short(10),))] == [10]


def test_no_more_is_left_than_was_left_behind_and_what_left_counts_once() -> None:
    left = shipment("SH-0", 15, ShipmentStatus.DISPATCHED)

    for shipped in (0, 15):
        (found,) = rest_of(left, shipment("SH-1", 5), behind=(short(4), short(6)), shipped=shipped)
        assert (found.quantity, found.topic) == (Decimal(10), "rest_10")
    assert [one.quantity for one in rest_of(left, shipment("SH-1", 30), behind=(short(10),), shipped=15)] == [5]


def test_a_promise_breaks_if_it_is_before_the_next_working_day_is_over_or_before_what_was_said() -> None:
    there = shipment("SH-1", 40)

    assert [one.late for one in rest_of(there, behind=(short(10),), due=NOW + DAY)] == [False]
    assert [one.late for one in rest_of(there, behind=(short(10),), due=NOW + DAY / 2)] == [True]
    (said,) = rest_of(there, behind=(short(10, NOW + 20 * DAY),))
    assert (said.late, said.leaves_at) == (True, NOW + 20 * DAY)
