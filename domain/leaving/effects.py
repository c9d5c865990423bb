"""What a step with a shipment writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from domain.case import CaseFile
from domain.effect import Effect
from domain.facts import Shipment, ShipmentLine, ShipmentStatus
from domain.leaving.cancelled import CANCEL, TAKE_OUT, cancelled_of, picked_for
from domain.leaving.content import CHANGES, CONTENT, MOVE_SLOT, SWAP_LOT, after_swap
from domain.leaving.findings import LeavingFound
from domain.leaving.hold import lifting
from domain.leaving.known import COMPLETE, DEPARTURE, SHORT, leaving, loaded_less
from domain.leaving.portions import Lines, loads, parted, portions
from domain.leaving.rest import LEAVE_SHORT, OWN_SHIPMENT, REST, promised_for
from domain.option import Option
from domain.readiness.shipments import content_of
from domain.shipment_effect import (
    AddShipment,
    ApproveDispatch,
    CancelShipment,
    IssueGoods,
    LeaveShort,
    LiftShipmentHold,
    MoveShipment,
    MoveSlot,
    ReviseShipment,
    RevokeDispatch,
    SendShipNotice,
)


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What a step writes."""
    found = leaving(file)
    assert found is not None
    site, name, status = file.site, found.shipment.shipment, found.shipment.status
    if option.name == "release":
        # Somebody may have let it go earlier; this time the policy does.
        automatic = file.proposal is not None and file.proposal.automatic == "release"
        said = None if automatic else file.answered("release")
        ends = file.at + file.timing.approval
        approval = ApproveDispatch(
            site=site, shipment=name, describes=found.content, approved_by=said.people[0] if said else "lockstep",
            valid_until=ends if found.slot_ends_at is None else min(found.slot_ends_at, ends),
        )  # fmt: skip
        return (approval,)
    if option.name == "revoke":
        return (RevokeDispatch(site=site, shipment=name),)
    if option.name == "depart":
        notice = SendShipNotice(site=site, shipment=name, describes=found.content)
        gate = file.answered(DEPARTURE)
        return IssueGoods(site=site, shipment=name, left_at=file.at if gate is None else gate.at), notice
    if option.name in (CANCEL, TAKE_OUT):
        return (_without_cancelled(found, option.name),)
    if option.name in CHANGES:
        return _changed(file, found, option.name)
    if option.name == LEAVE_SHORT:
        return _left_short(file, found)
    for hold in found.stopped:
        if option.name == lifting(hold):
            return (LiftShipmentHold(site=site, shipment=name, role=hold.role),)
    return (MoveShipment(site=site, shipment=name, expected=status, status=_LEADS_TO[option.name]),)


def _changed(file: CaseFile, found: LeavingFound, way: str) -> tuple[Effect, ...]:
    said, shipment = file.answered(CONTENT), found.shipment
    assert said is not None
    if way == SWAP_LOT:
        # Other lots must be picked before anybody can approve them.
        return (_takes(found, after_swap(found, said.values), ShipmentStatus.PLANNED),)
    if way == MOVE_SLOT:
        starts_at, ends_at = (datetime.fromisoformat(said.values[name]) for name in ("starts_at", "ends_at"))
        return (MoveSlot(site=file.site, shipment=shipment.shipment, starts_at=starts_at, ends_at=ends_at),)
    now, rest = parted(shipment, portions(found), said.values)
    less = _takes(found, now, shipment.status)
    less = less.model_copy(update={"rest": rest, "rest_at": promised_for(said.values)})
    return less, *_own_shipment(file, shipment, rest, said.values)


def _without_cancelled(found: LeavingFound, way: str) -> CancelShipment | ReviseShipment:
    shipment, out = found.shipment, cancelled_of(found.shipment, found.ordered)
    back = picked_for(out, shipment, found.ordered)
    if way == CANCEL:
        return CancelShipment(
            site=shipment.site, shipment=shipment.shipment, expected=shipment.status, put_away=back
        )  # fmt: skip
    less = _takes(found, tuple(entry for entry in shipment.lines if entry not in out), shipment.status)
    return less.model_copy(update={"put_away": back})


def _own_shipment(file: CaseFile, shipment: Shipment, rest: Lines, said: Mapping[str, str]) -> Iterator[AddShipment]:
    if said.get(REST) == OWN_SHIPMENT:
        # A name that no step of any case gives twice.
        name = f"{shipment.shipment}-{file.id.rpartition('-')[2]}.{file.assessment}"
        yield AddShipment(site=file.site, shipment=name, like=shipment.shipment, lines=rest)


def _takes(found: LeavingFound, lines: tuple[ShipmentLine, ...], status: ShipmentStatus) -> ReviseShipment:
    return ReviseShipment(
        site=found.shipment.site, shipment=found.shipment.shipment, expected=found.content, lines=lines, status=status
    )


def _left_short(file: CaseFile, found: LeavingFound) -> tuple[Effect, ...]:
    """Whoever agreed to less lets it go: it is not what was approved."""
    said, agreed = loaded_less(file), file.answered(SHORT)
    assert said is not None
    lines, rest = parted(found.shipment, loads(found), said.values)
    of_rest = agreed.values if agreed else {}
    short = LeaveShort(
        site=file.site, shipment=found.shipment.shipment, expected=found.content, lines=lines,
        describes=content_of(found.shipment.model_copy(update={"lines": lines})),
        approved_by=agreed.people[0] if agreed else "lockstep", rest=rest, rest_at=promised_for(of_rest),
    )  # fmt: skip
    return short, *_own_shipment(file, found.shipment, rest, of_rest)


_LEADS_TO = {
    "load": ShipmentStatus.LOADING,
    COMPLETE: ShipmentStatus.LOADED,
    "unload": ShipmentStatus.PICKED,
}
