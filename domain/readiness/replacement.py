"""Which lots could leave instead of those that are to: by the same rules, first the one that expires first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.fact import Quantity
from domain.facts import OVER, Lot, OrderLine, Shipment, ShipmentLine
from domain.readiness.judgement import NOTHING, Known
from domain.readiness.shipments import qa_cleared
from domain.readiness.truth import Truth
from domain.release import Allocation
from domain.subject import line_key

_FOREVER = datetime.max.replace(tzinfo=UTC)


class Replacement(BaseModel):
    """A lot that could leave instead of another."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    order: str
    line: str
    lot: str
    """That is to leave."""
    quantity: Quantity
    """What the order line gets of it."""
    by: str
    """The lot that could leave instead."""
    free: Quantity
    """What of it is set aside for nobody."""
    expires_at: AwareDatetime | None
    """It is good through this instant; nothing means that it does not grow old."""


def replacements(site: str, name: str, known: Known) -> tuple[Replacement, ...]:
    """
    For each lot of each order line in the shipment, the lots that could leave instead.

    Each is released for the customer, held by nobody, inspected, good for as long as the plant wants goods to be good
    after they left, and enough of it is free; first the one that expires first.
    """
    found = known.one(Shipment, site, name)
    if found is None:
        return ()
    by_line: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for entry in found.fact.lines:
        if len(entry.lots) == 1 and entry.quantity:
            by_line[entry.order, entry.line, entry.lots[0]] += entry.quantity
    return tuple(
        Replacement(
            order=order, line=line, lot=lot, quantity=quantity, by=other.lot, free=free, expires_at=other.expires_at
        )
        for (order, line, lot), quantity in by_line.items()
        for other, free in _others(found.fact, order, line, lot, quantity, known)
    )  # fmt: skip


def swapped(lines: tuple[ShipmentLine, ...], order: str, line: str, lot: str, by: str) -> tuple[ShipmentLine, ...]:
    """*lines*, with *by* for the order line wherever it was to get *lot*."""
    return tuple(
        entry.model_copy(update={"lots": (by,)}) if (entry.order, entry.line, entry.lots) == (order, line, (lot,)) else
        entry
        for entry in lines
    )  # fmt: skip


def _others(
    leaving: Shipment, order: str, line: str, lot: str, quantity: Decimal, known: Known
) -> Iterator[tuple[Lot, Decimal]]:
    ordered = known.one(OrderLine, leaving.site, line_key(order, line))
    if ordered is None:
        return
    lots = known.every(Lot, leaving.site, lambda one: one.item == ordered.fact.item and one.lot != lot)
    for other in sorted((told.fact for told in lots), key=lambda one: (one.expires_at or _FOREVER, one.lot)):
        free = other.quantity - _set_aside(other, known)
        fits = other.revision is None or ordered.fact.revision in (None, other.revision)
        instead = leaving.model_copy(update={"lines": swapped(leaving.lines, order, line, lot, other.lot)})
        if fits and free >= quantity and _cleared(instead, other.lot, known):
            yield other, free


def _set_aside(lot: Lot, known: Known) -> Decimal:
    """What shipments that have not left take of *lot*, this one included, and jobs that it is kept for."""
    items = {told.fact.key: told.fact.item for told in known.every(OrderLine, lot.site)}
    shipments = known.every(Shipment, lot.site, lambda one: one.status not in OVER)
    leaves = (
        entry.quantity
        for told in shipments
        for entry in told.fact.lines
        if lot.lot in entry.lots and items.get(entry.line_key, lot.item) == lot.item
    )
    jobs = known.every(Allocation, lot.site, lambda one: (one.item, one.lot) == (lot.item, lot.lot))
    return sum(leaves, NOTHING) + sum((told.fact.quantity for told in jobs), NOTHING)


def _cleared(instead: Shipment, lot: str, known: Known) -> bool:
    """Whether quality would let go what *instead* takes of *lot*."""
    # Only these entries: what else is in the shipment has its own trouble.
    only = instead.model_copy(update={"lines": tuple(entry for entry in instead.lines if lot in entry.lots)})
    others = (told for told in known.readings if (told.fact.kind, told.fact.key) != (only.kind, only.key))
    here = known.one(Shipment, only.site, only.shipment)
    assert here is not None
    now = replace(known, readings=(*others, here.model_copy(update={"fact": only})))
    return qa_cleared(only.site, only.shipment, now).value is Truth.TRUE
