"""What a step with a shipment writes."""

from __future__ import annotations

from domain.case import CaseFile
from domain.effect import ApproveDispatch, Effect, IssueGoods, MoveShipment, RevokeDispatch, SendShipNotice
from domain.facts import ShipmentStatus
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
    return (MoveShipment(site=site, shipment=name, expected=status, status=_LEADS_TO[option.name]),)


_LEADS_TO = {
    "load": ShipmentStatus.LOADING,
    "complete_loading": ShipmentStatus.LOADED,
    "unload": ShipmentStatus.PICKED,
}
