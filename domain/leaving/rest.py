"""What stays behind when less leaves than was to: another shipment takes it, or its promise has to be changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from pydantic import AwareDatetime

from domain.calendar import Duration, WorkingCalendar
from domain.case import CaseFile
from domain.checks.finding import Found
from domain.effect import Effect
from domain.fact import Quantity
from domain.facts import GONE, OrderLine, Shipment, ShipmentStatus
from domain.form import FieldKind, FormField
from domain.later_promise import later_promise
from domain.process import Successor
from domain.shipment_effect import LeaveShort, ReviseShipment
from domain.subject import Identifier

PARTIAL: Final = "partial_shipment"
LEAVE_SHORT: Final = "leave_short"
"""The decisions by which less leaves: before it is approved, and while it is loaded."""
REST: Final = "rest"
OWN_SHIPMENT: Final = "own_shipment"
STAYS_OPEN: Final = "stays_open"
ORDER_CHANGE: Final = "order_change"
"""What can become of what does not leave: a shipment of its own, nothing yet, or a later promise."""
REST_AT: Final = "rest_at"
"""When the rest is to be promised for."""


def rest_fields(*, required: bool) -> tuple[FormField, ...]:
    """What whoever lets less leave says of the rest."""
    words = (OWN_SHIPMENT, STAYS_OPEN, ORDER_CHANGE)
    return (
        FormField(name=REST, title="The rest", kind=FieldKind.WORD, words=words, required=required),
        FormField(
            name=REST_AT, title="When the rest leaves, if the order is changed", kind=FieldKind.TIME, required=False,
            ahead=True, needed_with=(f"{REST}={ORDER_CHANGE}",),
        ),
    )  # fmt: skip


def promised_for(said: Mapping[str, str]) -> datetime | None:
    """When the rest leaves, as it was *said*; nothing if nobody said."""
    return datetime.fromisoformat(said[REST_AT]) if said.get(REST) == ORDER_CHANGE else None


class Rest(Found):
    """What of an order line was to leave, does not, and is in no other shipment either."""

    order: Identifier
    line: Identifier
    item: Identifier
    quantity: Quantity
    behind: Quantity
    """What was left behind in all, some of which may leave in another shipment."""
    promised_at: AwareDatetime
    leaves_at: AwareDatetime
    """When it leaves, as somebody said; else the end of the next working day, before which it cannot."""

    @property
    def late(self) -> bool:
        """Whether it breaks a promise."""
        return self.leaves_at > self.promised_at

    @property
    def topic(self) -> str:
        """Names what was left behind: if it becomes more, that is something else."""
        return f"rest_{self.behind.normalize():f}"

    @property
    def text(self) -> str:
        """The rest in words."""
        promised = f"promised for {self.promised_at:%Y-%m-%d}"
        return f"{self.quantity.normalize():f} of {self.item} for {self.order}:{self.line}, {promised}"


LeftBehind = dict[str, tuple[Decimal, datetime | None]]
"""By order line: how much was left behind, and when that leaves, if somebody said."""


def left_behind(written: Iterable[Effect]) -> LeftBehind:
    """What stays behind by all that was *written*."""
    behind: LeftBehind = {}
    for effect in written:
        if isinstance(effect, ReviseShipment | LeaveShort):
            for entry in effect.rest:
                key = entry.line_key
                quantity, leaves_at = behind.get(key, (Decimal(0), None))
                behind[key] = (quantity + entry.quantity, effect.rest_at or leaves_at)
    return behind


def rests(
    behind: LeftBehind, lines: Iterable[OrderLine], shipments: Sequence[Shipment], hours: WorkingCalendar, at: datetime
) -> tuple[Rest, ...]:
    """What of each of *lines* is left *behind* at *at* and leaves in none of the site's *shipments*."""
    soonest = hours.after(at, Duration(working_days=1))
    found = []
    for line in lines:
        quantity, leaves_at = behind[line.key]
        left = min(quantity, _in_no_shipment(line, shipments))
        if left > 0:
            found.append(
                Rest(
                    order=line.order, line=line.line, item=line.item, quantity=left, behind=quantity,
                    promised_at=line.due_at, leaves_at=leaves_at or soonest,
                )
            )  # fmt: skip
    return tuple(found)


def _in_no_shipment(line: OrderLine, shipments: Sequence[Shipment]) -> Decimal:
    """What is still open of *line* and not to leave; order book and shipments may each be the first to know."""
    gone = to_leave = Decimal(0)
    for shipment in shipments:
        takes = sum((e.quantity for e in shipment.lines if e.line_key == line.key), Decimal(0))
        if shipment.status in GONE:
            gone += takes
        elif shipment.status is not ShipmentStatus.CANCELLED:
            to_leave += takes
    return line.open_quantity - max(gone - line.shipped, Decimal(0)) - to_leave


def rest_promises(file: CaseFile, found: Iterable[Rest]) -> Iterator[Successor]:
    """A change of each line whose promise the rest breaks, to when it leaves; once for what was left behind."""
    said = next((past for past in reversed(file.answers) if past.choice in (PARTIAL, LEAVE_SHORT)), None)
    by = "" if said is None else f" {', '.join(said.people)} decided so. {said.reason}".rstrip()
    for one in found:
        if one.late:
            why = f"{file.id}: {file.subject} leaves without {one.text}.{by}"
            yield later_promise(
                file, one.order, one.line, one.leaves_at, reason="DISPATCH_PROBLEM", why=why, once=one.topic,
                partial_allowed=True,
            )  # fmt: skip
