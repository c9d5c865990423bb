"""Order change: whether a changed order can still be kept, who agreed to it, and that everybody follows."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from domain.calendar import Duration
from domain.case import CaseFile
from domain.evidence import Verdict
from domain.facts import OrderLine
from domain.option import Proposal
from domain.order_line import past_us, proposed, questions, watched
from domain.order_line.effects import effects, holds
from domain.order_line.findings import findings
from domain.order_line.requested import OrderChangeRequest, need
from domain.process import Check, Process, State
from domain.roles import Role


def propose(file: CaseFile) -> Proposal:
    """Options and who must agree; or the end, where there is nothing to decide."""
    request, wanted, found = cast(OrderChangeRequest, file.request), need(file), findings(file)
    if end := proposed.nothing_to_decide(file, request, wanted, found):
        return end
    order = file.found("order")
    if order is not None and order.verdict is Verdict.UNKNOWN:
        return proposed.lacking(order.reasons)
    if options := proposed.ways(file, request, wanted, found):
        return proposed.decided_on(file, wanted, found, options)
    return proposed.lacking(found.reasons)


_STOPPABLE = ("withdrawn", "superseded")

ORDER_CHANGE = Process(
    name="order_change",
    prefix="OC",
    title="Order change",
    purpose="Says whether a changed order can still be kept, who agreed to it, and sees to it that everybody follows.",
    about=OrderLine,
    request=OrderChangeRequest,
    states=(
        State(
            "received", "The request is kept and will be looked at.", within=Duration(clock=timedelta(minutes=1)),
            interruptible=True, next=("assessing", *_STOPPABLE),
        ),
        State(
            "assessing", "Orders, stock, schedule, quality, work in process and dispatch are being asked.",
            within=Duration(clock=timedelta(minutes=10)), watches=watched.options, interruptible=True,
            next=(
                "needs_information", "awaiting_decision", "committing", "rejected", past_us.LET_BE, "no_effect",
                *_STOPPABLE,
            ),
        ),
        State(
            "needs_information", "Something must be found out before anything can be proposed.", owner=Role.SALES,
            within=Duration(working_days=1), questions=questions.information, watches=watched.missing,
            interruptible=True, next=("assessing", *_STOPPABLE),
        ),
        State(
            "awaiting_decision", "Those whom the policy names weigh the options.", owner=Role.PLANNER,
            within=Duration(working_days=1), questions=questions.decision, watches=watched.options, interruptible=True,
            next=(
                "assessing", "needs_information", "awaiting_customer", "committing", "rejected", past_us.LET_BE,
                *_STOPPABLE,
            ),
        ),
        State(
            "awaiting_customer", "The customer thinks about an offer; supply is held for it.", owner=Role.SALES,
            within=Duration(working_days=2), questions=questions.offer, interruptible=True,
            next=("committing", "rejected", past_us.LET_BE, "expired", *_STOPPABLE),
        ),
        State(
            "committing", "The evidence is looked at once more and the decision written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), binds=True,
            next=("propagating", "commit_failed", "assessing"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.PLANNER,
            within=Duration(working=timedelta(hours=4)), questions=questions.repair, binds=True,
            next=("committing", "propagating", "abandoned", "assessing", "commit_failed"),
        ),
        State(
            "propagating", "Everybody downstream takes the change over.", owner=Role.PRODUCTION,
            within=Duration(working_days=1), questions=questions.handoffs, binds=True,
            next=("completed", past_us.PUT_BACK, "assessing", "commit_failed"),
        ),
        State("completed", "The change stands and everybody concerned has taken it over."),
        State(past_us.PUT_BACK, "The order book says again what it said before it was changed past everybody."),
        State("rejected", "The order stays as it was.", undoes=True),
        State(
            past_us.LET_BE, "The order book was changed past everybody and stays so; nothing follows from it.",
            undoes=True,
        ),
        State("expired", "The customer did not answer an offer in time; the order stays as it was.", undoes=True),
        State("no_effect", "The line said already what was asked for.", undoes=True),
        State("abandoned", "The change was decided but could not be written; all of it was taken back.", undoes=True),
        State("superseded", "A newer request took over.", undoes=True),
        State("withdrawn", "The request was taken back.", undoes=True),
    ),
    checks=(
        Check("order", "Order line and customer", "order book"),
        Check("availability", "Available-to-promise", "inventory"),
        Check("capacity", "Capable-to-promise and time fence", "schedule"),
        Check("quality", "Quality of the stock to be used", "quality"),
        Check("work_in_process", "Work in process and its revision", "shop floor"),
        Check("dispatch", "Shipments under way", "dispatch"),
        Check("pegging", "Other orders that want the item", "inventory"),
    ),
    propose=propose,
    effects=effects,
    holds=holds,
    quiet=timedelta(minutes=3),
    reasons=(
        "CUSTOMER_REQUEST", "FORECAST_ERROR", "ENTRY_ERROR", "SUPPLY_PROBLEM", "CAPACITY_PROBLEM", "DISPATCH_PROBLEM",
        "QUALITY_PROBLEM", "ENGINEERING", "CREDIT", "REGULARISE", "OTHER",
    ),
)  # fmt: skip
