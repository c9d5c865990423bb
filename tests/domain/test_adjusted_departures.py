"""Dispatch hears of another plan where a shipment is to be ready before what goes with it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.adjustment.departures import departures, too_late_for
from domain.fact import Fact, Reading
from domain.facts import Job, Shipment, ShipmentLine, ShipmentStatus
from domain.release import Slot

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
JOB = Job(
    site="north", job="J-2", item="PUMP", quantity=Decimal(10), order="SO-2", line="10", starts_at=NOW, ends_at=NOW
)
LEAVES = Shipment(
    site="north", shipment="SH-2", ship_by=NOW + 9 * HOUR,
    lines=(ShipmentLine(order="SO-2", line="10", quantity=Decimal(4)),),
)  # fmt: skip
SLOT = Slot(site="north", shipment="SH-2", status="confirmed", starts_at=NOW + 5 * HOUR, ends_at=NOW + 9 * HOUR)


def told(end: datetime, *facts: Fact) -> list[str]:
    """What dispatch is told of J-2, which now ends at *end*."""
    readings = [Reading(fact=fact, source="erp", version="1", as_of=NOW) for fact in facts]
    return list(too_late_for(departures(readings, {"SO-2:10"}), JOB, end))


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ((LEAVES,), 9 * HOUR),
        ((LEAVES, SLOT), 5 * HOUR),
        ((LEAVES, SLOT.model_copy(update={"status": "missed"})), 9 * HOUR),
    ],
    ids=["by when it leaves", "by its slot", "a missed slot counts no more"],
)
def test_goods_are_wanted_when_the_slot_begins_or_else_when_it_leaves(
    facts: tuple[Fact, ...], wanted: timedelta
) -> None:
    in_time, later = told(NOW + wanted, *facts), told(NOW + wanted + timedelta(minutes=1), *facts)

    assert in_time == []
    assert [text.startswith("SH-2 is to be ready at 2026-10-05") for text in later] == [True]


@pytest.mark.parametrize("status", [ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED, ShipmentStatus.CANCELLED])
def test_what_has_left_or_never_will_waits_for_nothing(status: ShipmentStatus) -> None:
    assert told(NOW + 99 * HOUR, LEAVES.model_copy(update={"status": status})) == []


def test_what_takes_of_other_lines_is_left_alone() -> None:
    other = (ShipmentLine(order="SO-2", line="20", quantity=Decimal(4)),)

    assert told(NOW + 99 * HOUR, LEAVES.model_copy(update={"lines": other})) == []
