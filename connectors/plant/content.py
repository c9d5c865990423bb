"""What the effects on what a shipment takes make of the embedded plant's facts."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.fact import Fact
from domain.facts import Shipment, ShipmentStatus
from domain.ports import EffectRefused, NotInSystem
from domain.readiness.shipments import content_of
from domain.release import DispatchApproval
from domain.shipment_effect import AddShipment, LeaveShort, ReviseShipment
from storage.facts import fact

ContentEffect = ReviseShipment | AddShipment | LeaveShort


async def meaning(session: AsyncSession, effect: ContentEffect) -> list[Fact]:
    """The facts as they are once *effect* is in force. Raises EffectRefused, NotInSystem."""
    if isinstance(effect, AddShipment):
        return [await _added(session, effect)]
    shipment = (await fact(session, Shipment, effect.site, effect.shipment)).fact
    if content_of(shipment) != effect.expected:
        raise EffectRefused(f"{shipment.shipment} takes something else by now.")
    if isinstance(effect, ReviseShipment):
        return [shipment.model_copy(update={"lines": effect.lines, "status": effect.status})]
    if shipment.status is not ShipmentStatus.LOADING:
        raise EffectRefused(f"{shipment.shipment} is {shipment.status} by now, not loading.")
    approval = (await fact(session, DispatchApproval, effect.site, effect.shipment)).fact
    return [
        shipment.model_copy(update={"lines": effect.lines, "status": ShipmentStatus.LOADED}),
        approval.model_copy(update={"describes": effect.describes, "approved_by": effect.approved_by}),
    ]


def said(effect: ContentEffect) -> tuple[type[Fact], str, dict[str, Any]]:
    """Of which fact *effect* says what."""
    if isinstance(effect, AddShipment):
        return Shipment, effect.shipment, {"lines": effect.lines}
    status = effect.status if isinstance(effect, ReviseShipment) else ShipmentStatus.LOADED
    return Shipment, effect.shipment, {"lines": effect.lines, "status": status}


async def _added(session: AsyncSession, effect: AddShipment) -> Shipment:
    like = (await fact(session, Shipment, effect.site, effect.like)).fact
    try:
        await fact(session, Shipment, effect.site, effect.shipment)
    except NotInSystem:
        return Shipment(
            site=effect.site, shipment=effect.shipment, ship_by=like.ship_by, lines=effect.lines,
            documents=like.documents, vehicle_needs=like.vehicle_needs,
            country=like.country, mode=like.mode,
        )  # fmt: skip
    raise EffectRefused(f"There is a shipment {effect.shipment} already.")
