"""Material shortage: what is missing from when until when, how it is got, and that it comes or somebody is told."""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import Duration
from domain.case import CaseFile
from domain.master_data import Item
from domain.option import Proposal
from domain.process import Check, Meeting, Process, State
from domain.roles import Role
from domain.shortage import consequences, proposed, questions, watched
from domain.shortage.counting import to_be_counted
from domain.shortage.effects import effects
from domain.shortage.following import unforeseen
from domain.shortage.known import known
from domain.shortage.requested import ShortageRequest


def propose(file: CaseFile) -> Proposal:
    """What must be counted or decided, or is waited for; or the end."""
    found = known(file)
    if found is None:
        return Proposal.to_find_out("needs_information", *(file.reasons("shortage") or ("Nobody knows the item.",)))
    counted = to_be_counted(file, found.balance, found.gap, found.severity) if file.chosen is None else None
    if counted is not None:
        return counted
    if unforeseen(file, found.balance) is not None:
        return proposed.sourcing(file, found) or proposed.ways_out(file, found)
    if file.chosen is None:
        return proposed.nothing_missing(file, found)
    return proposed.followed(file, found)


_BEFORE_DECIDING = ("assessing", "withdrawn")
_HOUR = Duration(clock=timedelta(hours=1))

SHORTAGE = Process(
    name="shortage",
    prefix="MS",
    title="Material shortage",
    purpose="Finds material that will be missing, gets it as somebody agrees to, and watches until it is there.",
    about=Item,
    request=ShortageRequest,
    states=(
        State(
            "received", "The request is kept and will be looked at.", within=Duration(clock=timedelta(minutes=1)),
            interruptible=True, next=_BEFORE_DECIDING,
        ),
        State(
            "assessing", "Stock, receipts and requirements are compared, moment by moment.",
            within=Duration(clock=timedelta(minutes=10)), watches=watched.balance, interruptible=True,
            next=(
                "needs_information", "counting", "count_differs", "sourcing", "awaiting_decision", "committing",
                "monitoring", "propagating", "no_shortage", "below_safety_stock", "withdrawn",
            ),
        ),
        State(
            "needs_information", "Something must be found out before anything can be said.", owner=Role.PLANNER,
            within=Duration(working_days=1), questions=questions.information, interruptible=True, next=_BEFORE_DECIDING,
        ),
        State(
            "counting", "It is pressing, so the stock is counted before anybody is alarmed.", owner=Role.WAREHOUSE,
            within=_HOUR, questions=questions.count, watches=watched.balance, interruptible=True, next=_BEFORE_DECIDING,
        ),
        State(
            "count_differs", "The count and the books differ; the books are put right first.", owner=Role.WAREHOUSE,
            within=_HOUR, questions=questions.correction, watches=watched.balance, interruptible=True,
            next=_BEFORE_DECIDING,
        ),
        State(
            "sourcing", "Suppliers, quality and other sites are asked what can be had, all at once.", owner=Role.BUYER,
            within=Duration(working=timedelta(hours=4)), questions=questions.sourcing, watches=watched.balance,
            interruptible=True, next=_BEFORE_DECIDING,
        ),
        State(
            "awaiting_decision", "Those whom the policy names weigh the ways out.", owner=Role.PLANNER,
            within=Duration(working_days=3), questions=questions.decision, watches=watched.balance, interruptible=True,
            next=("assessing", "committing", "withdrawn"),
        ),
        State(
            "committing", "The evidence is looked at once more and the way out written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), next=("assessing", "commit_failed", "unresolved"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.BUYER,
            within=Duration(working=timedelta(hours=4)), questions=questions.repair,
            next=("committing", "assessing", "abandoned", "commit_failed", "unresolved"),
        ),
        State(
            "unresolved", "Something stays short; the orders whose promise that breaks are looked at.",
            within=Duration(clock=timedelta(minutes=1)), opens=consequences.left_short, next=("assessing",),
        ),
        State(
            "monitoring", "A way out is taken; it is watched until the item is there.", owner=Role.BUYER,
            within=Duration(working_days=20), questions=questions.following, watches=watched.balance,
            next=("assessing",),
        ),
        State(
            "propagating", "It is over; everybody concerned is told.", owner=Role.PRODUCTION,
            within=Duration(working_days=1), questions=questions.handoffs, next=("cleared", "demand_gone"),
        ),
        State("cleared", "The item is there for all who need it."),
        State("demand_gone", "Nobody needs it any more; the buyer takes back the hurry."),
        State("no_shortage", "Nothing is missing."),
        State("below_safety_stock", "Nothing is missing, and some of what is kept for safety is used."),
        State("abandoned", "The way out could not be written; what was written is taken back.", undoes=True),
        State("withdrawn", "The request was taken back.", undoes=True),
    ),
    checks=(
        Check("shortage", "Stock, receipts and requirements over time", "inventory"),
        Check("sources", "Where it could come from", "inventory"),
    ),
    propose=propose,
    effects=effects,
    successors=("schedule_adjustment", "order_change"),
    meeting=Meeting.MERGE,
    by_steps=True,
    quiet=timedelta(minutes=3),
    reasons=(
        "PROJECTION", "KIT_CHECK", "RECEIPT_CHANGED", "RECEIPT_OVERDUE", "LOT_CHANGED", "LOT_EXPIRES", "COUNT", "SCRAP",
        "LINE_STOPPED", "REPORT", "OTHER",
    ),
)  # fmt: skip
