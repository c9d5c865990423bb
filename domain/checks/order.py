"""Whether the order line is in a state to be changed, and whether it is still what the requester saw."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Reading
from domain.facts import LineStatus, OrderLine
from domain.master_data import Customer
from domain.need import Need
from domain.roles import Role


class OrderFound(Found):
    """The line as the order book has it now."""

    line: OrderLine
    version: str
    over_credit_limit: bool = False
    """Whether the customer would owe more than he is good for."""


def asked(need: Need) -> Any:
    """All that the finding depends on besides the facts."""
    return [need.order, need.line, str(need.quantity)]


def judge(
    need: Need, seen: BaseModel, line: Reading[OrderLine], customer: Reading[Customer] | None, at: datetime
) -> Evidence:
    """What the order book says of a change to what *need* names, which the requester based on *seen*."""
    now = line.fact
    verdict = Verdict.PASS
    reasons: list[Reason] = []
    # Cancelled past everybody is what the case is about, and no reason to end it.
    cancelled = isinstance(seen, OrderLine) and seen.status is LineStatus.OPEN and now.status is LineStatus.CANCELLED
    if now.status is not LineStatus.OPEN and not (cancelled and not need.quantity):
        verdict = Verdict.FAIL
        reasons.append(Reason(code="order_closed", thing=now.key, owner=Role.SALES, text=f"The line is {now.status}."))
    if need.quantity < now.shipped:
        verdict = Verdict.FAIL
        text = f"{now.shipped} are shipped already; the line cannot become {need.quantity}."
        reasons.append(Reason(code="below_shipped", thing=now.key, owner=Role.SALES, text=text))
    if verdict is Verdict.PASS and seen != now:
        verdict = Verdict.WARN
        text = "The line was changed after the requester saw it; the evidence is of the line as it is now."
        reasons.append(Reason(code="changed_since", thing=now.key, owner=Role.SALES, text=text))
    over = customer is not None and _over_limit(customer.fact, now, need.quantity)
    if over or (customer is not None and customer.fact.blocked):
        verdict = verdict if verdict is Verdict.FAIL else Verdict.WARN
        text = f"{now.customer} is over his credit limit or blocked."
        reasons.append(Reason(code="credit", thing=now.customer, owner=Role.FINANCE, text=text))
    found = OrderFound(line=now, version=line.version, over_credit_limit=over)
    readings: list[Reading[Any]] = [line] if customer is None else [line, customer]
    return evidence("order", found, verdict, reasons, readings, at, asked(need))


def _over_limit(customer: Customer, line: OrderLine, quantity: Decimal) -> bool:
    if customer.credit_limit is None:
        return customer.blocked
    further = max(quantity - line.quantity, Decimal(0)) * line.price
    return customer.blocked or customer.exposure + further > customer.credit_limit
