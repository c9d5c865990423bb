"""Order change: whether a changed order can still be kept, who agreed to it, and that everybody follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import cast

from domain.calendar import Duration
from domain.case import CaseFile
from domain.effect import Effect
from domain.evidence import Reason, Verdict
from domain.facts import OrderLine
from domain.need import Need
from domain.option import Option, Proposal, RuledOption
from domain.order_line import effects as line_effects
from domain.order_line import less, more, past_us, questions
from domain.order_line.findings import Findings, findings
from domain.order_line.requested import OrderChangeRequest, is_less, need, parts_allowed
from domain.policy import PolicyInputs
from domain.process import Check, Process, State
from domain.roles import Role


def propose(file: CaseFile) -> Proposal:
    """Options and who must agree; or the end, where there is nothing to decide."""
    request, wanted, found = cast(OrderChangeRequest, file.request), need(file), findings(file)
    if end := _nothing_to_decide(file, request, wanted, found):
        return end
    order = file.found("order")
    if order is not None and order.verdict is Verdict.UNKNOWN:
        return _lacking(order.reasons)
    if request.already_made and _being_loaded(found):
        options: tuple[Option, ...] = ()
    elif is_less(wanted, found.before):
        options = less.options(wanted, found)
    else:
        options = more.options(wanted, found, partial_allowed=parts_allowed(file))
    if request.already_made:
        options = (*options, past_us.put_back(file.site, found))
    if not options:
        return _lacking(found.reasons)
    ruled = tuple(
        RuledOption(option=option, ruling=file.policy.rule(policy_inputs(wanted, found, option))) for option in options
    )
    first = ruled[0]
    by_itself = first.ruling.automatic and not first.option.offer and first.option.name != past_us.PUT_BACK
    automatic = first if by_itself else None
    return Proposal(
        options=ruled,
        automatic=None if automatic is None else automatic.option.name,
        because=_because(found, automatic),
        refused=past_us.LET_BE if request.already_made else "",
    )


def policy_inputs(wanted: Need, found: Findings, option: Option) -> PolicyInputs:
    """What the approval policy is asked about an option. Unknown capacity counts as the frozen zone: the strictest."""
    line = found.before
    making = found.work_in_process
    return PolicyInputs(
        zone="frozen" if found.capacity is None else found.capacity.zone,
        promises_broken=option.promises_broken,
        cost=option.cost,
        value_change=abs(wanted.quantity - line.quantity) * line.price,
        value_change_ratio=_share_changed(wanted, line),
        all_pass=found.verdict is Verdict.PASS,
        offer=option.offer,
        specification_with_work_in_process=making is not None and making.started and making.revision_differs,
        over_credit_limit=found.order is not None and found.order.over_credit_limit,
        cancel_after_start=wanted.quantity == 0 and making is not None and making.started,
        work_in_process_value=Decimal(0) if making is None else making.value,
        specification=wanted.item != line.item or wanted.revision != line.revision,
        quantity_change=abs(wanted.quantity - line.quantity),
    )


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What the option writes."""
    if option.name == past_us.PUT_BACK:
        return (past_us.as_decided(file.site, findings(file)),)
    return line_effects.effects(file, option, need(file))


def holds(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """The stock kept back while the customer thinks about an offer."""
    return line_effects.holds(option, need(file), option.expires_at + timedelta(days=7))


def _nothing_to_decide(file: CaseFile, request: OrderChangeRequest, wanted: Need, found: Findings) -> Proposal | None:
    order = file.found("order")
    if order is not None and order.verdict is Verdict.FAIL:
        end = past_us.LET_BE if request.already_made else "rejected"
        return Proposal(settled=end, because=" ".join(reason.text for reason in order.reasons))
    line = found.before
    same = (wanted.item, wanted.quantity, wanted.by) == (line.item, line.quantity, line.due_at)
    if same and (request.revision is None or request.revision == line.revision):
        return Proposal(settled="no_effect", because="The line says already what is asked for.")
    if _being_loaded(found) and not request.already_made:
        assert found.dispatch is not None
        shipments = ", ".join(shipment.shipment for shipment in found.dispatch.shipments)
        text = f"Shipment {shipments} is being loaded; dispatch may hold it, or the change goes on a new line."
        return Proposal(settled="rejected", because=text)
    return None


def _being_loaded(found: Findings) -> bool:
    return found.dispatch is not None and found.dispatch.in_progress


def _lacking(reasons: Iterable[Reason]) -> Proposal:
    texts = tuple(reason.text for reason in reasons)
    return Proposal(lacking=texts, because=" ".join(texts))


def _share_changed(wanted: Need, line: OrderLine) -> Decimal:
    """How much of the line is different: as much as of its value, and known without a price, too."""
    if wanted.item != line.item:
        return Decimal(1)
    return abs(wanted.quantity - line.quantity) / line.quantity if line.quantity else Decimal(bool(wanted.quantity))


def _because(found: Findings, automatic: RuledOption | None) -> str:
    if automatic is not None:
        return f"{automatic.option.title}: rule {automatic.ruling.rules[0]} needs nobody's word."
    texts = [reason.text for reason in found.reasons]
    return " ".join(texts[:3]) or "The policy wants somebody to decide."


STOPPABLE = ("withdrawn", "superseded")

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
            next=("assessing", *STOPPABLE), interruptible=True,
        ),
        State(
            "assessing", "Orders, stock, schedule, quality, work in process and dispatch are being asked.",
            within=Duration(clock=timedelta(minutes=10)), interruptible=True,
            next=(
                "needs_information", "awaiting_decision", "committing", "rejected", past_us.LET_BE, "no_effect",
                *STOPPABLE,
            ),
        ),
        State(
            "needs_information", "Something must be found out before anything can be proposed.", owner=Role.SALES,
            within=Duration(working_days=1), questions=questions.information, interruptible=True,
            next=("assessing", *STOPPABLE),
        ),
        State(
            "awaiting_decision", "Those whom the policy names weigh the options.", owner=Role.PLANNER,
            within=Duration(working_days=1), questions=questions.decision, interruptible=True,
            next=("needs_information", "awaiting_customer", "committing", "rejected", past_us.LET_BE, *STOPPABLE),
        ),
        State(
            "awaiting_customer", "The customer thinks about an offer; supply is held for it.", owner=Role.SALES,
            within=Duration(working_days=2), questions=questions.offer, interruptible=True,
            next=("committing", "rejected", past_us.LET_BE, "expired", *STOPPABLE),
        ),
        State(
            "committing", "The evidence is looked at once more and the decision written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), binds=True,
            next=("propagating", "commit_failed", "assessing"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.PLANNER,
            within=Duration(working=timedelta(hours=4)), questions=questions.repair,
            next=("committing", "propagating", "abandoned", "assessing", "commit_failed"), binds=True,
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
    reasons=(
        "CUSTOMER_REQUEST", "FORECAST_ERROR", "ENTRY_ERROR", "SUPPLY_PROBLEM", "CAPACITY_PROBLEM", "DISPATCH_PROBLEM",
        "QUALITY_PROBLEM", "ENGINEERING", "CREDIT", "REGULARISE", "OTHER",
    ),
)  # fmt: skip
