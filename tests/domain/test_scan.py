"""What may go on the vehicle, and how much of it is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.decision import DecisionRefused
from domain.fact import Fact, Reading
from domain.facts import Shipment, ShipmentLine, ShipmentStatus
from domain.leaving.scan import Scan, admit_scan
from domain.readiness.judgement import Known
from domain.readiness.policy import Paper, ReadinessPolicy
from domain.readiness.shipments import content_of
from domain.release import DispatchApproval, Hold, LoadedUnit, Loading, ShipmentHold
from domain.roles import Role
from tests.support.ready_shipment import PAPERS, other_lot, papers, ready_shipment
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
FIGURES = ReadinessPolicy(
    site=SITE, effective_from=NOW, time_to_live={}, documents=tuple(Paper(document=name) for name in PAPERS)
)
NOTHING = Loading(site=SITE, shipment="SH-9")


def being_loaded(*lines: tuple[str, int]) -> Known:
    """SH-9, which takes so much of V1 for each of these lines of SO-1, is approved and being loaded."""
    facts: dict[tuple[str, str], Fact] = {(one.kind, one.key): one for one in ready_shipment(NOW)}
    ordered = facts["order_line", "SO-1:10"]
    takes = (ShipmentLine(order="SO-1", line=line, quantity=Decimal(much), lots=("V1",)) for line, much in lines)
    update = {"lines": tuple(takes), "status": ShipmentStatus.LOADING}
    shipment = facts["shipment", "SH-9"].model_copy(update=update)
    assert isinstance(shipment, Shipment)
    content = content_of(shipment)
    approval = DispatchApproval(
        site=SITE, shipment="SH-9", approved_by="sven", describes=content, valid_until=NOW + timedelta(hours=4)
    )  # fmt: skip
    told = (shipment, approval, *papers(content), *(ordered.model_copy(update={"line": line}) for line, _ in lines))
    facts |= {(one.kind, one.key): one for one in told}
    readings = tuple(Reading[Any](fact=fact, source="erp", version="1", as_of=NOW) for fact in facts.values())
    return Known(now=NOW, readings=readings, policy=FIGURES)


def with_another_lot_on_hold() -> Known:
    """The same, with a second line that takes of V2, which is on hold."""
    known = being_loaded(("10", 30), ("20", 10))
    told = {(one.fact.kind, one.fact.key): one.fact for one in known.readings}
    shipment, approval = told["shipment", "SH-9"], told["dispatch_approval", "SH-9"]
    assert isinstance(shipment, Shipment)
    first, second = shipment.lines
    shipment = shipment.model_copy(update={"lines": (first, second.model_copy(update={"lots": ("V2",)}))})
    held = Hold(site=SITE, item="VALVE", lot="V2", because="It leaks.", case="QH-1")
    approval = approval.model_copy(update={"describes": content_of(shipment)})
    told |= {(one.kind, one.key): one for one in (shipment, approval, held, *other_lot("V2", 60))}
    readings = tuple(Reading[Any](fact=fact, source="erp", version="1", as_of=NOW) for fact in told.values())
    return Known(now=NOW, readings=readings, policy=FIGURES)


def scanned(
    known: Known, unit: str, quantity: int | None = None, line: str | None = None, on: Loading = NOTHING
) -> LoadedUnit:
    """The unit as it stands on the vehicle, besides what is *on* it."""
    much, order = None if quantity is None else Decimal(quantity), None if line is None else "SO-1"
    said = Scan(handling_unit=unit, item="VALVE", lot="V1", quantity=much, order=order, line=line)
    return admit_scan(SITE, "SH-9", said, known, on)


def loading(*units: LoadedUnit) -> Loading:
    """These stand on the vehicle."""
    return NOTHING.model_copy(update={"units": units})


def test_a_unit_counts_once_and_is_no_other_thing_the_second_time() -> None:
    known = being_loaded(("10", 40))
    first = scanned(known, "P-1", 30)

    assert scanned(known, "P-1", 30, on=loading(first)) == first
    with pytest.raises(DecisionRefused, match="P-1 was scanned already, as 30 of lot V1 for SO-1:10"):
        scanned(known, "P-1", 10, on=loading(first))


def test_no_more_goes_on_than_was_approved() -> None:
    known = being_loaded(("10", 40))
    on = loading(scanned(known, "P-1", 30))

    assert scanned(known, "P-2", 10, on=on).quantity == 10
    with pytest.raises(DecisionRefused, match=r"40 of lot V1 were approved for SO-1:10, and 30 are .*: 11 more"):
        scanned(known, "P-2", 11, on=on)


def test_a_lot_that_is_for_several_lines_is_counted_for_the_one_that_is_named() -> None:
    known = being_loaded(("10", 30), ("20", 10))
    on = loading(scanned(known, "P-1", 10, "20"))

    assert (on.quantity_of("SO-1", "20", "V1"), on.quantity_of("SO-1", "10", "V1")) == (Decimal(10), Decimal(0))
    with pytest.raises(DecisionRefused, match="Lot V1 is for SO-1:10 and SO-1:20: say for which P-2 is"):
        scanned(known, "P-2", 10, on=on)
    with pytest.raises(DecisionRefused, match="10 more are too many"):
        scanned(known, "P-2", 10, "20", on=on)
    with pytest.raises(DecisionRefused, match="not among what was approved for SH-9 for SO-1:30"):
        scanned(known, "P-2", 10, "30", on=on)


def test_what_does_not_say_how_much_it_holds_counts_as_a_unit_only() -> None:
    known = being_loaded(("10", 40))

    assert not NOTHING.counted
    assert loading(scanned(known, "P-1", 30)).counted
    assert not loading(scanned(known, "P-1", 30), scanned(known, "P-2")).counted


def test_nothing_goes_on_a_vehicle_whose_loading_is_stopped() -> None:
    known = being_loaded(("10", 40))
    stopped = ShipmentHold(site=SITE, shipment="SH-9", role=Role.SALES, placed_by="anna", because="Wait.")
    told = Reading[Any](fact=stopped, source="lockstep", version="1", as_of=NOW)

    with pytest.raises(DecisionRefused, match="SH-9 is stopped: anna stopped SH-9 as sales: Wait"):
        scanned(Known(now=NOW, readings=(*known.readings, told), policy=FIGURES), "P-1", 10)


def test_nor_does_a_good_lot_while_another_that_was_approved_is_on_hold() -> None:
    known = with_another_lot_on_hold()

    with pytest.raises(DecisionRefused, match=r"SH-9 is stopped: Lot V2 is on hold \(functional\): It leaks"):
        scanned(known, "P-1", 10)
