"""What the effects on shipments make of the embedded plant's facts."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.fact import Fact
from domain.facts import Lot, OrderLine, Reservation, Shipment, ShipmentStatus
from domain.leaving.ship_notice import SHIP_NOTICE
from domain.ports import EffectRefused, NotInSystem
from domain.release import DispatchApproval, Document, Loading, ShipmentHold, Slot
from domain.shipment_effect import (
    ApproveDispatch,
    CancelShipment,
    IssueGoods,
    LiftShipmentHold,
    MoveShipment,
    MoveSlot,
    RevokeDispatch,
    SendShipNotice,
)
from storage.facts import fact

ShippingEffect = (
    ApproveDispatch
    | RevokeDispatch
    | MoveShipment
    | CancelShipment
    | MoveSlot
    | LiftShipmentHold
    | IssueGoods
    | SendShipNotice
)


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
        begins = effect.status is ShipmentStatus.LOADING
        return [_moved(shipment, effect.status, effect.expected), *(await _empty(session, shipment) if begins else ())]
    if isinstance(effect, CancelShipment):
        return [_moved(shipment, ShipmentStatus.CANCELLED, effect.expected)]
    if isinstance(effect, MoveSlot):
        slot = (await fact(session, Slot, effect.site, effect.shipment)).fact
        times = {"starts_at": effect.starts_at, "ends_at": effect.ends_at}
        return [slot.model_copy(update={**times, "status": "requested", "came_at": None, "confirmed_at": None})]
    if isinstance(effect, LiftShipmentHold):
        hold = (await fact(session, ShipmentHold, effect.site, f"{effect.shipment}:{effect.role}")).fact
        return [hold.model_copy(update={"active": False})]
    if isinstance(effect, IssueGoods):
        gone = _moved(shipment, ShipmentStatus.DISPATCHED, ShipmentStatus.LOADED)
        gone = gone.model_copy(update={"left_at": effect.left_at or datetime.now(UTC)})
        return [gone, *await _issued(session, shipment)]
    return [
        Document(
            site=effect.site, shipment=effect.shipment, document=SHIP_NOTICE, status="final",
            describes=effect.describes, sent_at=datetime.now(UTC),
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
    if isinstance(effect, CancelShipment):
        return Shipment, effect.shipment, {"status": ShipmentStatus.CANCELLED}
    if isinstance(effect, MoveSlot):
        return Slot, effect.shipment, {"starts_at": effect.starts_at, "ends_at": effect.ends_at}
    if isinstance(effect, LiftShipmentHold):
        return ShipmentHold, f"{effect.shipment}:{effect.role}", {"active": False}
    if isinstance(effect, IssueGoods):
        return Shipment, effect.shipment, {"status": ShipmentStatus.DISPATCHED}
    return Document, f"{effect.shipment}:{SHIP_NOTICE}", {"describes": effect.describes}


def _moved(shipment: Shipment, to: ShipmentStatus, *expected: ShipmentStatus) -> Shipment:
    if shipment.status not in expected:
        raise EffectRefused(f"{shipment.shipment} is {shipment.status} by now, not {expected[0]}.")
    return shipment.model_copy(update={"status": to})


async def _empty(session: AsyncSession, shipment: Shipment) -> list[Fact]:
    """That nothing stands on the vehicle, where something did when it was loaded before."""
    try:
        before = (await fact(session, Loading, shipment.site, shipment.shipment)).fact
    except NotInSystem:
        return []
    return [before.model_copy(update={"units": ()})]


async def _issued(session: AsyncSession, shipment: Shipment) -> list[Fact]:
    """The order lines that much shipped, and lots and reservations that much smaller."""
    of_lines: dict[str, Decimal] = defaultdict(Decimal)
    of_lots: dict[str, Decimal] = defaultdict(Decimal)
    kept: dict[str, Decimal] = defaultdict(Decimal)
    for line in shipment.lines:
        key = line.line_key
        item = (await fact(session, OrderLine, shipment.site, key)).fact.item
        of_lines[key] += line.quantity
        kept[f"{item}:{key}"] += line.quantity
        if len(line.lots) == 1:
            of_lots[f"{item}:{line.lots[0]}"] += line.quantity
    told: list[Fact] = []
    for key, quantity in of_lines.items():
        ordered = (await fact(session, OrderLine, shipment.site, key)).fact
        told.append(ordered.model_copy(update={"shipped": ordered.shipped + quantity}))
    for key, quantity in of_lots.items():
        told.append(_less((await fact(session, Lot, shipment.site, key)).fact, quantity))
    for key, quantity in kept.items():
        try:
            told.append(_less((await fact(session, Reservation, shipment.site, key)).fact, quantity))
        except NotInSystem:
            continue
    return told


def _less(stock: Lot | Reservation, quantity: Decimal) -> Fact:
    return stock.model_copy(update={"quantity": max(stock.quantity - quantity, Decimal(0))})
