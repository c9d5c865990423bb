"""Scanning what is loaded: a handling unit goes on the vehicle only if its lot was approved and may still leave."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from domain.facts import OrderLine, Shipment, ShipmentStatus
from domain.readiness.judgement import Known
from domain.readiness.shipments import STOPPED, content_of, qa_cleared, ready_for_release
from domain.release import DispatchApproval
from domain.subject import Identifier


class Scan(BaseModel):
    """A handling unit, as its label says."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    handling_unit: Identifier
    """Its own number, such as that of the pallet."""
    item: Identifier
    lot: Identifier


def why_not_loaded(site: str, shipment: str, scan: Scan, known: Known) -> str:
    """Why what was scanned must not go on the vehicle; nothing if it may."""
    leaving, approval = known.one(Shipment, site, shipment), known.one(DispatchApproval, site, shipment)
    if leaving is None or leaving.fact.status is not ShipmentStatus.LOADING:
        return f"{shipment} is {leaving.fact.status if leaving else 'unknown'}, not being loaded."
    if approval is None or approval.fact.revoked or approval.fact.describes != content_of(leaving.fact):
        return f"{shipment} was not approved as it is now."
    items = {told.fact.key: told.fact.item for told in known.every(OrderLine, site)}
    lots = {(items.get(f"{one.order}:{one.line}"), lot) for one in leaving.fact.lines for lot in one.lots}
    if (scan.item, scan.lot) not in lots:
        return f"Lot {scan.lot} of {scan.item} is not among what was approved for {shipment}."
    flaws = [reason for reason in qa_cleared(site, shipment, known).reasons if reason.thing == scan.lot]
    by_hand = [reason for reason in ready_for_release(site, shipment, known).reasons if reason.code == STOPPED]
    return next((reason.text for reason in (*flaws, *by_hand)), "")
