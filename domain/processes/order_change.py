"""Order change: whether a changed order can still be kept, who agreed to it, and that everybody follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from pydantic import AwareDatetime, Field

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile, Request
from domain.effect import CancelSupply, ChangeJob, CreateJob, Effect, RequestSupply
from domain.evidence import Reason, Verdict
from domain.fact import Quantity
from domain.facts import OrderLine
from domain.need import Need
from domain.option import Option, Proposal, RuledOption
from domain.order_line import effects as line_effects
from domain.order_line import less, more, past_us, wording
from domain.order_line.findings import Findings, findings
from domain.policy import PolicyInputs
from domain.process import Check, Process, State
from domain.question import QuestionDraft
from domain.roles import Role
from domain.subject import Identifier


class OrderChangeRequest(Request):
    """What is to be different about an order line. What is not given stays as it is."""

    order: Identifier
    line: Identifier
    order_version: str | None = Field(default=None, max_length=100)
    """The version of the line that the requester saw."""
    quantity: Quantity | None = None
    requested_at: AwareDatetime | None = None
    """The date now wanted."""
    item: Identifier | None = None
    revision: Identifier | None = None
    cancel: bool = False
    partial_allowed: bool | None = None
    substitute_allowed: bool | None = None
    needed_by: AwareDatetime | None = None
    """When the requester must have the answer."""

    @property
    def subject_key(self) -> str:
        """The order line."""
        return f"{self.order}:{self.line}"

    def wants(self) -> dict[str, Any]:
        """What the line is to become."""
        return self.model_dump(mode="json", include={"quantity", "requested_at", "item", "revision", "cancel"})


def need(file: CaseFile) -> Need:
    """What the line needs once changed."""
    request, line = cast(OrderChangeRequest, file.request), cast(OrderLine, file.before.fact)
    wanted = line.quantity if request.quantity is None else request.quantity
    quantity = Decimal(0) if request.cancel else wanted
    item = request.item or line.item
    return Need(
        site=file.site,
        item=item,
        quantity=quantity,
        further=quantity if item != line.item else max(quantity - line.quantity, Decimal(0)),
        by=request.requested_at or line.due_at,
        order=line.order,
        line=line.line,
        customer=line.customer,
        revision=request.revision or line.revision,
        substitute_allowed=_either(request.substitute_allowed, line.substitute_allowed),
    )


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
        options = more.options(
            wanted, found, partial_allowed=_either(request.partial_allowed, found.before.partial_allowed)
        )
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


def is_less(wanted: Need, line: OrderLine) -> bool:
    """Whether the change only takes away: it never waits for supply, and silence never refuses it."""
    return wanted.item == line.item and wanted.quantity < line.quantity and wanted.by >= line.due_at


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What the option writes."""
    if option.name == past_us.PUT_BACK:
        return (past_us.as_decided(file.site, findings(file)),)
    return line_effects.effects(file, option, need(file))


def holds(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """The stock kept back while the customer thinks about an offer."""
    return line_effects.holds(option, need(file), option.expires_at + timedelta(days=7))


def decision(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Which of the options to take, if any."""
    wanted, line, past = need(file), cast(OrderLine, file.before.fact), file.request.already_made
    return (
        asking.which_option(
            file,
            title=f"{wording.change(wanted, line)}: which way?",
            context=wording.context(file, wanted),
            no="Let it be: nothing follows" if past else "Keep the order as it was",
            # What was changed past everybody does not stay so because nobody said a word.
            silence_refuses=not past and not is_less(wanted, line),
            otherwise=Role.PLANNER,
        ),
    )


def information(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether what was missing is there now."""
    return (asking.what_is_missing(file, Role.SALES),)


def offer(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What the customer says to something else than he asked for."""
    return (asking.customers_word(file, Role.SALES, context=wording.context(file, need(file))),)


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed."""
    return (asking.how_to_repair(file, Role.PLANNER),)


def handoffs(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Who must take the change over, each with the whole context."""
    assert file.chosen is not None
    wanted, found = need(file), findings(file)
    frozen = found.capacity is not None and found.capacity.zone == "frozen"
    within = Duration(working=timedelta(hours=8)) if frozen else Duration(working_days=1)
    change = wording.change(wanted, cast(OrderLine, file.before.fact))
    return tuple(
        asking.handoff(role, title=f"{what}: {change}", context=wording.context(file, wanted), within=within)
        for role, what in _concerned(file, file.chosen, found)
    )


def _concerned(file: CaseFile, chosen: Option, found: Findings) -> Iterator[tuple[Role, str]]:
    if chosen.name == past_us.PUT_BACK:
        yield Role.SALES, "The order book says again what was decided; tell who changed it"
        return
    kinds = effects(file, chosen)
    if chosen.name == "resequence":
        yield Role.PRODUCTION, chosen.title
    elif any(isinstance(effect, ChangeJob | CreateJob) for effect in kinds):
        yield Role.PRODUCTION, "Production orders changed"
    if any(isinstance(effect, RequestSupply) and effect.origin is None for effect in kinds):
        yield Role.BUYER, "Material is asked for"
    if any(isinstance(effect, CancelSupply) for effect in kinds):
        yield Role.BUYER, "Purchases to be cancelled"
    if any(isinstance(effect, RequestSupply) and effect.origin is not None for effect in kinds):
        yield Role.WAREHOUSE, "Goods come from another site"
    if found.dispatch is not None and found.dispatch.shipments:
        yield Role.DISPATCH, "Shipments and documents to be redone"
    if found.work_in_process is not None and found.work_in_process.revision_differs:
        yield Role.QUALITY_ENGINEER, "Inspection plan to be changed"
    if file.proposal is None or file.proposal.automatic != chosen.name:
        yield Role.SALES, "Tell the customer"


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


def _either(asked: bool | None, known: bool) -> bool:
    return known if asked is None else asked


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
            within=Duration(working_days=1), questions=information, interruptible=True, next=("assessing", *STOPPABLE),
        ),
        State(
            "awaiting_decision", "Those whom the policy names weigh the options.", owner=Role.PLANNER,
            within=Duration(working_days=1), questions=decision, interruptible=True,
            next=("needs_information", "awaiting_customer", "committing", "rejected", past_us.LET_BE, *STOPPABLE),
        ),
        State(
            "awaiting_customer", "The customer thinks about an offer; supply is held for it.", owner=Role.SALES,
            within=Duration(working_days=2), questions=offer, interruptible=True,
            next=("committing", "rejected", past_us.LET_BE, "expired", *STOPPABLE),
        ),
        State(
            "committing", "The evidence is looked at once more and the decision written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), binds=True,
            next=("propagating", "commit_failed", "assessing"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.PLANNER,
            within=Duration(working=timedelta(hours=4)), questions=repair,
            next=("committing", "propagating", "abandoned", "assessing", "commit_failed"), binds=True,
        ),
        State(
            "propagating", "Everybody downstream takes the change over.", owner=Role.PRODUCTION,
            within=Duration(working_days=1), questions=handoffs, binds=True,
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
