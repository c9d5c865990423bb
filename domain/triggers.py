"""Which change in the plant starts which process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from domain.case import Request
from domain.fact import Fact
from domain.facts import LineStatus, OrderLine
from domain.process import Process
from domain.processes.order_change import ORDER_CHANGE, OrderChangeRequest

T = TypeVar("T")


@dataclass(frozen=True)
class Trigger:
    """A kind of fact, and what a change of it asks for."""

    fact: type[Fact]
    process: Process
    request: Callable[[Fact, Fact], Request | None]
    """What the change from the first to the second asks for; nothing if it does not matter."""


def changed_order(before: Fact, after: Fact) -> Request | None:
    """An order line that the order book says is different now: what must follow, or must it be put back?"""
    if not isinstance(before, OrderLine) or not isinstance(after, OrderLine):
        return None
    cancelled = after.status is LineStatus.CANCELLED and before.status is LineStatus.OPEN
    if not cancelled and after.status is not LineStatus.OPEN:
        return None
    asked = OrderChangeRequest(
        order=after.order,
        line=after.line,
        quantity=_if_new(before.quantity, after.quantity),
        requested_at=_if_new(before.requested_at, after.requested_at),
        item=_if_new(before.item, after.item),
        revision=_if_new(before.revision, after.revision),
        cancel=cancelled,
        reason="CUSTOMER_REQUEST",
        comment="The order book says so already.",
        already_made=True,
    )
    return asked if any(asked.wants().values()) else None


def _if_new(before: T, after: T) -> T | None:
    return None if before == after else after


TRIGGERS: tuple[Trigger, ...] = (Trigger(OrderLine, ORDER_CHANGE, changed_order),)
