"""Whether a vehicle comes for a shipment: in time, not too early, and one that takes it."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import Any

from domain.facts import Job, Shipment
from domain.readiness.judgement import Judgement, Known, Readiness
from domain.release import Slot
from domain.roles import Role

UNCONFIRMED = "slot_unconfirmed"
"""The code of the reason that nobody has said again that the vehicle comes."""


def slot_booked(site: str, shipment: str, known: Known) -> Readiness:
    """Whether a slot with a carrier is confirmed and still to come, in time, not before its goods; its vehicle fits."""
    judgement = Judgement("slot_booked", site, shipment, known)
    leaving = judgement.one(Shipment, shipment, Role.DISPATCH)
    slot = judgement.one(Slot, shipment, Role.DISPATCH)
    if leaving is None or slot is None:
        return judgement.given()
    judgement.is_about(_as_booked(leaving, slot))
    owner = Role.DISPATCH
    if slot.status != "confirmed":
        judgement.false(f"slot_{slot.status}", shipment, owner, f"The slot of {shipment} is {slot.status}.")
    if known.now >= slot.ends_at:
        judgement.false("slot_over", shipment, owner, f"The slot of {shipment} is over.")
    else:
        _still_confirmed(judgement, slot)
    if (last := _made_last(judgement, leaving)) is not None and last.ends_at > slot.starts_at:
        text = f"The slot of {shipment} begins {slot.starts_at:%Y-%m-%d %H:%M} UTC"
        text = f"{text}, and {last.job} is planned until {last.ends_at:%Y-%m-%d %H:%M} UTC."
        judgement.false("slot_early", shipment, owner, text)
    if slot.ends_at > leaving.ship_by:
        judgement.false("slot_late", shipment, owner, f"The slot ends after {shipment} must leave.")
    if slot.carrier is None:
        judgement.false("carrier_missing", shipment, owner, f"{shipment} has no carrier.")
    if lacking := sorted(set(leaving.vehicle_needs) - set(slot.vehicle)):
        judgement.false("vehicle_unfit", shipment, owner, f"The vehicle is not {', '.join(lacking)}.")
    _fits(judgement, "capacity_unknown", "vehicle_small", leaving.handling_units, slot.capacity, "handling units")
    _fits(judgement, "weight_capacity_unknown", "too_heavy", leaving.weight, slot.weight_capacity, "kg")
    return judgement.given()


def _as_booked(leaving: Shipment, slot: Slot) -> list[Any]:
    """Which vehicle comes when, and what it is to take."""
    return [
        *(at.astimezone(UTC).isoformat() for at in (slot.starts_at, slot.ends_at)),
        slot.model_dump(mode="json", include={"carrier", "vehicle", "capacity", "weight_capacity"}),
        leaving.model_dump(mode="json", include={"vehicle_needs", "handling_units", "weight"}),
    ]


def _still_confirmed(judgement: Judgement, slot: Slot) -> None:
    """Shortly before it begins, that it was confirmed long ago says nothing."""
    since = slot.to_confirm_from(judgement.known.policy.timing.reconfirmation)
    if since is None or judgement.known.now < since or (slot.confirmed_at is not None and slot.confirmed_at >= since):
        return
    text = f"Nobody has confirmed the slot of {slot.shipment} again since {since:%Y-%m-%d %H:%M} UTC:"
    text = f"{text} dispatch has to ask {slot.carrier or 'the carrier'}."
    judgement.unknown(UNCONFIRMED, slot.shipment, Role.DISPATCH, text)


def _fits(
    judgement: Judgement, untold: str, too_much: str, taken: Decimal | None, room: Decimal | None, unit: str
) -> None:
    """Holds what the shipment takes of the vehicle against what that has."""
    if taken is None:
        return
    if room is None:
        judgement.unknown(untold, judgement.subject, Role.DISPATCH, f"Nobody said how many {unit} the vehicle takes.")
    elif room < taken:
        text = f"The vehicle takes {room.normalize():f} {unit}, and {judgement.subject} has {taken.normalize():f}."
        judgement.false(too_much, judgement.subject, Role.DISPATCH, text)


def _made_last(judgement: Judgement, leaving: Shipment) -> Job | None:
    """The open job that is done last of those that make what leaves; nothing where all are done."""
    jobs = judgement.every(Job, Role.PRODUCTION, lambda job: job.open and job.line_key in leaving.line_keys)
    return max(jobs, key=lambda job: job.ends_at, default=None)
