"""What became of a shipment that has left: proof of delivery, refusal or damage."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.decision import DecisionRefused
from domain.facts import GONE, Shipment, ShipmentStatus
from domain.held_lot.requested import QualityHoldRequest
from domain.subject import Identifier


class Returned(BaseModel):
    """A lot of which something comes back."""

    model_config = ConfigDict(frozen=True)

    item: Identifier
    lot: Identifier


class Arrival(BaseModel):
    """What the carrier or the customer says of a shipment."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    outcome: Literal["delivered", "refused", "damaged"]
    reason: str = Field(default="", max_length=200)
    """Why it was refused, or what is damaged."""
    returned: tuple[Returned, ...] = Field(default=(), max_length=50)
    """Lots of which something comes back; each is put on hold."""


def admit_arrival(shipment: Shipment, said: Arrival) -> ShipmentStatus:
    """Where *shipment* is, after what is *said* of it. Raises DecisionRefused."""
    name = shipment.shipment
    if shipment.status not in GONE:
        raise DecisionRefused(f"{name} is {shipment.status}: it has not left.")
    if said.outcome == "delivered":
        if said.returned:
            raise DecisionRefused("What was delivered does not come back. Say refused or damaged.")
        return ShipmentStatus.DELIVERED
    if len(said.reason.strip()) < 3:
        raise DecisionRefused(f"Please say why {name} was {said.outcome}.")
    if strangers := [one.lot for one in said.returned if one.lot not in shipment.lots]:
        raise DecisionRefused(f"{name} took nothing of lot {strangers[0]}.")
    return ShipmentStatus.DELIVERED if said.outcome == "damaged" else shipment.status


def holds(shipment: str, said: Arrival) -> tuple[QualityHoldRequest, ...]:
    """What is asked about each lot that comes back: nobody uses or sends it before somebody says what becomes of it."""
    defect = f"{shipment} was {said.outcome}: {said.reason.strip()}"
    return tuple(
        QualityHoldRequest(
            item=one.item, lot=one.lot, reason="CUSTOMER_COMPLAINT", defect=defect, reference=shipment
        )
        for one in dict.fromkeys(said.returned)
    )  # fmt: skip
