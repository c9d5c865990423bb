"""Changing what leaves: which ways there are, what is said with each, and what the shipment takes then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from domain.facts import ShipmentLine
from domain.form import FieldKind, Form, FormField
from domain.leaving.findings import LeavingFound
from domain.leaving.portions import can_be_parted, why_not_in_part
from domain.leaving.rest import PARTIAL
from domain.readiness.replacement import Replacement, swapped

SWAP_LOT = "swap_lot"
MOVE_SLOT = "move_slot"
CHANGES = (SWAP_LOT, PARTIAL, MOVE_SLOT)
"""What dispatch may do about what leaves, before it is approved."""
CONTENT = "content"
"""What it is asked that in."""

WhyNot = Callable[[LeavingFound, Mapping[str, str]], str]


def changes(found: LeavingFound) -> dict[str, tuple[str, WhyNot]]:
    """The ways there are now, each in words, and with what tells why it cannot be as somebody said."""
    ways: dict[str, tuple[str, WhyNot]] = {}
    if found.replacements:
        ways[SWAP_LOT] = ("Take other lots", why_no_swap)
    if can_be_parted(found):
        ways[PARTIAL] = ("Let only part of it leave", why_not_in_part)
    if found.slot_ends_at is not None:
        ways[MOVE_SLOT] = ("Ask for another time at the dock", why_no_slot)
    return ways


SLOT_FORM: Final = Form(
    fields=(
        FormField(name="starts_at", title="From", kind=FieldKind.TIME, ahead=True),
        FormField(name="ends_at", title="Until", kind=FieldKind.TIME, ahead=True),
    )
)


def why_no_slot(found: LeavingFound, said: Mapping[str, str]) -> str:
    """Why the time that was *said* is of no use; nothing if it is."""
    starts_at, ends_at = (datetime.fromisoformat(said[name]) for name in ("starts_at", "ends_at"))
    if ends_at <= starts_at:
        return "The slot would end before it begins."
    if ends_at > found.shipment.ship_by:
        return f"The slot would end after {found.shipment.shipment} must leave."
    return ""


def swap_form(found: LeavingFound) -> Form:
    """Which lot each order line gets instead, of those that may leave; first the one that expires first."""
    ways: dict[str, list[Replacement]] = {}
    for one in found.replacements:
        ways.setdefault(_field(one), []).append(one)
    return Form(
        fields=tuple(
            FormField(
                name=name, title=_title(lots), kind=FieldKind.WORD, required=len(ways) == 1,
                words=tuple(one.by for one in lots),
            )
            for name, lots in ways.items()
        )
    )  # fmt: skip


def after_swap(found: LeavingFound, said: Mapping[str, str]) -> tuple[ShipmentLine, ...]:
    """What the shipment takes with the lots that were *said*."""
    lines = found.shipment.lines
    for one in found.replacements:
        if said.get(_field(one)) == one.by:
            lines = swapped(lines, one.order, one.line, one.lot, one.by)
    return lines


def why_no_swap(found: LeavingFound, said: Mapping[str, str]) -> str:
    """Why lots that were *said* cannot leave, each by its name; nothing if all can."""
    if not said:
        return "Nobody said which lot is to leave instead."
    possible = {(_field(one), one.by): one for one in found.replacements}
    why_not = [
        f"Lot {lot} may not leave any more instead of {field}."
        for field, lot in said.items()
        if (field, lot) not in possible
    ]
    wanted: dict[str, list[Replacement]] = {}
    for field, lot in said.items():
        if (field, lot) in possible:
            wanted.setdefault(lot, []).append(possible[field, lot])
    for lot, ways in wanted.items():
        much, free = sum((one.quantity for one in ways), Decimal(0)), ways[0].free
        if much > free:
            why_not.append(f"{much.normalize():f} are wanted of lot {lot}, and {free.normalize():f} are free.")
    return " ".join(why_not)


def _field(one: Replacement) -> str:
    return f"{one.order}:{one.line}:{one.lot}"


def _title(lots: list[Replacement]) -> str:
    first = lots[0]
    return f"{first.order}:{first.line} gets, instead of {first.quantity.normalize():f} from lot {first.lot}"
