"""A departure that was missed: its slot, or the time by which it had to leave, has passed and it is not loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from domain.calendar import Duration, WorkingCalendar
from domain.case import CaseFile
from domain.checks.finding import Found
from domain.facts import OrderLine, Shipment
from domain.later_promise import later_promise
from domain.option import Disturbed
from domain.order_line.precedence import NOT_BEGUN
from domain.process import Successor
from domain.release import Slot
from domain.timing import USUAL


class Missed(Found):
    """What was missed, and whose promise that breaks."""

    what: str
    """``its slot``, or ``the time by which it had to leave``."""
    at: AwareDatetime
    """When that was. It names the slip: another one is told of anew."""
    late: tuple[Disturbed, ...]
    """The lines whose promise breaks, as it cannot leave before the next working day is over."""

    @property
    def topic(self) -> str:
        """Under which it is told of, once."""
        return f"missed_{self.at:%Y-%m-%dT%H:%MZ}"

    @property
    def text(self) -> str:
        """The slip in words."""
        return f"It missed {self.what}, {self.at:%Y-%m-%d %H:%M} UTC."


def missed(
    shipment: Shipment,
    slot: Slot | None,
    lines: Sequence[OrderLine],
    hours: WorkingCalendar,
    at: datetime,
    vehicle_late: timedelta = USUAL.vehicle_late,
) -> Missed | None:
    """What has been missed by *at*; nothing while it can still leave as planned, or is being loaded."""
    if shipment.status not in NOT_BEGUN:
        return None
    late = tuple(_late(lines, hours.after(at, Duration(working_days=1))))
    if slot is not None and is_missed(slot, at, vehicle_late):
        return Missed(what="its slot", at=slot.ends_at, late=late)
    if at >= shipment.ship_by:
        return Missed(what="the time by which it had to leave", at=shipment.ship_by, late=late)
    return None


def is_missed(slot: Slot, at: datetime, vehicle_late: timedelta) -> bool:
    """Whether nobody will come in this slot any more: somebody says so, or it has been over for too long."""
    return slot.status == "missed" or (slot.status == "confirmed" and at >= slot.ends_at + vehicle_late)


def later_promises(file: CaseFile, slip: Missed) -> tuple[Successor, ...]:
    """A change of each line whose promise breaks, to when it can leave at the earliest; once for this slip."""
    why = f"{file.id}: {file.subject} has not left. {slip.text}"
    return tuple(
        later_promise(file, line.order, line.line, line.new_at, reason="DISPATCH_PROBLEM", why=why, once=slip.topic)
        for line in slip.late
    )


def _late(lines: Sequence[OrderLine], leaves_at: datetime) -> Iterable[Disturbed]:
    for line in lines:
        if line.open_quantity and line.due_at < leaves_at:
            yield Disturbed(
                order=line.order, line=line.line, customer=line.customer, promised_at=line.due_at, new_at=leaves_at
            )
