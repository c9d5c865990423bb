"""Dispatch release: that nothing leaves which is not ready, and that whatever leaves was let go by somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import cast

from domain.calendar import Duration
from domain.case import CaseFile, PastAnswer
from domain.evidence import Reason
from domain.facts import GONE, Inspection, Job, Lot, OrderLine, Reservation, Shipment, ShipmentStatus
from domain.leaving import questions
from domain.leaving.cancelled import CANCEL, TAKE_OUT, cancelled_in_words, cancelled_of, why_cancelled
from domain.leaving.content import CONTENT, changes
from domain.leaving.effects import effects
from domain.leaving.findings import LeavingFound
from domain.leaving.hold import lifted_by, lifting
from domain.leaving.known import (
    AT_THE_RAMP,
    COMPLETE,
    UNAPPROVED,
    DispatchReleaseRequest,
    in_the_way,
    leaving,
    loaded_less,
    other_seal,
    policy_inputs,
    to_put_away,
    untold_slip,
)
from domain.leaving.missed import later_promises
from domain.leaving.rest import LEAVE_SHORT, rest_promises
from domain.master_data import Customer
from domain.option import Option, Proposal, RuledOption
from domain.policy import Requirement, Ruling
from domain.process import Check, Meeting, Process, State, Successor
from domain.readiness.shipments import COUNTRY_UNKNOWN
from domain.release import CustomerClearance, DispatchApproval, Document, Hold, ShipmentHold, Slot, WaiverStanding
from domain.roles import Role
from domain.timing import USUAL
from domain.watching import Watched


def propose(file: CaseFile) -> Proposal:
    """The next step that the shipment is ready for; or what keeps it, or the end."""
    found = leaving(file)
    if found is None:
        return Proposal(stage="gathering", lacking=("Nobody said what leaves.",), because="Nobody said what leaves.")
    shipment = found.shipment
    if shipment.status in _OVER:
        return _over(file, found)
    return _on_its_way_out(file, found) if shipment.status in AT_THE_RAMP else _before_loading(file, found)


_OVER = {
    ShipmentStatus.DISPATCHED: ("dispatched", "has left"),
    ShipmentStatus.DELIVERED: ("dispatched", "has arrived"),
    ShipmentStatus.CANCELLED: ("cancelled", "is cancelled"),
}


def _over(file: CaseFile, found: LeavingFound) -> Proposal:
    shipment = found.shipment
    state, what = _OVER[shipment.status]
    because = f"{shipment.shipment} {what}."
    if shipment.status in GONE and not found.as_approved:
        because = f"{shipment.shipment} {what}, and nobody had let it go."
        if (settled := file.answered(UNAPPROVED)) is None:
            return Proposal(stage=UNAPPROVED, because=because)
        return Proposal(settled="dispatched_unapproved", because=f"{because} {settled.values['settled']}")
    if shipment.status is ShipmentStatus.CANCELLED:
        because = why_cancelled(shipment, found.ordered) or because
        if to_put_away(file):
            return Proposal(stage="putting_away", because=because)
    return Proposal(settled=state, because=because)


def _on_its_way_out(file: CaseFile, found: LeavingFound) -> Proposal:
    if blocked := in_the_way(file):
        unload = _option(file, "unload", "Unload it again")
        return _step(file, "load_stopped", _told(blocked), unload, _lifts(file, found))
    if found.shipment.status is ShipmentStatus.LOADED:
        return _at_the_gate(file)
    if (less := loaded_less(file)) is not None:
        return _short(file, less)
    loaded = _option(file, COMPLETE, "All that was approved is on the vehicle")
    return _step(file, "loading", "It is being loaded.", loaded)


def _at_the_gate(file: CaseFile) -> Proposal:
    """That it leaves, with the seal that it was loaded with; or is unloaded and let go anew."""
    depart = _option(file, "depart", "Let it leave")
    if other := other_seal(file):
        depart = depart.model_copy(update={"feasible": False, "because": (other,)})
    unload = _option(file, "unload", "Unload it again")
    ways = (RuledOption(option=unload, ruling=_ruling(file, unload)),)
    return _step(file, "ready_to_depart", "It is loaded.", depart, ways)


def _short(file: CaseFile, less: PastAnswer) -> Proposal:
    because = "Not all that was approved is loaded."
    short = _option(file, LEAVE_SHORT, "Leave with what is loaded")
    if not any(Decimal(quantity) for quantity in less.values.values()):
        short = short.model_copy(update={"feasible": False, "because": ("Nothing of it is loaded.",)})
    unload = RuledOption(option=(back := _option(file, "unload", "Unload it again")), ruling=_ruling(file, back))
    ways = [unload]
    if less.choice == COMPLETE:
        # Who said so is told why it is not so.
        all_of_it = _option(file, COMPLETE, "All of it").model_copy(update={"feasible": False, "because": (because,)})
        ways.append(RuledOption(option=all_of_it, ruling=_ruling(file, all_of_it)))
    return _step(file, "loaded_short", because, short, ways)


def _before_loading(file: CaseFile, found: LeavingFound) -> Proposal:
    blocked = in_the_way(file)
    if blocked and found.approved:
        revoke = _option(file, "revoke", "Revoke the approval")
        return _step(file, "", f"The approval is revoked: {_told(blocked)}", revoke)
    if because := why_cancelled(found.shipment, found.ordered):
        cancel = _ruled(file, CANCEL, f"Let nothing leave in {found.shipment.shipment}")
        return Proposal.of_step("", because, cancel.option, cancel.ruling)
    lacking = tuple(reason.text for reason in blocked)
    ways = (*_lifts(file, found), *_takes_out(file, found), *_changes(file, found))
    if slip := untold_slip(file):
        # Whatever was in the way is why: it says so, and is still to be mended.
        why = f"{slip.text} {_told(blocked)}".rstrip()
        return Proposal(stage="slot_missed", lacking=lacking, because=why, options=ways)
    if blocked:
        return Proposal(stage="gathering", lacking=lacking, because=_told(blocked), options=ways)
    if found.approved:
        return _step(file, "approved", "It is approved.", _option(file, "load", "Load it"))
    release = _option(file, "release", f"Release {found.shipment.shipment} for dispatch")
    return _step(file, "awaiting_approval", "Nothing is in the way.", release, _changes(file, found))


def _lifts(file: CaseFile, found: LeavingFound) -> Iterator[RuledOption]:
    """That what was stopped by hand goes on: who says so is not for the policy, but follows from who stopped it."""
    for hold in found.stopped:
        yield _ruled(file, lifting(hold), f"{file.subject} may go on", lifted_by(hold))


def _takes_out(file: CaseFile, found: LeavingFound) -> Iterator[RuledOption]:
    """That some of it was cancelled leaves nothing to choose, so that the policy is not asked: dispatch sees to it."""
    if lines := cancelled_of(found.shipment, found.ordered):
        ruled = _ruled(file, TAKE_OUT, "Take out what is cancelled", Requirement(role=Role.DISPATCH))
        yield ruled.model_copy(
            update={"option": ruled.option.model_copy(update={"because": (f"{cancelled_in_words(lines)}.",)})}
        )


def _ruled(file: CaseFile, name: str, title: str, *require: Requirement) -> RuledOption:
    """A step of which the policy does not say who takes it; it is taken by itself where nobody is named."""
    option = _option(file, name, title)
    within = _ruling(file, option).within
    return RuledOption(option=option, ruling=Ruling(rules=(), automatic=not require, require=require, within=within))


def _changes(file: CaseFile, found: LeavingFound) -> tuple[RuledOption, ...]:
    """What dispatch may have leave instead; what it has chosen only as long as that is possible."""
    said = file.answered(CONTENT) if file.state == "committing" else None
    options = []
    for name, (title, why_not) in changes(found).items():
        because = "" if said is None or said.choice != name else why_not(found, said.values)
        option = _option(file, name, title)
        options.append(option.model_copy(update={"feasible": False, "because": (because,)}) if because else option)
    return tuple(RuledOption(option=option, ruling=_ruling(file, option)) for option in options)


def _told(blocked: tuple[Reason, ...]) -> str:
    return " ".join(reason.text for reason in blocked[:3])


def consequences(file: CaseFile) -> tuple[Successor, ...]:
    """Each promise that breaks, because its departure was missed or less leaves, is proposed for later."""
    slip = untold_slip(file)
    return (*(() if slip is None else later_promises(file, slip)), *rest_changes(file))


def rest_changes(file: CaseFile) -> tuple[Successor, ...]:
    """What follows from what was left behind."""
    found = leaving(file)
    return () if found is None else tuple(rest_promises(file, found.rest))


def watches(file: CaseFile) -> tuple[Watched, ...]:
    """Everything that its readiness rests on."""
    found, site = leaving(file), file.site
    shipment = cast(Shipment, file.before.fact) if found is None else found.shipment
    orders = {line.order for line in shipment.lines}
    lots = {lot for line in shipment.lines for lot in line.lots}
    items = () if found is None or shipment.status in AT_THE_RAMP else sorted({line.item for line in found.ordered})
    of_shipment = (Shipment, Document, Slot, DispatchApproval, ShipmentHold)
    return (
        *(Watched(kind, site, "shipment", shipment.shipment) for kind in of_shipment),
        Watched(WaiverStanding, site, "subject", shipment.shipment),
        *(Watched(kind, site, "order", order) for kind in (OrderLine, Job, Reservation) for order in sorted(orders)),
        *(Watched(kind, site, "lot", lot) for kind in (Lot, Hold, Inspection) for lot in sorted(lots)),
        # What becomes free of the same items could leave instead.
        *(Watched(kind, site, "item", item) for kind in (Lot, Hold, Inspection) for item in items),
        *(Watched(CustomerClearance, site, "customer", name) for name in (() if found is None else found.customers)),
        # What is owed by a customer changes often; he matters here only where nobody said in which country he is.
        *(Watched(Customer, site, "customer", one.thing) for one in in_the_way(file) if one.code == COUNTRY_UNKNOWN),
    )


def watches_departure(file: CaseFile) -> tuple[Watched, ...]:
    """Whether it has left, and as what."""
    return tuple(Watched(kind, file.site, "shipment", file.subject) for kind in (Shipment, DispatchApproval))


def _option(file: CaseFile, name: str, title: str) -> Option:
    return Option(name=name, title=title, expires_at=file.at + file.timing.approval)


def _step(file: CaseFile, stage: str, because: str, option: Option, others: Iterable[RuledOption] = ()) -> Proposal:
    return Proposal.of_step(stage, because, option, _ruling(file, option), others)


def _ruling(file: CaseFile, option: Option) -> Ruling:
    return file.policy.rule(policy_inputs(file, option.name))


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
                "gathering", "slot_missed", "awaiting_approval", "approved", "loading", "loaded_short", "load_stopped",
                "ready_to_depart", "putting_away", UNAPPROVED, "committing", "dispatched", "dispatched_unapproved",
                "cancelled", "withdrawn",
            ),
        ),
        State(
            "gathering", "Something is still missing; each owner knows what.", owner=Role.DISPATCH,
            within=Duration(working_days=2), questions=questions.tasks, watches=watches, opens=consequences,
            interruptible=True, next=_BEFORE_LOADING,
        ),
        State(
            "slot_missed", "Its slot, or the time by which it had to leave, has passed: who must know is told.",
            owner=Role.SALES, within=Duration(working=timedelta(hours=2)), questions=questions.slip, watches=watches,
            opens=consequences, interruptible=True, next=_BEFORE_LOADING,
        ),
        State(
            "awaiting_approval", "Nothing is in the way; somebody must let it go.", owner=Role.SHIPPING_MANAGER,
            within=Duration(working=timedelta(hours=2)), questions=questions.approval, watches=watches,
            opens=consequences, interruptible=True, next=_BEFORE_LOADING,
        ),
        State(
            "approved", "It may be loaded, as long as nothing changes and the approval is good.", owner=Role.WAREHOUSE,
            within=Duration(clock=USUAL.approval), questions=questions.loading, watches=watches, interruptible=True,
            next=_BEFORE_LOADING,
        ),
        State(
            "loading", "It is being loaded.", owner=Role.WAREHOUSE, within=_HOUR,
            questions=questions.loaded, watches=watches, next=("assessing", "committing"),
        ),
        State(
            "loaded_short", "Less is loaded than was approved: dispatch and sales say what then.", owner=Role.DISPATCH,
            within=Duration(clock=timedelta(minutes=30)), questions=questions.loaded_short, watches=watches,
            next=("assessing", "committing"),
        ),
        State(
            "load_stopped", "Something changed while it was loaded: it must not leave.", owner=Role.DISPATCH,
            within=Duration(clock=timedelta(minutes=15)), questions=questions.stopped, watches=watches,
            next=("assessing", "committing"),
        ),
        State(
            "ready_to_depart", "It is loaded and still as approved.", owner=Role.DISPATCH, within=_HOUR,
            questions=questions.departure, watches=watches, next=("assessing", "committing"),
        ),
        State(
            "committing", "The evidence is looked at once more and the step written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), next=("assessing", "commit_failed", "propagating"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.DISPATCH,
            within=_HOUR, questions=questions.repair,
            next=("committing", "propagating", "assessing", "abandoned", "commit_failed"),
        ),
        State(
            "propagating", "It has left; everybody concerned is told.", owner=Role.SALES,
            within=Duration(working_days=1), questions=questions.handoffs, opens=rest_changes, next=("dispatched",),
        ),
        State(
            "putting_away", "Nothing leaves any more; what was picked goes back into stock.", owner=Role.WAREHOUSE,
            within=Duration(working_days=1), questions=questions.put_away, next=("assessing",),
        ),
        State(
            UNAPPROVED, "It has left, and nobody had let it go: somebody must say how that came and what follows.",
            owner=Role.SHIPPING_MANAGER, within=Duration(working=timedelta(hours=2)),
            questions=questions.left_unapproved, watches=watches_departure, next=("assessing",),
        ),
        State("dispatched", "It has left, as it was let go."),
        State("dispatched_unapproved", "It had left before anybody let it go; what follows from that is settled."),
        State("cancelled", "Nothing leaves any more."),
        State("abandoned", "A step could not be written; what was written is taken back.", undoes=True),
        State("withdrawn", "The request was taken back.", undoes=True),
    ),
    checks=(
        Check("shipment", "What leaves, and whether it is approved", "dispatch"),
        Check("readiness", "Produced, cleared, papers, slot, customer, picked", "readiness"),
    ),
    propose=propose,
    effects=effects,
    meeting=Meeting.MERGE,
    by_steps=True,
    successors=("order_change",),
    reasons=("PLANNED", "DUE", "OVERDUE", "SLOT_CHANGED", "HELD", "LEFT", "OTHER"),
)  # fmt: skip
