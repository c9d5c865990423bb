"""A lot on hold: what of it is still there, and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime

from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Verdict
from domain.fact import Money, Reading
from domain.facts import BLOCKED, Inspection, Lot
from domain.master_data import Item
from domain.release import Hold, HoldRule


class HeldLotFound(Found):
    """The lot as it is now."""

    lot: Lot
    told: bool = True
    """Whether any system has told of it; where none has, it is known by its name, and that it is held."""
    held: bool
    """Whether the hold is still in force here."""
    placed_at: AwareDatetime | None = None
    """When the hold was placed last; nothing where it is not in force."""
    let_go_by: str = ""
    """Which system has said since the hold was placed that it is not blocked."""
    value: Money
    """Of one piece."""
    failed: tuple[str, ...] = ()
    """Inspections it did not pass."""
    inspected: tuple[str, ...] = ()
    """What each inspection says of it, such as ``final pass of 100``."""
    other_item: str | None = None
    """What the proposal would make of it, where the site has such an item."""
    cleared: tuple[str, ...] = ()
    """Rules that stopped it and of which it is known by now that they do not concern it."""
    held_with: tuple[str, ...] = ()
    """Parts of it, and lots that were made of it, that are held with it and that no case of their own sees to yet."""
    without: tuple[str, ...] = ()
    """Lots that were made of it and are not concerned, such as ``PUMP:P1``."""


def judge(  # noqa: PLR0913 - all that is known of one lot
    lot: Reading[Lot],
    hold: Reading[Hold] | None,
    item: Reading[Item] | None,
    inspections: Sequence[Reading[Inspection]],
    rules: Sequence[Reading[HoldRule]],
    other_item: Reading[Item] | None,
    by_the_case: Sequence[Reading[Hold]],
    at: datetime,
    *,
    told: bool = True,
) -> Evidence:
    """What of the lot there is, and whether it is held; where nobody has *told* of it, only the latter."""
    in_force = hold if hold is not None and hold.fact.active else None
    # A lot of another item may have the same name.
    of_lot = [told for told in inspections if (told.fact.item, told.fact.lot) == (lot.fact.item, lot.fact.lot)]
    held_with = [told for told in by_the_case if told.fact.active and told.fact.key != lot.fact.key]
    of_it = next((told.fact for told in rules if told.fact.key == f"lot:{lot.fact.key}"), None)
    found = HeldLotFound(
        lot=lot.fact,
        told=told,
        held=in_force is not None,
        placed_at=None if in_force is None else in_force.as_of,
        let_go_by=_let_go_by(lot, in_force),
        value=Decimal(0) if item is None else item.fact.cost,
        other_item=None if other_item is None else other_item.fact.item,
        cleared=tuple(told.fact.key for told in rules if told.fact.clears(lot.fact.item, lot.fact.lot)),
        held_with=tuple(told.fact.key for told in held_with),
        without=() if of_it is None else of_it.without,
        failed=tuple(told.fact.inspection for told in of_lot if told.fact.result == "fail"),
        inspected=tuple(sorted(_in_words(told.fact) for told in of_lot)),
    )
    readings = [
        *((lot,) if told else ()),
        *of_lot,
        *rules,
        *held_with,
        *(told for told in (hold, item, other_item) if told is not None),
    ]
    return evidence("lot", found, Verdict.PASS, (), readings, at, asked(lot.fact.item, lot.fact.lot))


def _in_words(inspection: Inspection) -> str:
    if inspection.result == "open":
        return f"{inspection.inspection} open"
    return f"{inspection.inspection} {inspection.result} of {inspection.covered.normalize():f}"


def _let_go_by(lot: Reading[Lot], in_force: Reading[Hold] | None) -> str:
    if in_force is None or lot.fact.status in BLOCKED:
        return ""
    # The hold is our own word, and so is what we write of the lot.
    return lot.source if lot.source != in_force.source and lot.as_of > in_force.as_of else ""


def asked(item: str, lot: str) -> Any:
    """All that the finding depends on besides the facts."""
    return [item, lot]
