"""An order line that the order book changed past everybody: what was decided before can be put back."""

from __future__ import annotations

from typing import Final

from domain.effect import ReviseOrderLine
from domain.evidence import digest
from domain.facts import LineStatus
from domain.option import Delivery, Option
from domain.order_line.findings import Findings

PUT_BACK: Final = "put_back"
"""The option that has the order book say again what was decided, and how the case ends then."""
LET_BE: Final = "let_be"
"""How the case ends where nothing follows from the change."""


def put_back(site: str, found: Findings) -> Option:
    """The order book says again what it said before; nobody else has heard of the change yet."""
    line = found.before
    delivery = Delivery(at=line.due_at, quantity=line.quantity, item=line.item, site=site)
    return Option(
        name=PUT_BACK,
        title=f"Put the order book back to {line.quantity} {line.item} for {line.due_at:%Y-%m-%d}",
        deliveries=(delivery,),
        because=tuple(reason.text for reason in found.reasons),
        expires_at=found.expires_at,
    )


def as_decided(site: str, found: Findings) -> ReviseOrderLine:
    """The line as it was before; refused if the order book has moved on once more."""
    line = found.before
    return ReviseOrderLine(
        site=site,
        order=line.order,
        line=line.line,
        expected=digest(found.line),
        item=line.item,
        revision=line.revision,
        quantity=line.quantity,
        requested_at=line.requested_at,
        promised_at=line.promised_at,
        cancelled=line.status is LineStatus.CANCELLED,
        priority=line.priority,
    )
