"""Dispatch release: that nothing leaves which is not ready, and that whatever leaves was let go by somebody."""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import Duration
from domain.case import CaseFile
from domain.facts import AT_THE_RAMP, OVER, Shipment
from domain.leaving import consequences, gate, proposed, questions, watched
from domain.leaving.effects import effects
from domain.leaving.known import UNAPPROVED, leaving
from domain.leaving.requested import DispatchReleaseRequest
from domain.option import Proposal
from domain.process import Check, Meeting, Process, State
from domain.roles import Role
from domain.timing import USUAL


def propose(file: CaseFile) -> Proposal:
    """The next step that the shipment is ready for; or what keeps it, or the end."""
    found = leaving(file)
    if found is None:
        return Proposal.to_find_out("gathering", "Nobody said what leaves.")
    if found.shipment.status in OVER:
        return proposed.over(file, found)
    if found.shipment.status in AT_THE_RAMP:
        return proposed.on_its_way_out(file, found)
    return proposed.before_loading(file, found)


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
            interruptible=True, next=("assessing", "withdrawn"),
        ),
        State(
            "assessing", "Whether the shipment is ready is judged from the facts.",
            within=Duration(clock=timedelta(minutes=10)), watches=watched.readiness, interruptible=True,
            next=(
                "gathering", "slot_missed", "awaiting_approval", "approved", "loading", "loaded_short", "load_stopped",
                "ready_to_depart", "putting_away", UNAPPROVED, "committing", "dispatched", "dispatched_unapproved",
                "cancelled", "withdrawn",
            ),
        ),
        State(
            "gathering", "Something is still missing; each owner knows what.", owner=Role.DISPATCH,
            within=Duration(working_days=2), questions=questions.tasks, watches=watched.readiness,
            opens=consequences.broken_promises, interruptible=True, next=_BEFORE_LOADING,
        ),
        State(
            "slot_missed", "Its slot, or the time by which it had to leave, has passed: who must know is told.",
            owner=Role.SALES, within=Duration(working=timedelta(hours=2)), questions=questions.slip,
            watches=watched.readiness, opens=consequences.broken_promises, interruptible=True, next=_BEFORE_LOADING,
        ),
        State(
            "awaiting_approval", "Nothing is in the way; somebody must let it go.", owner=Role.SHIPPING_MANAGER,
            within=Duration(working=timedelta(hours=2)), questions=questions.approval, watches=watched.readiness,
            opens=consequences.broken_promises, interruptible=True, next=_BEFORE_LOADING,
        ),
        State(
            "approved", "It may be loaded, as long as nothing changes and the approval is good.", owner=Role.WAREHOUSE,
            within=Duration(clock=USUAL.approval), questions=questions.loading, watches=watched.readiness,
            interruptible=True, next=_BEFORE_LOADING,
        ),
        State(
            "loading", "It is being loaded.", owner=Role.WAREHOUSE, within=_HOUR, questions=questions.loaded,
            watches=watched.readiness, next=("assessing", "committing"),
        ),
        State(
            "loaded_short", "Less is loaded than was approved: dispatch and sales say what then.", owner=Role.DISPATCH,
            within=Duration(clock=timedelta(minutes=30)), questions=questions.loaded_short, watches=watched.readiness,
            next=("assessing", "committing"),
        ),
        State(
            "load_stopped", "Something changed while it was loaded: it must not leave.", owner=Role.DISPATCH,
            within=questions.AT_ONCE, questions=questions.stopped, watches=watched.readiness,
            next=("assessing", "committing"),
        ),
        State(
            "ready_to_depart", "It is loaded and still as approved.", owner=Role.DISPATCH, within=_HOUR,
            questions=questions.departure, watches=watched.readiness, next=("assessing", "committing"),
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
            within=Duration(working_days=1), questions=questions.handoffs, opens=consequences.of_the_rest,
            next=("dispatched",),
        ),
        State(
            "putting_away", "Nothing leaves any more; what was picked goes back into stock.", owner=Role.WAREHOUSE,
            within=Duration(working_days=1), questions=questions.put_away, next=("assessing",),
        ),
        State(
            UNAPPROVED, "It has left, and nobody had let it go: somebody must say how that came and what follows.",
            owner=Role.SHIPPING_MANAGER, within=Duration(working=timedelta(hours=2)),
            questions=questions.left_unapproved, watches=watched.departure, next=("assessing",),
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
    successors=("order_change",),
    meeting=Meeting.MERGE,
    guards=dict.fromkeys(gate.LETS_GO, gate.why_not),
    by_steps=True,
    reasons=("PLANNED", "DUE", "OVERDUE", "SLOT_CHANGED", "HELD", "LEFT", "OTHER"),
)  # fmt: skip
