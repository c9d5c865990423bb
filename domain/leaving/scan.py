"""Scanning what is loaded: a handling unit goes on the vehicle only if it was approved and may still leave."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.decision import DecisionRefused
from domain.fact import Quantity
from domain.facts import OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.leaving.gate import why_not
from domain.readiness.judgement import Known
from domain.readiness.shipments import content_of, qa_cleared
from domain.release import DispatchApproval, LoadedUnit, Loading
from domain.subject import Identifier


class Scan(BaseModel):
    """A handling unit, as its label says."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    handling_unit: Identifier
    """Its own number, such as that of the pallet."""
    item: Identifier
    lot: Identifier
    quantity: Annotated[Quantity, Field(gt=0)] | None = None
    """How much of the lot it holds; nothing if the label does not say."""
    order: Identifier | None = None
    line: Identifier | None = None
    """For which order line it is; needed only where the shipment takes the lot for several."""


def admit_scan(site: str, shipment: str, scan: Scan, known: Known, loading: Loading) -> LoadedUnit:
    """What stands on the vehicle by *scan* besides all that is *loading*. Raises DecisionRefused if it must not."""
    leaving, approval = known.one(Shipment, site, shipment), known.one(DispatchApproval, site, shipment)
    if leaving is None or leaving.fact.status is not ShipmentStatus.LOADING:
        raise DecisionRefused(f"{shipment} is {leaving.fact.status if leaving else 'unknown'}, not being loaded.")
    if approval is None or approval.fact.revoked or approval.fact.describes != content_of(leaving.fact):
        raise DecisionRefused(f"{shipment} was not approved as it is now.")
    items = {told.fact.key: told.fact.item for told in known.every(OrderLine, site)}
    entries = [one for one in leaving.fact.lines if _fits(scan, one, items.get(one.line_key))]
    if not entries:
        by_line = f" for {scan.order}:{scan.line}" if scan.order else ""
        text = f"Lot {scan.lot} of {scan.item} is not among what was approved for {shipment}{by_line}."
        raise DecisionRefused(text)
    if flaw := next((one for one in qa_cleared(site, shipment, known).reasons if one.thing == scan.lot), None):
        raise DecisionRefused(flaw.text)
    if stopped := why_not(site, shipment, known):
        raise DecisionRefused(stopped)
    return _placed(scan, entries, loading)


def _fits(scan: Scan, entry: ShipmentLine, item: str | None) -> bool:
    here = scan.lot in entry.lots and item == scan.item
    return here and scan.order in (None, entry.order) and scan.line in (None, entry.line)


def _placed(scan: Scan, entries: list[ShipmentLine], loading: Loading) -> LoadedUnit:
    """The unit as one of *entries*, which all take the lot; no more of it than they take."""
    lines = list(dict.fromkeys((entry.order, entry.line) for entry in entries))
    if len(lines) > 1 and scan.quantity is not None:
        names = " and ".join(f"{order}:{line}" for order, line in lines)
        raise DecisionRefused(f"Lot {scan.lot} is for {names}: say for which {scan.handling_unit} is.")
    order, line = lines[0]
    unit = LoadedUnit(
        handling_unit=scan.handling_unit, order=order, line=line, item=scan.item, lot=scan.lot, quantity=scan.quantity
    )  # fmt: skip
    same = next((one for one in loading.units if (one.handling_unit, one.lot) == (unit.handling_unit, unit.lot)), None)
    if same is not None and same != unit:
        raise DecisionRefused(f"{unit.handling_unit} was scanned already, as {same.text}.")
    if same is None and unit.quantity is not None:
        approved = sum((entry.quantity for entry in entries), Decimal(0))
        so_far = loading.quantity_of(order, line, scan.lot)
        if so_far + unit.quantity > approved:
            text = f"{approved.normalize():f} of lot {scan.lot} were approved for {order}:{line}"
            scanned = f"{so_far.normalize():f} are on the vehicle"
            raise DecisionRefused(f"{text}, and {scanned}: {unit.quantity.normalize():f} more are too many.")
    return unit
