"""The vehicle that takes a shipment: that it will come, that it came, or that it will not."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.decision import DecisionRefused
from domain.facts import AT_THE_RAMP, Shipment
from domain.readiness.following import is_over
from domain.release import Slot


class VehicleNews(BaseModel):
    """What the gate or the carrier says of the vehicle."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    outcome: Literal["confirmed", "came", "no_show"]
    at: AwareDatetime | None = None
    """When it came, or was confirmed; nothing means now."""
    reason: str = Field(default="", max_length=200)
    """Why it does not come, or who says that it will."""


def admit_vehicle(shipment: Shipment, slot: Slot | None, said: VehicleNews, at: datetime) -> Slot:
    """The slot after what is *said* at *at*; the same if that was known. Raises DecisionRefused."""
    name = shipment.shipment
    if is_over(shipment):
        raise DecisionRefused(f"{name} is {shipment.status}: nobody waits for a vehicle any more.")
    if slot is None:
        raise DecisionRefused(f"{name} has no slot yet: nobody said when a vehicle is to come.")
    when = min(said.at or at, at)
    if said.outcome == "confirmed":
        return _confirmed(slot, when, at)
    if said.outcome == "came":
        return slot if slot.came_at is not None else slot.model_copy(update={"came_at": when})
    if shipment.status in AT_THE_RAMP:
        raise DecisionRefused(f"{name} is {shipment.status}: its vehicle is here.")
    if slot.came_at is not None:
        raise DecisionRefused(f"The vehicle of {name} came at {slot.came_at:%Y-%m-%d %H:%M} UTC.")
    return slot.model_copy(update={"status": "missed"})


def _confirmed(slot: Slot, when: datetime, at: datetime) -> Slot:
    if slot.status != "confirmed":
        raise DecisionRefused(f"The slot of {slot.shipment} is {slot.status}: only one that was confirmed is again.")
    if at >= slot.ends_at:
        raise DecisionRefused(f"The slot of {slot.shipment} is over.")
    newer = slot.confirmed_at is None or slot.confirmed_at < when
    return slot.model_copy(update={"confirmed_at": when}) if newer else slot
