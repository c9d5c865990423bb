"""Dispatch release: that nothing leaves which is not ready, and that whatever leaves was let go by somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile, Request
from domain.checks.leaving import LeavingFound
from domain.effect import ApproveDispatch, Effect, IssueGoods, MoveShipment, RevokeDispatch, SendShipNotice
from domain.evidence import Reason
from domain.facts import Inspection, Job, Lot, OrderLine, Reservation, Shipment, ShipmentStatus
from domain.form import FieldKind, Form, FormField
from domain.option import Option, Proposal, RuledOption
from domain.policy import PolicyInputs, Zone
from domain.process import Check, Meeting, Process, State
from domain.question import QuestionDraft
from domain.release import CustomerClearance, DispatchApproval, Document, Hold, Slot
from domain.roles import Role
from domain.subject import Identifier
from domain.watching import Watched

LONGEST_APPROVAL = timedelta(hours=4)
"""How long an approval is good at most; not beyond the slot (processes 1.6, row 8)."""
BUFFER = timedelta(hours=4)
"""How long before it must leave a shipment should lack nothing."""


class DispatchReleaseRequest(Request):
    """Which shipment is to be got ready and let go."""

    shipment: Identifier

    @property
    def subject_key(self) -> str:
        """The shipment."""
        return self.shipment


def propose(file: CaseFile) -> Proposal:
    """The next step that the shipment is ready for; or what keeps it, or the end."""
    found = leaving(file)
    if found is None:
        return Proposal(stage="gathering", lacking=("Nobody said what leaves.",), because="Nobody said what leaves.")
    shipment = found.shipment
    if shipment.status in _OVER:
        state, what = _OVER[shipment.status]
        return Proposal(settled=state, because=f"{shipment.shipment} {what}.")
    return _on_its_way_out(file, shipment) if shipment.status in _AT_THE_RAMP else _before_loading(file, found)


_AT_THE_RAMP = (ShipmentStatus.LOADING, ShipmentStatus.LOADED)
_OVER = {
    ShipmentStatus.DISPATCHED: ("dispatched", "has left"),
    ShipmentStatus.DELIVERED: ("dispatched", "has arrived"),
    ShipmentStatus.CANCELLED: ("cancelled", "is cancelled"),
}


def _on_its_way_out(file: CaseFile, shipment: Shipment) -> Proposal:
    if blocked := in_the_way(file):
        return _step(file, "load_stopped", _told(blocked), _option(file, "unload", "Unload it again"))
    if shipment.status is ShipmentStatus.LOADED:
        return _step(file, "ready_to_depart", "It is loaded.", _option(file, "depart", "Let it leave"))
    loaded = _option(file, "complete_loading", "All that was approved is on the vehicle")
    return _step(file, "loading", "It is being loaded.", loaded)


def _before_loading(file: CaseFile, found: LeavingFound) -> Proposal:
    blocked = in_the_way(file)
    if blocked and found.approved:
        revoke = _option(file, "revoke", "Revoke the approval")
        return _step(file, "", f"The approval is revoked: {_told(blocked)}", revoke)
    if blocked:
        return Proposal(stage="gathering", lacking=tuple(reason.text for reason in blocked), because=_told(blocked))
    if found.approved:
        return _step(file, "approved", "It is approved.", _option(file, "load", "Load it"))
    release = _option(file, "release", f"Release {found.shipment.shipment} for dispatch")
    return _step(file, "awaiting_approval", "Nothing is in the way.", release)


def _told(blocked: tuple[Reason, ...]) -> str:
    return " ".join(reason.text for reason in blocked[:3])


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


def leaving(file: CaseFile) -> LeavingFound | None:
    """What is known of the shipment."""
    found = file.found("shipment")
    return LeavingFound.model_validate(found.values) if found is not None and found.values else None


def in_the_way(file: CaseFile) -> tuple[Reason, ...]:
    """What keeps the shipment from leaving, each with who can mend it."""
    found = file.found("readiness")
    reasons = found.reasons if found is not None and found.verdict in ("fail", "unknown") else ()
    here = leaving(file)
    if here is not None and here.shipment.status in _AT_THE_RAMP:
        # It stands at the ramp: that the slot is over by now holds nothing up.
        reasons = tuple(reason for reason in reasons if reason.code not in ("slot_over", "slot_late"))
    said = file.answered("release")
    if said is None or said.choice != "reject" or any(past.step > said.step for past in file.answers):
        return reasons
    text = f"{', '.join(said.people)} did not release it: {said.reason}"
    return (*reasons, Reason(code="not_released", thing=file.subject, owner=Role.DISPATCH, text=text))


def tasks(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What each owner has to mend."""
    shipment = cast(Shipment, file.before.fact)
    left = shipment.ship_by - BUFFER - file.at
    within = Duration(clock=max(left, timedelta(minutes=30)))
    return asking.what_to_mend(file, in_the_way(file), otherwise=Role.DISPATCH, within=within)


def approval(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether the shipment may leave; whoever picked it is not asked."""
    pickers = cast(Shipment, file.before.fact).picked_by
    return (
        asking.next_step(
            file, "release", title=f"Release {file.subject} for dispatch?", no="Not yet",
            excluded=dict.fromkeys(pickers, f"picked {file.subject} and cannot approve it"),
        ),
    )  # fmt: skip


def loading(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That loading begins, while the approval is good."""
    found = leaving(file)
    assert found is not None
    assert found.approval is not None
    return (
        asking.next_step(
            file, "load", title=f"Load {file.subject}", forms={"load": _VEHICLE},
            lapses_after=Duration(clock=max(found.approval.valid_until - file.at, timedelta(minutes=1))),
        ),
    )  # fmt: skip


_VEHICLE = Form(
    fields=(
        FormField(name="vehicle", title="Vehicle", kind=FieldKind.TEXT),
        FormField(name="vehicle_fit", title="Clean, dry and as required", kind=FieldKind.WORD, words=("yes",)),
        FormField(name="seal", title="Seal number", kind=FieldKind.TEXT, required=False),
    )
)


def loaded(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That all is on the vehicle."""
    return (asking.next_step(file, "loaded", title=f"Is all of {file.subject} loaded?"),)


def stopped(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What becomes of a shipment that must not leave as it stands on the ramp."""
    return (asking.next_step(file, "stopped", title=f"Stop loading {file.subject}", again="Mended: go on"),)


def departure(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That it leaves."""
    return (asking.next_step(file, "departure", title=f"Let {file.subject} leave?"),)


def handoffs(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Who must know that it has left."""
    told = f"{file.subject} has left with what was approved."
    title, within = f"Tell the customer: {file.subject} has left", Duration(working_days=1)
    return (asking.handoff(Role.SALES, title=title, context=told, within=within, may_refuse=False),)


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed; what stands on the vehicle is not put back by writing so."""
    found = leaving(file)
    at_the_ramp = found is not None and found.shipment.status in _AT_THE_RAMP
    return (asking.how_to_repair(file, Role.DISPATCH, may_abandon=not at_the_ramp),)


def watches(file: CaseFile) -> tuple[Watched, ...]:
    """Everything that its readiness rests on."""
    found, site = leaving(file), file.site
    shipment = cast(Shipment, file.before.fact) if found is None else found.shipment
    orders = {line.order for line in shipment.lines}
    lots = {lot for line in shipment.lines for lot in line.lots}
    of_shipment = (Shipment, Document, Slot, DispatchApproval)
    return (
        *(Watched(kind, site, "shipment", shipment.shipment) for kind in of_shipment),
        *(Watched(kind, site, "order", order) for kind in (OrderLine, Job, Reservation) for order in sorted(orders)),
        *(Watched(kind, site, "lot", lot) for kind in (Lot, Hold, Inspection) for lot in sorted(lots)),
        *(Watched(CustomerClearance, site, "customer", name) for name in (() if found is None else found.customers)),
    )


def _option(file: CaseFile, name: str, title: str) -> Option:
    return Option(name=name, title=title, expires_at=file.at + LONGEST_APPROVAL)


def _step(file: CaseFile, stage: str, because: str, option: Option) -> Proposal:
    ruling = file.policy.rule(PolicyInputs(option=option.name, zone=_zone(file), all_pass=not in_the_way(file)))
    return Proposal(
        stage=stage, because=because, options=(RuledOption(option=option, ruling=ruling),),
        automatic=option.name if ruling.automatic else None,
    )  # fmt: skip


def _zone(file: CaseFile) -> Zone:
    """How near the departure is."""
    left = cast(Shipment, file.before.fact).ship_by - file.at
    return "frozen" if left < BUFFER else "slushy" if left < timedelta(days=1) else "liquid"


_BEFORE_LOADING = ("assessing", "committing", "withdrawn")
_HOUR = Duration(clock=timedelta(hours=1))

DISPATCH_RELEASE = Process(
    name="dispatch_release",
    prefix="DR",
    title="Dispatch release",
    purpose="Sees to it that a shipment lacks nothing, that somebody lets it go, and that nothing else leaves.",
    about=Shipment,
    request=DispatchReleaseRequest,
    states=(
        State(
            "received", "The request is kept and will be looked at.", within=Duration(clock=timedelta(minutes=1)),
            next=("assessing", "withdrawn"), interruptible=True,
        ),
        State(
            "assessing", "Whether the shipment is ready is judged from the facts.", interruptible=True, watches=watches,
            within=Duration(clock=timedelta(minutes=10)),
            next=(
                "gathering", "awaiting_approval", "approved", "loading", "load_stopped", "ready_to_depart",
                "committing", "dispatched", "cancelled", "withdrawn",
            ),
        ),
        State(
            "gathering", "Something is still missing; each owner knows what.", owner=Role.DISPATCH, questions=tasks,
            within=Duration(working_days=2), watches=watches, interruptible=True, next=("assessing", "withdrawn"),
        ),
        State(
            "awaiting_approval", "Nothing is in the way; somebody must let it go.", owner=Role.SHIPPING_MANAGER,
            within=Duration(working=timedelta(hours=2)), questions=approval, watches=watches, interruptible=True,
            next=_BEFORE_LOADING,
        ),
        State(
            "approved", "It may be loaded, as long as nothing changes and the approval is good.", owner=Role.WAREHOUSE,
            within=Duration(clock=LONGEST_APPROVAL), questions=loading, watches=watches, interruptible=True,
            next=_BEFORE_LOADING,
        ),
        State(
            "loading", "It is being loaded.", owner=Role.WAREHOUSE, within=_HOUR, questions=loaded, watches=watches,
            next=("assessing", "committing"),
        ),
        State(
            "load_stopped", "Something changed while it was loaded: it must not leave.", owner=Role.DISPATCH,
            within=Duration(clock=timedelta(minutes=15)), questions=stopped, watches=watches,
            next=("assessing", "committing"),
        ),
        State(
            "ready_to_depart", "It is loaded and still as approved.", owner=Role.DISPATCH, within=_HOUR,
            questions=departure, watches=watches, next=("assessing", "committing"),
        ),
        State(
            "committing", "The evidence is looked at once more and the step written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), next=("assessing", "commit_failed", "propagating"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.DISPATCH,
            within=_HOUR, questions=repair,
            next=("committing", "propagating", "assessing", "abandoned", "commit_failed"),
        ),
        State(
            "propagating", "It has left; everybody concerned is told.", owner=Role.SALES,
            within=Duration(working_days=1), questions=handoffs, next=("dispatched",),
        ),
        State("dispatched", "It has left, as it was let go."),
        State("cancelled", "Nothing leaves any more."),
        State("abandoned", "A step could not be written; what was written is taken back."),
        State("withdrawn", "The request was taken back.", undoes=True),
    ),
    checks=(
        Check("shipment", "What leaves, and whether it is approved", "dispatch"),
        Check("readiness", "Produced, cleared, papers, slot, customer, picked", "readiness"),
    ),
    propose=propose,
    effects=effects,
    meeting=Meeting.MERGE,
    reasons=("PLANNED", "DUE", "SLOT_CHANGED", "OTHER"),
)  # fmt: skip
