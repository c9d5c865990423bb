"""How much of the item can still be promised, and who holds the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from domain.availability import NOTHING
from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Quantity, Reading
from domain.facts import OrderLine
from domain.left_out import empty
from domain.need import Need
from domain.roles import Role
from domain.supply import Place, SupplyPicture, availability_of


class Holder(Found):
    """Somebody who claims some of the item."""

    owner: str
    quantity: Quantity
    at: AwareDatetime


class AvailabilityFound(Found):
    """Available-to-promise for the line, with look-ahead."""

    on_hand: Quantity
    available: Quantity
    """Uncommitted by the wanted date, the line's own supply included."""
    short: Quantity
    """Of what is wanted in all."""
    earliest: AwareDatetime | None
    """When all of it can be promised from what is there and what is ordered."""
    held_by: tuple[Holder, ...]
    reserved: Quantity = Field(default=NOTHING, exclude_if=empty)
    """What is set aside for the line itself."""


def asked(need: Need) -> Any:
    """All that the finding depends on besides the facts."""
    return need.model_dump(mode="json")


def judge(
    need: Need, line: OrderLine, picture: SupplyPicture, readings: Sequence[Reading[Any]], at: datetime
) -> Evidence:
    """What the inventory says of *need*, seen by *line*, which does not stand in its own way."""
    wanted = max(need.quantity - line.shipped, need.quantity * 0)
    available = availability_of(
        picture, Place(need.site, need.item), excluding=line, customer=need.customer, good_through=need.by
    )
    free = available.cumulative_available(need.by)
    own = (held for held in picture.reservations(Place(need.site, need.item)) if held.line_key == line.key)
    short = max(wanted - free, wanted * 0)
    found = AvailabilityFound(
        on_hand=available.on_hand_usable,
        available=free,
        short=short,
        earliest=available.earliest(wanted, at) if wanted else at,
        held_by=tuple(
            Holder(owner=claim.owner, quantity=claim.quantity, at=claim.at)
            for claim in sorted(available.demands, key=lambda claim: (claim.at, claim.owner))[:20]
        ),
        reserved=sum((held.quantity for held in own), NOTHING),
    )
    text = f"{free} of {wanted} can be promised by {need.by:%Y-%m-%d %H:%M} UTC from stock and orders."
    reasons = [Reason(code="short", thing=need.item, owner=Role.PLANNER, text=text)] if short else []
    return evidence("availability", found, Verdict.WARN if short else Verdict.PASS, reasons, readings, at, asked(need))
