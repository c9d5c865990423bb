"""How far the jobs for an order line have come, what they will lack, and when they end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from domain.availability import NOTHING
from domain.checks.work_in_process import has_started
from domain.facts import Job, JobStatus
from domain.master_data import Component
from domain.supply import NotInPicture, Place, SupplyPicture, availability_of, needed_for


@dataclass(frozen=True)
class Shortage:
    """Material that a job of the line, or the line itself, will lack."""

    item: str
    quantity: Decimal
    needed_at: datetime
    cleared_at: datetime | None
    """When supply known today makes up for it; nothing means never, as far as is known."""
    bought: bool
    job: str | None = None


def percent_done(jobs: Iterable[Job]) -> int | None:
    """How much of the work is done, in whole percent rounded down; nothing without jobs."""
    pieces = done = NOTHING
    for job in jobs:
        pieces += job.quantity
        done += job.quantity * _share_done(job)
    return int((100 * done / pieces).to_integral_value(ROUND_DOWN)) if pieces else None


def lacking(job: Job, picture: SupplyPicture) -> tuple[Shortage, ...]:
    """What a job that has not begun will lack when the steps that need it begin."""
    place = Place(job.site, job.item)
    if has_started(job) or not picture.has_item(place):
        return ()
    found = (_short_of(job, component, picture) for component in picture.item(place).components)
    return tuple(shortage for shortage in found if shortage is not None)


def all_end_at(jobs: Iterable[Job], shortages: Iterable[Shortage], now: datetime) -> datetime | None:
    """
    When the last of the jobs ends, later by as much as its material comes late.

    Nothing if that is not known: one is on hold, or lacks material of which no supply is known.
    """
    late = tuple(shortages)
    ends = [_end_of(job, [short for short in late if short.job == job.job], now) for job in jobs]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _end_of(job: Job, shortages: list[Shortage], now: datetime) -> datetime | None:
    if job.status is JobStatus.ON_HOLD:
        return None
    late = timedelta(0)
    for short in shortages:
        if short.cleared_at is None:
            return None
        late = max(late, short.cleared_at - short.needed_at)
    return max(job.ends_at, now) + late


def _share_done(job: Job) -> Decimal:
    """Of the job's working minutes; a step under way counts by the pieces it has made."""
    if not job.open:
        return Decimal(1)
    minutes = sum((step.minutes for step in job.operations), NOTHING)
    if not minutes or not job.quantity:
        return NOTHING
    done = NOTHING
    for step in job.operations:
        made = min(step.good / job.quantity, Decimal(1))
        done += step.minutes * (1 if step.status == "done" else made if step.status == "running" else 0)
    return done / minutes


def _short_of(job: Job, component: Component, picture: SupplyPicture) -> Shortage | None:
    starts = [step.starts_at for step in job.operations if component.operation in (None, step.operation)]
    at = max(min(starts, default=job.starts_at), picture.now)
    needed = needed_for(component, job.quantity)
    place = Place(job.site, component.item)
    bought = not (picture.has_item(place) and picture.item(place).made)
    served = picture.served(job)
    customer = None if served is None else served.customer
    try:
        seen = availability_of(picture, place, customer=customer, keep_safety_stock=False)
        instead = [availability_of(picture, Place(job.site, name), customer=customer) for name in component.alternates]
    except NotInPicture:
        # Unknown is not enough: somebody takes of it, and nobody can say how much.
        return Shortage(component.item, needed, at, None, bought, job.job)
    projected = seen.projected(at)
    if projected >= 0 or any(other.can_promise(needed, at) for other in instead):
        return None
    arrivals = sorted(supply.at for supply in seen.supplies if supply.at > at)
    cleared_at = next((moment for moment in arrivals if seen.projected(moment) >= 0), None)
    return Shortage(component.item, min(needed, -projected), at, cleared_at, bought, job.job)
