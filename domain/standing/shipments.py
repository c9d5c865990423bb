"""Where a shipment is. The stages are tried in a fixed order and the first that fits counts."""

from __future__ import annotations

from enum import StrEnum

from domain.evidence import Reason
from domain.fact import Reading
from domain.facts import AT_THE_RAMP, OrderLine, Shipment, ShipmentStatus
from domain.leaving.gate import stops
from domain.order_line.known import OpenCase
from domain.order_line.precedence import CARRIER
from domain.readiness.judgement import Known
from domain.readiness.shipments import dispatch_approved, ready_for_release
from domain.readiness.truth import Truth
from domain.release import DispatchApproval, Slot
from domain.roles import Role
from domain.standing.standing import Fit, Standing, standing


class ShipmentStage(StrEnum):
    """How far a shipment has come, in the order in which the stages are tried."""

    CANCELLED = "cancelled"
    """Its source says so."""
    DELIVERED = "delivered"
    """Its source says so."""
    DISPATCHED = "dispatched"
    """Its source says so: it is on its way."""
    LOADED = "loaded"
    """Its source says so: it may leave."""
    LOADING = "loading"
    """Its source says so."""
    RELEASED = "released"
    """It was approved as it is now, and all that it takes is so or waived."""
    BLOCKED = "blocked"
    """It is picked, and something is known to be in the way."""
    AWAITING_RELEASE = "awaiting_release"
    """It is picked and lacks nothing but the word of whoever lets it go."""
    PICKED = "picked"
    """It is picked, and nobody knows whether all that it takes is so."""
    PLANNED = "planned"
    """Nothing of the above."""


_SAID = {
    ShipmentStatus.CANCELLED: Fit(ShipmentStage.CANCELLED, over=True),
    ShipmentStatus.DELIVERED: Fit(ShipmentStage.DELIVERED, over=True),
    ShipmentStatus.DISPATCHED: Fit(ShipmentStage.DISPATCHED, CARRIER, over=True),
}


def shipment_standing(shipment: Reading[Shipment], known: Known, open_cases: tuple[OpenCase, ...] = ()) -> Standing:
    """The status of *shipment*, from all that is known of it."""
    leaving = shipment.fact
    slot = known.every(Slot, leaving.site, lambda s: s.shipment == leaving.shipment)
    approval = known.every(DispatchApproval, leaving.site, lambda a: a.shipment == leaving.shipment)
    lines = known.every(OrderLine, leaving.site, lambda line: line.key in leaving.line_keys)
    booked = max((s.fact.ends_at for s in slot if s.fact.status == "confirmed"), default=leaving.ship_by)
    return standing(
        shipment,
        _fit(leaving, known),
        [*slot, *approval],
        projected_at=max(booked, known.now),
        promised_at=min((line.fact.due_at for line in lines), default=leaving.ship_by),
        open_cases=open_cases,
    )


def _fit(leaving: Shipment, known: Known) -> Fit:
    if leaving.status in _SAID:
        return _SAID[leaving.status]
    if leaving.status in AT_THE_RAMP:
        stage, stopped = ShipmentStage(leaving.status.value), stops(leaving.site, leaving.shipment, known)
        # Whoever must mend it, dispatch says what becomes of a vehicle that stands there half loaded.
        return Fit(stage, Role.DISPATCH if stopped else Role.WAREHOUSE, leaving.ship_by, stopped)
    approved = dispatch_approved(leaving.site, leaving.shipment, known)
    if approved.value is Truth.TRUE:
        return Fit(ShipmentStage.RELEASED, Role.WAREHOUSE, leaving.ship_by)
    ready = ready_for_release(leaving.site, leaving.shipment, known)
    if leaving.status is ShipmentStatus.PLANNED:
        return _waits(ShipmentStage.PLANNED, leaving, ready.reasons, Role.WAREHOUSE)
    if ready.value is Truth.FALSE:
        return _waits(ShipmentStage.BLOCKED, leaving, ready.reasons, Role.DISPATCH)
    if ready.value is Truth.TRUE:
        return _waits(ShipmentStage.AWAITING_RELEASE, leaving, approved.reasons, Role.SHIPPING_MANAGER)
    return _waits(ShipmentStage.PICKED, leaving, ready.reasons, Role.DISPATCH)


def _waits(stage: ShipmentStage, leaving: Shipment, reasons: tuple[Reason, ...], otherwise: Role) -> Fit:
    owner = next((reason.owner for reason in reasons if reason.owner is not None), otherwise)
    return Fit(stage, owner, leaving.ship_by, reasons)
