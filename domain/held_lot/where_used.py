"""Where a lot went: who counts on it, what was made of it, and what of either has left to whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Quantity, Reading
from domain.facts import AT_THE_RAMP, GONE, OVER, Lot, OrderLine, Shipment, ShipmentLine
from domain.held_lot.findings import asked
from domain.release import Allocation
from domain.roles import Role
from domain.subject import Identifier


class AtRisk(BaseModel):
    """What has left of a suspect lot, or of one that was made of it."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    customer: Identifier
    shipment: Identifier
    order: Identifier
    line: Identifier
    item: Identifier
    lot: Identifier
    quantity: Quantity
    """At most: where one entry names several lots, nobody says how much is of which."""


class WhereUsedFound(Found):
    """Who counts on the lot, or has of it."""

    shipments: tuple[str, ...]
    """Those that have not left."""
    jobs: tuple[str, ...]
    """Those it is set aside for."""
    shipped: Quantity
    """Of the lot itself."""
    customers: tuple[str, ...]
    """Those to whom some of it, or of what was made of it, has been shipped."""
    at_risk: tuple[AtRisk, ...] = ()
    made_of: tuple[str, ...] = ()
    """Lots that were made of it, however many steps on, such as ``PUMP:P1``."""
    loading: tuple[str, ...] = ()
    """Those of the shipments that stand at the ramp."""

    def about(self, customer: str) -> tuple[AtRisk, ...]:
        """What *customer* has got."""
        return tuple(one for one in self.at_risk if one.customer == customer)

    def shipments_to(self, customer: str) -> str:
        """In which shipments, in words."""
        return ", ".join(dict.fromkeys(one.shipment for one in self.about(customer)))


Children = Callable[[Collection[str]], Awaitable[Sequence[Reading[Lot]]]]
"""The lots that any of these went into."""


async def made_of(item: str, lot: str, children: Children) -> list[Reading[Lot]]:
    """The lots that the lot went into, and those that these went into, by key; each step on is one look."""
    found: dict[str, Reading[Lot]] = {}
    to_see: Collection[str] = (f"{item}:{lot}",)
    while to_see:
        new = {one.fact.key: one for one in await children(to_see) if one.fact.key not in found}
        found |= new
        to_see = new.keys()
    found.pop(f"{item}:{lot}", None)  # a circle in what sources say is nothing new
    return [found[key] for key in sorted(found)]


def judge(
    item: str,
    lot: str,
    made: Sequence[Reading[Lot]],
    shipments: Sequence[Reading[Shipment]],
    lines: Sequence[Reading[OrderLine]],
    allocations: Sequence[Reading[Allocation]],
    at: datetime,
) -> Evidence:
    """Who was going to get or to use the lot, and who has of it, or of what was *made* of it, already."""
    ordered = {line.fact.key: line.fact for line in lines}
    suspect = {(item, lot), *((one.fact.item, one.fact.lot) for one in made)}
    gone = tuple(
        _at_risk(told.fact, entry, ordered[entry.line_key], name)
        for told in shipments
        if told.fact.status in GONE
        for entry in told.fact.lines
        for name in entry.lots
        if entry.line_key in ordered and (ordered[entry.line_key].item, name) in suspect
    )
    waiting = {
        told.fact.shipment: told.fact.status
        for told in shipments
        if told.fact.status not in OVER
        for entry in told.fact.lines
        if lot in entry.lots and entry.line_key in ordered and ordered[entry.line_key].item == item
    }
    jobs = {told.fact.job for told in allocations if (told.fact.item, told.fact.lot) == (item, lot)}
    found = WhereUsedFound(
        shipments=tuple(sorted(waiting)),
        jobs=tuple(sorted(jobs)),
        shipped=sum((one.quantity for one in gone if (one.item, one.lot) == (item, lot)), Decimal(0)),
        customers=tuple(sorted({one.customer for one in gone})),
        at_risk=gone,
        made_of=tuple(one.fact.key for one in made),
        loading=tuple(sorted(name for name, status in waiting.items() if status in AT_THE_RAMP)),
    )
    reasons = tuple(_reasons(found))
    verdict = Verdict.WARN if reasons else Verdict.PASS
    return evidence("where_used", found, verdict, reasons, [*shipments, *allocations, *made], at, asked(item, lot))


def _at_risk(shipment: Shipment, entry: ShipmentLine, ordered: OrderLine, lot: str) -> AtRisk:
    return AtRisk(
        customer=ordered.customer, shipment=shipment.shipment, order=entry.order, line=entry.line, item=ordered.item,
        lot=lot, quantity=entry.quantity,
    )  # fmt: skip


def _reasons(found: WhereUsedFound) -> Iterator[Reason]:
    for name in found.shipments:
        text = f"{name} takes of it{', and is being loaded' if name in found.loading else ''}."
        yield Reason(code="shipment_blocked", thing=name, owner=Role.DISPATCH, text=text)
    for name in found.jobs:
        yield Reason(code="job_blocked", thing=name, owner=Role.PRODUCTION, text=f"It is set aside for {name}.")
    for name in found.made_of:
        yield Reason(code="made_of_it", thing=name, owner=Role.QUALITY_ENGINEER, text=f"{name} was made of it.")
    for name in found.customers:
        text = f"Some of it has gone to {name}: {found.shipments_to(name)}."
        yield Reason(code="shipped_at_risk", thing=name, owner=Role.SALES, text=text)
