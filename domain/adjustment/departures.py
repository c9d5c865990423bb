"""Which shipments must be ready before what goes with them is made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from domain.checks.finding import Found
from domain.fact import Reading
from domain.facts import OVER, Job, Shipment
from domain.release import Slot
from domain.subject import Identifier


class Departure(Found):
    """A shipment at the plant that takes of order lines for which work moves."""

    shipment: Identifier
    lines: tuple[str, ...]
    """Such as ``SO-2:10``."""
    at: AwareDatetime
    """By when its goods are wanted: its slot begins then, or it must leave."""


def takes_of(shipment: Shipment, lines: Collection[str]) -> bool:
    """Whether it is still to leave, with something of one of *lines*."""
    return shipment.status not in OVER and not set(lines).isdisjoint(shipment.line_keys)


def departures(readings: Iterable[Reading[Any]], lines: Collection[str]) -> Iterator[Departure]:
    """Every shipment among *readings* that takes of *lines*, with when its goods are wanted."""
    facts = [reading.fact for reading in readings]
    begins = {slot.shipment: slot.starts_at for slot in facts if isinstance(slot, Slot) and slot.status != "missed"}
    for shipment in facts:
        if isinstance(shipment, Shipment) and takes_of(shipment, lines):
            at = min(shipment.ship_by, begins.get(shipment.shipment, shipment.ship_by))
            yield Departure(shipment=shipment.shipment, lines=shipment.line_keys, at=at)


def too_late_for(departing: Iterable[Departure], job: Job, end: datetime) -> Iterator[str]:
    """Each of those *departing* that is to be ready before *job*, which now ends at *end*; in words."""
    for departure in departing:
        if job.line_key in departure.lines and departure.at < end:
            yield (
                f"{departure.shipment} is to be ready at {departure.at:%Y-%m-%d %H:%M} UTC, "
                f"{job.job} ends at {end:%Y-%m-%d %H:%M}."
            )
