"""What is asked for of an order line, and what the line needs once it is changed so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from pydantic import Field

from domain.case import CaseFile, Request
from domain.fact import Quantity, Time
from domain.facts import OrderLine
from domain.need import Need
from domain.subject import Identifier, line_key


class OrderChangeRequest(Request):
    """What is to be different about an order line. What is not given stays as it is."""

    order: Identifier
    line: Identifier
    order_version: str | None = Field(default=None, max_length=100)
    """The version of the line that the requester saw."""
    quantity: Quantity | None = None
    requested_at: Time | None = None
    """The date now wanted."""
    item: Identifier | None = None
    revision: Identifier | None = None
    cancel: bool = False
    partial_allowed: bool | None = None
    substitute_allowed: bool | None = None
    needed_by: Time | None = None
    """When the requester must have the answer: the decision is due no later, if that is still to come."""

    @property
    def subject_key(self) -> str:
        """The order line."""
        return line_key(self.order, self.line)

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


def is_less(wanted: Need, line: OrderLine) -> bool:
    """Whether the change only takes away: it never waits for supply, and silence never refuses it."""
    return wanted.item == line.item and wanted.quantity < line.quantity and wanted.by >= line.due_at


def parts_allowed(file: CaseFile) -> bool:
    """Whether the customer takes it in parts."""
    request, line = cast(OrderChangeRequest, file.request), cast(OrderLine, file.before.fact)
    return _either(request.partial_allowed, line.partial_allowed)


def _either(asked: bool | None, known: bool) -> bool:
    return known if asked is None else asked
