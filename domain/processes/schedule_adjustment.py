"""Schedule adjustment: that a disturbance moves no more than it must, and that everybody works by the new plan."""

from __future__ import annotations

from datetime import timedelta

from domain.adjustment import consequences, proposed, questions, watched
from domain.adjustment.effects import effects
from domain.adjustment.known import adjusted, disturbance, has_to_last
from domain.adjustment.recovery import planned
from domain.adjustment.requested import ScheduleAdjustmentRequest
from domain.calendar import Duration
from domain.case import CaseFile
from domain.master_data import WorkCenter
from domain.option import Proposal
from domain.process import Check, Meeting, Process, State
from domain.roles import Role


def propose(file: CaseFile) -> Proposal:
    """What can be done about the disturbance; or that nothing must be."""
    said, machine, found = file.answered("triage"), disturbance(file), adjusted(file)
    if said is not None and said.choice == "false_alarm":
        return Proposal(settled="no_action", because=said.reason)
    if file.request.reason == "MACHINE" and machine is not None and machine.down is False:
        return Proposal(settled="no_action", because=f"{file.subject} works again.")
    if has_to_last(file):
        return proposed.triage(file, machine)
    if found is None:
        return Proposal.to_find_out(
            "needs_information", *(file.reasons("schedule") or ("The schedule could not be read.",))
        )
    return proposed.nothing_moves(found) or proposed.plans(file, found)


_BEFORE_DECIDING = ("assessing", "withdrawn")

SCHEDULE_ADJUSTMENT = Process(
    name="schedule_adjustment",
    prefix="SA",
    title="Schedule adjustment",
    purpose="Finds the plan that suffers least from a disturbance, has it agreed to, and everybody work by it.",
    about=WorkCenter,
    request=ScheduleAdjustmentRequest,
    states=(
        State(
            "received", "The disturbance is kept and will be looked at.", within=Duration(clock=timedelta(minutes=1)),
            interruptible=True, next=_BEFORE_DECIDING,
        ),
        State(
            "assessing", "What it does to the schedule is worked out, and what could be done.",
            within=Duration(clock=timedelta(minutes=10)), watches=watched.schedule, interruptible=True,
            next=("triage", "needs_information", "awaiting_decision", "no_action", "withdrawn"),
        ),
        State(
            "triage", "Somebody there says whether it is so, and how long it lasts.", owner=Role.PRODUCTION,
            within=Duration(clock=timedelta(minutes=30)), questions=questions.triage, watches=watched.machines,
            interruptible=True, next=_BEFORE_DECIDING,
        ),
        State(
            "needs_information", "The schedule cannot be worked out before something is found out.", owner=Role.PLANNER,
            within=Duration(working=timedelta(hours=4)), questions=questions.information, watches=watched.missing,
            interruptible=True, next=_BEFORE_DECIDING,
        ),
        State(
            "awaiting_decision", "Those whom the policy names weigh the plans.", owner=Role.PLANNER,
            within=Duration(working=timedelta(hours=4)), questions=questions.decision, watches=watched.schedule,
            interruptible=True, next=("committing", "kept_plan", "needs_information", *_BEFORE_DECIDING),
        ),
        State(
            "committing", "The schedule is looked at once more and the plan written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), next=("propagating", "commit_failed", "assessing"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.PLANNER,
            within=Duration(working=timedelta(hours=1)), questions=questions.repair,
            next=("committing", "propagating", "abandoned", "assessing", "commit_failed"),
        ),
        State(
            "propagating", "Everybody who works by the plan takes it over.", owner=Role.PRODUCTION,
            within=Duration(working=timedelta(hours=4)), questions=questions.handoffs,
            next=("effective", "assessing", "commit_failed"),
        ),
        State("effective", "Everybody works by the new plan.", opens=consequences.broken_promises, tells=planned),
        State("kept_plan", "The plan stays as it was."),
        State("no_action", "Nothing has to move."),
        State("abandoned", "The plan could not be written; all of it was taken back.", undoes=True),
        State("withdrawn", "The request was taken back.", undoes=True),
    ),
    checks=(
        Check("disturbance", "Whether the work centre works", "shop floor"),
        Check("schedule", "What could be done, each with its plan", "schedule"),
    ),
    propose=propose,
    effects=effects,
    successors=("order_change",),
    meeting=Meeting.MERGE,
    by_steps=True,
    quiet=timedelta(minutes=3),
    reasons=(
        "MACHINE", "LABOUR", "MATERIAL", "TOOL", "QUALITY", "RUSH_ORDER", "ENGINEERING", "MAINTENANCE",
        "UPSTREAM_LATE", "PLAN_ERROR", "MOVED_ELSEWHERE", "OTHER",
    ),
)  # fmt: skip
