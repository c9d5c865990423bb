"""Which change in the plant starts which process. What we write ourselves starts none: it follows from a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from domain.adjustment.requested import ScheduleAdjustmentRequest
from domain.alert.requested import QualityAlertRequest
from domain.case import Request
from domain.fact import Fact
from domain.facts import (
    BLOCKED,
    Inspection,
    Job,
    LineStatus,
    Lot,
    LotStatus,
    OrderLine,
    Receipt,
    Shipment,
    ShipmentStatus,
)
from domain.held_lot.requested import QualityHoldRequest
from domain.leaving.requested import DispatchReleaseRequest
from domain.order_line.requested import OrderChangeRequest
from domain.process import Process
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.processes.order_change import ORDER_CHANGE
from domain.processes.quality_alert import QUALITY_ALERT
from domain.processes.quality_hold import QUALITY_HOLD
from domain.processes.schedule_adjustment import SCHEDULE_ADJUSTMENT
from domain.processes.shortage import SHORTAGE
from domain.release import Gauge, MachineState
from domain.schedule.damping import Damping
from domain.shortage.requested import ShortageRequest
from domain.words import in_words

T = TypeVar("T")


@dataclass(frozen=True)
class Trigger:
    """A kind of fact, and what a change of it asks for."""

    fact: type[Fact]
    process: Process
    request: Callable[[Fact, Fact], Request | None]
    """What the change from the first to the second asks for; nothing if it does not matter."""
    told_by: Callable[[Request, str], Request] = lambda asked, _: asked
    """The same, with which system told of the change, where that matters."""
    matters: Callable[[Fact, Fact, Damping], bool] = lambda *_: True
    """Whether the change is not too small to trouble anybody with, by the site's figures."""
    unheard_of: Mapping[str, object] = field(default_factory=dict)
    """In what a thing nobody had told of differs from what is first told of it; nothing where that starts nothing."""

    def before_the_first(self, told: Fact) -> Fact | None:
        """How the thing is taken to have been before *told*, the first word of it; nothing where nobody asks."""
        return told.model_copy(update=dict(self.unheard_of)) if self.unheard_of else None

    def asks(self, before: Fact, after: Fact, damping: Damping) -> Request | None:
        """What the change asks for at a site with the figures in *damping*."""
        return self.request(before, after) if self.matters(before, after, damping) else None

    @property
    def of_subject(self) -> bool:
        """Whether the fact is what the case is about, so that the case knows it as it was before."""
        return self.fact is self.process.about


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
        reason="REGULARISE",
        comment="The order book says so already.",
        already_made=True,
    )
    return asked if any(asked.wants().values()) else None


@dataclass(frozen=True)
class FurtherDemand:
    """That more is wanted than was, or sooner."""

    item: str
    needed_at: datetime
    parts_of_it: bool = False
    """Whether of what goes into the item, and not of the item itself."""


def further_demand(before: Fact | None, after: Fact) -> FurtherDemand | None:
    """
    What an order line or a job wants that it did not want before; whether it is there, is looked at item by item.

    A new one has nothing before it.
    """
    if isinstance(after, OrderLine) and after.open_quantity:
        asked = before if isinstance(before, OrderLine) and before.item == after.item else None
        if asked is None or after.open_quantity > asked.open_quantity or after.due_at < asked.due_at:
            return FurtherDemand(after.item, after.due_at)
    if isinstance(after, Job) and after.open:
        made = before if isinstance(before, Job) and before.item == after.item and before.open else None
        if made is None or after.quantity > made.quantity or after.starts_at < made.starts_at:
            return FurtherDemand(after.item, after.starts_at, parts_of_it=True)
    return None


def lesser_receipt(before: Fact, after: Fact) -> Request | None:
    """Supply that comes later than it was said to, or less of it; whether anybody misses it, the case finds out."""
    if not isinstance(before, Receipt) or not isinstance(after, Receipt):
        return None
    if after.expected_at <= before.expected_at and after.quantity >= before.quantity:
        return None
    return ShortageRequest(item=after.item, reason="RECEIPT_CHANGED", comment=f"{after.receipt} comes later, or less.")


def blocked_lot(before: Fact, after: Fact) -> Request | None:
    """A lot that must not be used any more, as another system says: somebody must say here what becomes of it."""
    if not isinstance(before, Lot) or not isinstance(after, Lot):
        return None
    if before.status in BLOCKED or after.status not in BLOCKED:
        return None
    defect = f"Lot {after.lot} is {in_words(after.status)}."
    return QualityHoldRequest(item=after.item, lot=after.lot, reason="BLOCKED_ELSEWHERE", defect=defect)


def blocked_by(asked: Request, system: str) -> Request:
    """The hold of a lot, as placed by the *system* that has blocked it."""
    assert isinstance(asked, QualityHoldRequest)
    name = system[:200]
    return asked.model_copy(update={"blocked_by": name, "defect": f"{name} says: {asked.defect}"})


def lesser_lot(before: Fact, after: Fact) -> Request | None:
    """Stock that may not be used any more, or for a shorter time, or is less."""
    if not isinstance(before, Lot) or not isinstance(after, Lot):
        return None
    if blocked_lot(before, after) is not None:
        return None  # the hold finds out who misses it
    best_before = after.expires_at is not None and (before.expires_at is None or after.expires_at < before.expires_at)
    blocked = after.status is not before.status and before.status in _USED
    if not blocked and not best_before and after.quantity >= before.quantity:
        return None
    return ShortageRequest(item=after.item, reason="LOT_CHANGED", comment=f"{after.lot} is less, or may not be used.")


def lesser_job(before: Fact, after: Fact) -> Request | None:
    """Work of which more pieces were scrapped: whether anybody misses them, the case finds out."""
    if not isinstance(before, Job) or not isinstance(after, Job) or not after.open:
        return None
    if after.scrapped <= before.scrapped:
        return None
    return ShortageRequest(item=after.item, reason="SCRAP", comment=f"{after.job} yields less.")


def _if_new(before: T, after: T) -> T | None:
    return None if before == after else after


def machine_down(before: Fact, after: Fact) -> Request | None:
    """A work centre that stopped, nobody says when: what becomes of its work? Where it is said, the clock tells."""
    if not isinstance(before, MachineState) or not isinstance(after, MachineState) or before.down or not after.down:
        return None
    if after.since is not None:
        return None
    return ScheduleAdjustmentRequest(work_center=after.work_center, reason="MACHINE", comment=after.because)


def failed_inspection(before: Fact, after: Fact) -> Request | None:
    """A lot that failed an inspection: it must not be used before somebody says what becomes of it."""
    if not isinstance(before, Inspection) or not isinstance(after, Inspection):
        return None
    if before.result == "fail" or after.result != "fail":
        return None
    defect = f"It failed {after.inspection}."
    return QualityHoldRequest(item=after.item, lot=after.lot, reason="INSPECTION_FAILED", defect=defect)


def unreliable_gauge(before: Fact, after: Fact) -> Request | None:
    """A gauge that was found wrong: all that was measured with it since it was last found good is suspect."""
    if not isinstance(before, Gauge) or not isinstance(after, Gauge) or not before.good or after.good:
        return None
    since = after.good_at or before.good_at
    return QualityAlertRequest(
        gauge=after.gauge, since=since, reason="CALIBRATION", defect=f"{after.gauge} measures wrong."
    )


def picked_shipment(before: Fact, after: Fact) -> Request | None:
    """A shipment that was picked and packed: whether it may leave, and who lets it go."""
    if not isinstance(before, Shipment) or not isinstance(after, Shipment):
        return None
    picked = before.status is ShipmentStatus.PLANNED and after.status is ShipmentStatus.PICKED
    return DispatchReleaseRequest(shipment=after.shipment, reason="PLANNED") if picked else None


def left_shipment(before: Fact, after: Fact) -> Request | None:
    """A shipment that has left, as another system says: had anybody let it go?"""
    if not isinstance(before, Shipment) or not isinstance(after, Shipment):
        return None
    return DispatchReleaseRequest(shipment=after.shipment, reason="LEFT") if after.left_since(before) else None


def moved(before: Fact, after: Fact) -> timedelta:
    """By how much a job was put elsewhere in the plan, at either end; no time for anything else."""
    if not isinstance(before, Job) or not isinstance(after, Job):
        return timedelta(0)
    return max(abs(after.starts_at - before.starts_at), abs(after.ends_at - before.ends_at))


def moved_far(before: Fact, after: Fact, damping: Damping) -> bool:
    """Whether that is so much that somebody has to hear of it."""
    return moved(before, after) >= damping.least_move


def moved_job(before: Fact, after: Fact) -> Request | None:
    """A job that somebody has put elsewhere in the plan: can all the rest still be done as planned?"""
    if not isinstance(before, Job) or not isinstance(after, Job):
        return None
    step = next((step for step in after.operations if step.status == "waiting"), None)
    if not moved(before, after) or not after.waits or step is None:
        return None
    was, now = (f"{job.starts_at:%Y-%m-%d %H:%M} to {job.ends_at:%Y-%m-%d %H:%M} UTC" for job in (before, after))
    text = f"{after.job} was planned for {was} and is now at {now}."
    return ScheduleAdjustmentRequest(
        work_center=step.work_center, reason="MOVED_ELSEWHERE", comment=text, reference=after.job
    )


_USED = (LotStatus.UNRESTRICTED, LotStatus.CONDITIONAL)

TRIGGERS: tuple[Trigger, ...] = (
    Trigger(OrderLine, ORDER_CHANGE, changed_order),
    Trigger(Receipt, SHORTAGE, lesser_receipt),
    Trigger(Lot, QUALITY_HOLD, blocked_lot, blocked_by, unheard_of={"status": LotStatus.UNRESTRICTED}),
    Trigger(Lot, SHORTAGE, lesser_lot),
    Trigger(Job, SHORTAGE, lesser_job),
    Trigger(MachineState, SCHEDULE_ADJUSTMENT, machine_down, unheard_of={"down": False}),
    Trigger(Inspection, QUALITY_HOLD, failed_inspection, unheard_of={"result": "open"}),
    Trigger(Gauge, QUALITY_ALERT, unreliable_gauge, unheard_of={"good": True}),
    Trigger(Shipment, DISPATCH_RELEASE, picked_shipment, unheard_of={"status": ShipmentStatus.PLANNED}),
    Trigger(Shipment, DISPATCH_RELEASE, left_shipment),
    Trigger(Job, SCHEDULE_ADJUSTMENT, moved_job, matters=moved_far),
)


def has_to_be_followed(before: Fact, after: Fact, damping: Damping) -> bool:
    """Whether the change from *before* to *after* starts any process, or has somebody look what is missing."""
    if further_demand(before, after) is not None:
        return True
    of_kind = (trigger for trigger in TRIGGERS if isinstance(after, trigger.fact))
    return any(trigger.asks(before, after, damping) is not None for trigger in of_kind)
