"""What a step with a shipment writes."""

from __future__ import annotations

from domain.case import CaseFile
from domain.effect import (
    ApproveDispatch,
    Effect,
    IssueGoods,
    LiftShipmentHold,
    MoveShipment,
    ReviseShipment,
    RevokeDispatch,
    SendShipNotice,
)
from domain.facts import ShipmentStatus
from domain.leaving.content import CHANGES, CONTENT, after_swap
from domain.leaving.findings import LeavingFound
from domain.leaving.hold import lifting
from domain.leaving.known import LONGEST_APPROVAL, leaving
from domain.option import Option


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What a step writes."""
    found = leaving(file)
    assert found is not None
    site, name, status = file.site, found.shipment.shipment, found.shipment.status
    if option.name == "release":
        said = file.answered("release")
        ends = file.at + LONGEST_APPROVAL
        approval = ApproveDispatch(
            site=site, shipment=name, describes=found.content, approved_by=said.people[0] if said else "lockstep",
            valid_until=ends if found.slot_ends_at is None else min(found.slot_ends_at, ends),
        )  # fmt: skip
        return (approval,)
    if option.name == "revoke":
        return (RevokeDispatch(site=site, shipment=name),)
    if option.name == "depart":
        notice = SendShipNotice(site=site, shipment=name, describes=found.content)
        return IssueGoods(site=site, shipment=name), notice
    if option.name in CHANGES:
        return _changed(file, found)
    for hold in found.stopped:
        if option.name == lifting(hold):
            return (LiftShipmentHold(site=site, shipment=name, role=hold.role),)
    return (MoveShipment(site=site, shipment=name, expected=status, status=_LEADS_TO[option.name]),)


def _changed(file: CaseFile, found: LeavingFound) -> tuple[Effect, ...]:
    said, name = file.answered(CONTENT), found.shipment.shipment
    assert said is not None
    lines = after_swap(found, said.values)
    # Other lots must be picked before anybody can approve them.
    planned = ShipmentStatus.PLANNED
    return (ReviseShipment(site=file.site, shipment=name, expected=found.content, lines=lines, status=planned),)


_LEADS_TO = {
    "load": ShipmentStatus.LOADING,
    "complete_loading": ShipmentStatus.LOADED,
    "unload": ShipmentStatus.PICKED,
}
