"""A shipment of the small plant that lacks nothing but to be let go."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from domain.fact import Fact
from domain.facts import Inspection, Lot, OrderLine, Reservation, Shipment, ShipmentLine, ShipmentStatus
from domain.readiness.shipments import content_of
from domain.release import CustomerClearance, DispatchApproval, Document, Slot
from tests.support.small_plant import SITE

PAPERS = ("packing_list", "delivery_note", "labels")


def ready_shipment(
    now: datetime, *, without: type[Fact] | None = None, lot: str = "V1", name: str = "SH-9", line: str = "10",
    quantity: int = 40,
) -> tuple[Fact, ...]:  # fmt: skip
    """As many valves of *lot* as a line of SO-1 is about, picked by Dev; *without* one kind of what it needs."""
    ship_by = now + timedelta(days=2)
    shipment = Shipment(
        site=SITE, shipment=name, status=ShipmentStatus.PICKED, ship_by=ship_by, picked_by=("dev",),
        lines=(ShipmentLine(order="SO-1", line=line, quantity=Decimal(quantity), lots=(lot,)),),
    )  # fmt: skip
    facts: tuple[Fact, ...] = (
        shipment,
        OrderLine(
            site=SITE, order="SO-1", line=line, customer="ACME", item="VALVE", quantity=Decimal(quantity),
            price=Decimal(10), requested_at=now + timedelta(days=60), promised_at=now + timedelta(days=60),
        ),
        Lot(site=SITE, item="VALVE", lot=lot, quantity=Decimal(100)),
        Reservation(site=SITE, item="VALVE", order="SO-1", line=line, quantity=Decimal(quantity)),
        Inspection(
            site=SITE, item="VALVE", lot=lot, inspection="final", result="pass", covered=Decimal(100)
        ),
        *papers(content_of(shipment), name),
        Slot(
            site=SITE, shipment=name, status="confirmed", carrier="CARRIER-1", starts_at=now + timedelta(hours=6),
            ends_at=now + timedelta(hours=8),
        ),
        CustomerClearance(site=SITE, customer="ACME", credit="ok", screening="ok"),
    )  # fmt: skip
    return tuple(fact for fact in facts if without is None or not isinstance(fact, without))


def papers(content: str, shipment: str = "SH-9") -> tuple[Document, ...]:
    """The papers of *shipment*, written for *content*."""
    return tuple(
        Document(site=SITE, shipment=shipment, document=name, status="final", describes=content) for name in PAPERS
    )


def other_lot(name: str, quantity: int, expires_at: datetime | None = None) -> tuple[Fact, ...]:
    """A lot of valves of which nothing is spoken for, inspected in full."""
    return (
        Lot(site=SITE, item="VALVE", lot=name, quantity=Decimal(quantity), expires_at=expires_at),
        Inspection(
            site=SITE, item="VALVE", lot=name, inspection="final", result="pass", covered=Decimal(quantity)
        ),
    )  # fmt: skip


def being_loaded(now: datetime) -> tuple[Fact, ...]:
    """The same, after it was let go and loading has begun."""
    facts = ready_shipment(now)
    shipment = next(fact for fact in facts if isinstance(fact, Shipment))
    approval = DispatchApproval(
        site=SITE, shipment="SH-9", approved_by="sven", describes=content_of(shipment),
        valid_until=now + timedelta(hours=4),
    )  # fmt: skip
    others = (fact for fact in facts if fact is not shipment)
    return (*others, approval, shipment.model_copy(update={"status": ShipmentStatus.LOADING}))


def has_left(now: datetime) -> tuple[Fact, ...]:
    """The same, after it has left."""
    return tuple(
        fact.model_copy(update={"status": ShipmentStatus.DISPATCHED}) if isinstance(fact, Shipment) else fact
        for fact in ready_shipment(now)
    )
