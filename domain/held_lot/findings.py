"""A lot on hold: what of it is still there, and who was going to use or to get it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime

from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Money, Quantity, Reading
from domain.facts import Inspection, Lot, OrderLine, Shipment, ShipmentStatus
from domain.master_data import Item
from domain.release import Allocation, Hold, HoldRule
from domain.roles import Role

_LEFT = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)


class HeldLotFound(Found):
    """The lot as it is now."""

    lot: Lot
    held: bool
    """Whether the hold is still in force here."""
    placed_at: AwareDatetime | None = None
    """When the hold was placed last; nothing where it is not in force."""
    value: Money
    """Of one piece."""
    failed: tuple[str, ...] = ()
    """Inspections it did not pass."""
    other_item: str | None = None
    """What the proposal would make of it, where the site has such an item."""
    cleared: tuple[str, ...] = ()
    """Rules that stopped it and of which it is known by now that they do not concern it."""


class WhereUsedFound(Found):
    """Who counts on the lot, or has of it."""

    shipments: tuple[str, ...]
    """Those that have not left."""
    jobs: tuple[str, ...]
    """Those it is set aside for."""
    shipped: Quantity
    customers: tuple[str, ...]
    """Those to whom some of it has been shipped."""


def judge(
    lot: Reading[Lot],
    hold: Reading[Hold] | None,
    item: Reading[Item] | None,
    inspections: Sequence[Reading[Inspection]],
    rules: Sequence[Reading[HoldRule]],
    other_item: Reading[Item] | None,
    at: datetime,
) -> Evidence:
    """What of the lot there is, and whether it is held."""
    in_force = hold if hold is not None and hold.fact.active else None
    of_lot = [told for told in inspections if told.fact.lot == lot.fact.lot]
    found = HeldLotFound(
        lot=lot.fact,
        held=in_force is not None,
        placed_at=None if in_force is None else in_force.as_of,
        value=Decimal(0) if item is None else item.fact.cost,
        other_item=None if other_item is None else other_item.fact.item,
        cleared=tuple(told.fact.key for told in rules if told.fact.clears(lot.fact.item, lot.fact.lot)),
        failed=tuple(told.fact.inspection for told in of_lot if told.fact.result == "fail"),
    )
    readings = [lot, *of_lot, *rules, *(told for told in (hold, item, other_item) if told is not None)]
    return evidence("lot", found, Verdict.PASS, (), readings, at, asked(lot.fact.item, lot.fact.lot))


def judge_use(
    item: str,
    lot: str,
    shipments: Sequence[Reading[Shipment]],
    lines: Sequence[Reading[OrderLine]],
    allocations: Sequence[Reading[Allocation]],
    at: datetime,
) -> Evidence:
    """Who was going to get or to use the lot, and who has of it already."""
    of_item = {line.fact.key: line.fact.customer for line in lines if line.fact.item == item}
    taking = [
        (told.fact, entry, f"{entry.order}:{entry.line}")
        for told in shipments
        for entry in told.fact.lines
        if lot in entry.lots and f"{entry.order}:{entry.line}" in of_item
    ]
    gone = [(entry, key) for shipment, entry, key in taking if shipment.status in _LEFT]
    waiting = {s.shipment for s, _, _ in taking if s.status not in (*_LEFT, ShipmentStatus.CANCELLED)}
    jobs = {told.fact.job for told in allocations if (told.fact.item, told.fact.lot) == (item, lot)}
    found = WhereUsedFound(
        shipments=tuple(sorted(waiting)),
        jobs=tuple(sorted(jobs)),
        shipped=sum((entry.quantity for entry, _ in gone), Decimal(0)),
        customers=tuple(sorted({of_item[key] for _, key in gone})),
    )
    reasons = [
        *(Reason(code="shipment_blocked", thing=name, owner=Role.DISPATCH, text=f"{name} takes of it.")
          for name in found.shipments),
        *(Reason(code="job_blocked", thing=name, owner=Role.PRODUCTION, text=f"It is set aside for {name}.")
          for name in found.jobs),
        *(Reason(code="shipped_at_risk", thing=name, owner=Role.SALES, text=f"Some of it has gone to {name}.")
          for name in found.customers),
    ]  # fmt: skip
    verdict = Verdict.WARN if reasons else Verdict.PASS
    return evidence("where_used", found, verdict, reasons, [*shipments, *allocations], at, asked(item, lot))


def asked(item: str, lot: str) -> Any:
    """All that the finding depends on besides the facts."""
    return [item, lot]
