"""Which moment in the plant starts which process, though nothing changes: what must have happened by then has not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic

from domain.adjustment.requested import ScheduleAdjustmentRequest
from domain.case import Request
from domain.fact import F, Fact
from domain.facts import Inspection, Job, JobOperation, JobStatus, Lot, LotStatus, Receipt, Shipment
from domain.held_lot.requested import QualityHoldRequest
from domain.leaving.requested import DispatchReleaseRequest
from domain.leaving.ship_notice import notice_due, notice_sent
from domain.order_line.precedence import NOT_BEGUN
from domain.process import Process
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.processes.quality_hold import QUALITY_HOLD
from domain.processes.schedule_adjustment import SCHEDULE_ADJUSTMENT
from domain.processes.shortage import SHORTAGE
from domain.readiness.judgement import Readiness
from domain.release import AdjustedJob, Document, MachineState, Slot, WaiverStanding
from domain.shortage.requested import ShortageRequest
from domain.timing import USUAL, Timing
from domain.words import in_words

_JUST_AFTER = timedelta(microseconds=1)
# What is good through an instant is over just after it.


@dataclass(frozen=True)
class Moment(Generic[F]):
    """A kind of fact, when its time comes, and what is asked for then."""

    name: str
    """With the fact and the time it names the moment: it comes once, however often somebody looks."""
    fact: type[F]
    comes: Callable[[F, Timing], datetime | None]
    """When, by the site's figures; nothing, whatever those are, if nobody waits for it any more."""
    process: Process
    """Whose cases wait for it; whoever waits for the fact looks again."""
    request: Callable[[F], Request] | None = None
    """What a case is opened with if none about it waits; nothing where nobody else need know."""
    lacking: Callable[[tuple[Readiness, ...]], tuple[Request, ...]] | None = None
    """The same, where it hangs on what the thing is judged to be just then."""


@dataclass(frozen=True)
class Due:
    """A moment of one thing."""

    moment: Moment[Any]
    fact: Fact
    at: datetime

    @property
    def key(self) -> str:
        """This moment and no other: what slips again is another; what other figures move is not."""
        usual = self.moment.comes(self.fact, USUAL) or self.at
        return f"{self.moment.name}/{self.fact.kind}/{self.fact.site}/{self.fact.key}/{usual.isoformat()}"

    @property
    def why(self) -> str:
        """What a case is told."""
        thing = f"{in_words(self.fact.kind).capitalize()} {self.fact.key}"
        return f"{thing}: {in_words(self.moment.name)}, {self.at:%Y-%m-%d %H:%M} UTC."


def moments_of(fact: Fact, timing: Timing) -> tuple[Due, ...]:
    """Every moment that *fact* has by a site's *timing*, past ones too; the earliest first."""
    known = ((moment, moment.comes(fact, timing)) for moment in MOMENTS if isinstance(fact, moment.fact))
    due = (Due(moment, fact, at) for moment, at in known if at is not None)
    return tuple(sorted(due, key=lambda one: one.at))


def next_look(fact: Fact, timing: Timing, after: datetime | None = None) -> datetime | None:
    """When the first of its moments comes, or the first *after* one; nothing if none does."""
    return next((due.at for due in moments_of(fact, timing) if after is None or due.at > after), None)


# Shipments


def departure_near(shipment: Shipment, timing: Timing) -> datetime | None:
    """It must leave before long: what it still lacks is to be got."""
    return shipment.ship_by - timing.gathering if shipment.status in NOT_BEGUN else None


def departure_missed(shipment: Shipment, _: Timing) -> datetime | None:
    """It had to leave by now, and stands here."""
    return shipment.ship_by if shipment.status in NOT_BEGUN else None


def slot_confirmation_due(slot: Slot, timing: Timing) -> datetime | None:
    """Its vehicle comes before long: whoever said so must say it again."""
    return slot.to_confirm_from(timing.reconfirmation)


def slot_over(slot: Slot, _: Timing) -> datetime | None:
    """It has ended: what was to be let go for it is not."""
    return slot.ends_at if slot.status == "confirmed" else None


def slot_missed(slot: Slot, timing: Timing) -> datetime | None:
    """Nobody will come in it any more."""
    return slot.ends_at + timing.vehicle_late if slot.status == "confirmed" else None


def _release(reason: str) -> Callable[[Shipment], Request]:
    return lambda shipment: DispatchReleaseRequest(shipment=shipment.shipment, reason=reason)


# Waivers


def waiver_over(waiver: WaiverStanding, _: Timing) -> datetime | None:
    """It is good no longer: what it waived is in the way again."""
    return None if waiver.ended else waiver.expires_at


# Supply


def receipt_overdue(receipt: Receipt, timing: Timing) -> datetime | None:
    """It should have come, and nobody said that it did, or when it will."""
    return receipt.expected_at + timing.receipt_late if receipt.quantity else None


def lot_expires_soon(lot: Lot, timing: Timing) -> datetime | None:
    """It can be used a little longer: whoever counts on it afterwards will miss it."""
    return lot.expires_at - timing.expiring if lot.expires_at is not None and _may_be_used(lot) else None


def lot_expired(lot: Lot, _: Timing) -> datetime | None:
    """It lies there and must not be used any more."""
    return lot.expires_at + _JUST_AFTER if lot.expires_at is not None and _may_be_used(lot) else None


def allowance_over(lot: Lot, _: Timing) -> datetime | None:
    """It could be used on conditions, up to a time."""
    known = lot.allowed_until is not None and lot.status is LotStatus.CONDITIONAL
    return lot.allowed_until + _JUST_AFTER if known and lot.allowed_until is not None else None


def inspection_overdue(inspection: Inspection, _: Timing) -> datetime | None:
    """Quality owes its result, and has not given it."""
    return inspection.due_at if inspection.required and inspection.result == "open" else None


def _may_be_used(lot: Lot) -> bool:
    return bool(lot.quantity) and lot.status in (LotStatus.UNRESTRICTED, LotStatus.CONDITIONAL)


def _missed(receipt: Receipt) -> Request:
    return ShortageRequest(item=receipt.item, reason="RECEIPT_OVERDUE")


def _missed_when_expired(lot: Lot) -> Request:
    return ShortageRequest(item=lot.item, reason="LOT_EXPIRES")


def _expired(lot: Lot) -> Request:
    defect = f"It expired {lot.expires_at:%Y-%m-%d}."
    return QualityHoldRequest(item=lot.item, lot=lot.lot, reason="EXPIRED", defect=defect)


def _not_inspected(owed: Inspection) -> Request:
    defect = f"{owed.inspection} is overdue."
    return QualityHoldRequest(
        item=owed.item, lot=owed.lot, reason="INSPECTION_OVERDUE", severity="document", defect=defect
    )


# Jobs


def kit_checked(job: Job, timing: Timing) -> datetime | None:
    """It begins before long: what it takes should be there, or come in time."""
    return job.starts_at - timing.kit_check if job.waits else None


def kit_checked_again(job: Job, timing: Timing) -> datetime | None:
    """It begins within a shift."""
    return job.starts_at - timing.last_kit_check if job.waits else None


def _short(judged: tuple[Readiness, ...]) -> tuple[Request, ...]:
    """What is neither set aside nor confirmed to come; whether it lies there for anybody, the case finds out."""
    reasons = (reason for one in judged if one.predicate == "materials_projected" for reason in one.reasons)
    items = dict.fromkeys(reason.thing.rpartition(":")[0] for reason in reasons if reason.code == "short")
    return tuple(ShortageRequest(item=item, reason="KIT_CHECK") for item in items)


def job_not_begun(job: Job, timing: Timing) -> datetime | None:
    """Its first step should have begun."""
    step = _step(job)
    return step.starts_at + _slack(step, timing) if job.waits and step is not None else None


def job_not_done(job: Job, timing: Timing) -> datetime | None:
    """It should be complete, and still runs."""
    step = _step(job)
    return job.ends_at + _slack(step, timing) if job.status is JobStatus.RUNNING and step is not None else None


def _step(job: Job) -> JobOperation | None:
    """The step that it is at."""
    return next((step for step in job.operations if step.status != "done"), None)


def _slack(step: JobOperation, timing: Timing) -> timedelta:
    return max(timing.step_late, timedelta(minutes=float(step.minutes * timing.step_late_share)))


def _late(job: Job) -> Request:
    step = _step(job)
    assert step is not None
    return ScheduleAdjustmentRequest(work_center=step.work_center, reason="UPSTREAM_LATE")


def plan_over(planned: AdjustedJob, timing: Timing) -> datetime | None:
    """What a plan moved should be done by now."""
    return planned.ends_at + timing.step_late


# Work centres


def machine_stopped(machine: MachineState, timing: Timing) -> datetime | None:
    """It stopped, and has not gone on within the time of a short stop."""
    return machine.since + timing.stopped if machine.down and machine.since is not None else None


def _stopped(machine: MachineState) -> Request:
    return ScheduleAdjustmentRequest(work_center=machine.work_center, reason="MACHINE")


OF_NOTICE: tuple[Moment[Any], ...] = (
    Moment("ship_notice_due", Shipment, notice_due, DISPATCH_RELEASE),
    Moment("ship_notice_sent", Document, notice_sent, DISPATCH_RELEASE),
)
"""When it is looked at how long the notice of a shipment took."""

MOMENTS: tuple[Moment[Any], ...] = (
    *OF_NOTICE,
    Moment("departure_near", Shipment, departure_near, DISPATCH_RELEASE, _release("DUE")),
    Moment("departure_missed", Shipment, departure_missed, DISPATCH_RELEASE, _release("OVERDUE")),
    Moment("slot_confirmation_due", Slot, slot_confirmation_due, DISPATCH_RELEASE),
    Moment("slot_over", Slot, slot_over, DISPATCH_RELEASE),
    Moment("slot_missed", Slot, slot_missed, DISPATCH_RELEASE),
    Moment("over", WaiverStanding, waiver_over, DISPATCH_RELEASE),
    Moment("overdue", Receipt, receipt_overdue, SHORTAGE, _missed),
    Moment("expires_soon", Lot, lot_expires_soon, SHORTAGE, _missed_when_expired),
    Moment("expired", Lot, lot_expired, QUALITY_HOLD, _expired),
    Moment("allowance_over", Lot, allowance_over, DISPATCH_RELEASE),
    Moment("inspection_overdue", Inspection, inspection_overdue, QUALITY_HOLD, _not_inspected),
    Moment("kit_check", Job, kit_checked, SHORTAGE, lacking=_short),
    Moment("last_kit_check", Job, kit_checked_again, SHORTAGE, lacking=_short),
    Moment("still_down", MachineState, machine_stopped, SCHEDULE_ADJUSTMENT, _stopped),
    Moment("not_begun", Job, job_not_begun, SCHEDULE_ADJUSTMENT, _late),
    Moment("plan_over", AdjustedJob, plan_over, SCHEDULE_ADJUSTMENT),
    Moment("not_done", Job, job_not_done, SCHEDULE_ADJUSTMENT, _late),
)
