"""What is proposed about an order line: the options, who must agree, or that there is nothing to decide."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from domain.case import CaseFile
from domain.evidence import Reason, Verdict
from domain.facts import OrderLine
from domain.need import Need
from domain.option import Option, Proposal, RuledOption
from domain.order_line import less, more, past_us
from domain.order_line.findings import Findings
from domain.order_line.requested import OrderChangeRequest, is_less, parts_allowed
from domain.policy import PolicyInputs


def nothing_to_decide(file: CaseFile, request: OrderChangeRequest, wanted: Need, found: Findings) -> Proposal | None:
    """The end, where the order book allows no change, the line says so already, or it is being loaded."""
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


def lacking(reasons: Iterable[Reason]) -> Proposal:
    """That what is missing is found out."""
    texts = tuple(reason.text for reason in reasons)
    return Proposal(lacking=texts, because=" ".join(texts))


def ways(file: CaseFile, request: OrderChangeRequest, wanted: Need, found: Findings) -> tuple[Option, ...]:
    """What can be done, best first; where it was changed past everybody, last that it is put back."""
    if request.already_made and _being_loaded(found):
        options: tuple[Option, ...] = ()
    elif is_less(wanted, found.before):
        options = less.options(wanted, found)
    else:
        options = more.options(wanted, found, partial_allowed=parts_allowed(file))
    return (*options, past_us.put_back(file.site, found)) if request.already_made else options


def decided_on(file: CaseFile, wanted: Need, found: Findings, options: Iterable[Option]) -> Proposal:
    """Which of *options* somebody has to choose, or which is taken by itself."""
    ruled = tuple(
        RuledOption(option=option, ruling=file.policy.rule(policy_inputs(wanted, found, option))) for option in options
    )
    first = ruled[0]
    by_itself = first.ruling.automatic and not first.option.offer and first.option.name != past_us.PUT_BACK
    automatic = first if by_itself and not _decided_meanwhile(file) else None
    return Proposal(
        options=ruled,
        automatic=None if automatic is None else automatic.option.name,
        because=_because(found, automatic),
        refused=past_us.LET_BE if file.request.already_made else "",
    )


def _decided_meanwhile(file: CaseFile) -> bool:
    """Whether those who were asked have decided while the case looks again: their word counts, needed or not."""
    decided = file.answered("decision")
    return decided is not None and decided.step == file.version


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
