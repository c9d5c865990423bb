"""What the effects on shipments make of the embedded plant's facts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.effect import (
    ApproveDispatch,
    IssueGoods,
    LiftShipmentHold,
    MoveShipment,
    ReviseShipment,
    RevokeDispatch,
    SendShipNotice,
)
from domain.fact import Fact
from domain.facts import Lot, OrderLine, Reservation, Shipment, ShipmentLine, ShipmentStatus
from domain.ports import EffectRefused, NotInSystem
from domain.readiness.shipments import content_of
from domain.release import DispatchApproval, Document, ShipmentHold
from storage.facts import fact

ShippingEffect = (
    ApproveDispatch | RevokeDispatch | MoveShipment | ReviseShipment | LiftShipmentHold | IssueGoods | SendShipNotice
)

SHIP_NOTICE = "ship_notice"
"""The type of the document that stands for the notice sent in advance."""


async def meaning(session: AsyncSession, effect: ShippingEffect) -> list[Fact]:
    """The facts as they are once *effect* is in force. Raises EffectRefused, NotInSystem."""
    shipment = (await fact(session, Shipment, effect.site, effect.shipment)).fact
    if isinstance(effect, ApproveDispatch):
        return [
            DispatchApproval(**effect.model_dump(exclude={"kind"})),
            _moved(shipment, ShipmentStatus.APPROVED, ShipmentStatus.PICKED, ShipmentStatus.APPROVED),
        ]
    if isinstance(effect, RevokeDispatch):
        approval = (await fact(session, DispatchApproval, effect.site, effect.shipment)).fact
        back = ShipmentStatus.PICKED if shipment.status is ShipmentStatus.APPROVED else shipment.status
        return [approval.model_copy(update={"revoked": True}), shipment.model_copy(update={"status": back})]
    if isinstance(effect, MoveShipment):
        return [_moved(shipment, effect.status, effect.expected)]
    if isinstance(effect, ReviseShipment):
        return [_revised(shipment, effect)]
    if isinstance(effect, LiftShipmentHold):
        hold = (await fact(session, ShipmentHold, effect.site, f"{effect.shipment}:{effect.role}")).fact
        return [hold.model_copy(update={"active": False})]
    if isinstance(effect, IssueGoods):
        gone = _moved(shipment, ShipmentStatus.DISPATCHED, ShipmentStatus.LOADED)
        return [gone, *[told for line in shipment.lines for told in await _issued(session, effect.site, line)]]
    return [
        Document(
            site=effect.site, shipment=effect.shipment, document=SHIP_NOTICE, status="final",
            describes=effect.describes,
        )
    ]  # fmt: skip


def said(effect: ShippingEffect) -> tuple[type[Fact], str, dict[str, Any]]:
    """Of which fact *effect* says what."""
    if isinstance(effect, ApproveDispatch):
        return DispatchApproval, effect.shipment, {"describes": effect.describes, "revoked": False}
    if isinstance(effect, RevokeDispatch):
        return DispatchApproval, effect.shipment, {"revoked": True}
    if isinstance(effect, MoveShipment):
        return Shipment, effect.shipment, {"status": effect.status}
    if isinstance(effect, ReviseShipment):
        return Shipment, effect.shipment, {"lines": effect.lines, "status": effect.status}
    if isinstance(effect, LiftShipmentHold):
        return ShipmentHold, f"{effect.shipment}:{effect.role}", {"active": False}
    if isinstance(effect, IssueGoods):
        return Shipment, effect.shipment, {"status": ShipmentStatus.DISPATCHED}
    return Document, f"{effect.shipment}:{SHIP_NOTICE}", {"describes": effect.describes}


def _moved(shipment: Shipment, to: ShipmentStatus, *expected: ShipmentStatus) -> Shipment:
    if shipment.status not in expected:
        raise EffectRefused(f"{shipment.shipment} is {shipment.status} by now, not {expected[0]}.")
    return shipment.model_copy(update={"status": to})


def _revised(shipment: Shipment, effect: ReviseShipment) -> Shipment:
    if content_of(shipment) != effect.expected:
        raise EffectRefused(f"{shipment.shipment} takes something else by now.")
    return shipment.model_copy(update={"lines": effect.lines, "status": effect.status})


async def _issued(session: AsyncSession, site: str, line: ShipmentLine) -> list[Fact]:
    """The order line that much shipped, and lot and reservation that much smaller."""
    ordered = (await fact(session, OrderLine, site, f"{line.order}:{line.line}")).fact
    told: list[Fact] = [ordered.model_copy(update={"shipped": ordered.shipped + line.quantity})]
    if len(line.lots) == 1:
        lot = (await fact(session, Lot, site, f"{ordered.item}:{line.lots[0]}")).fact
        told.append(lot.model_copy(update={"quantity": max(lot.quantity - line.quantity, Decimal(0))}))
    try:
        kept = (await fact(session, Reservation, site, f"{ordered.item}:{line.order}:{line.line}")).fact
    except NotInSystem:
        return told
    return [*told, kept.model_copy(update={"quantity": max(kept.quantity - line.quantity, Decimal(0))})]
