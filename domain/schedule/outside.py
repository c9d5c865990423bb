"""Work that others could do: their offers, turned into ways to do what is to be scheduled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from domain.draft import days
from domain.facts import Job, JobOperation
from domain.master_data import OutsideCapacity
from domain.schedule.known import operation_name
from domain.schedule.variants import Outside

_MINUTES_PER_HOUR = 60


def usable(offers: Iterable[OutsideCapacity], at: datetime) -> tuple[OutsideCapacity, ...]:
    """Those that quality has approved and that are still good *at* that moment."""
    return tuple(one for one in offers if one.approved and not _over(one, at))


def unusable(offers: Iterable[OutsideCapacity], at: datetime) -> tuple[str, ...]:
    """Why the others cannot be taken, each as a sentence."""
    return tuple(
        f"{one.supplier} offers work by {one.offer}, "
        + ("which ran out." if _over(one, at) else "and quality has not approved that.")
        for one in offers
        if not one.approved or _over(one, at)
    )


def of_no_use(offers: Iterable[OutsideCapacity], at: datetime) -> frozenset[str]:
    """The suppliers of whom no offer can be taken *at* that moment."""
    told = tuple(offers)
    return frozenset(one.supplier for one in told) - {one.supplier for one in usable(told, at)}


def outside(offers: Iterable[OutsideCapacity], jobs: Iterable[Job]) -> tuple[Outside, ...]:
    """What each supplier would do of *jobs*, by his cheapest offer; nothing of what has begun."""
    known = tuple(offers)
    found: dict[tuple[str, str], Outside] = {}
    for way in (way for job in jobs if job.open for way in _of_job(job, known)):
        best = found.setdefault((way.operation, way.supplier), way)
        if (way.cost, way.takes) < (best.cost, best.takes):
            found[way.operation, way.supplier] = way
    return tuple(found.values())


def _of_job(job: Job, offers: tuple[OutsideCapacity, ...]) -> Iterator[Outside]:
    for step in job.operations:
        for offer in offers:
            waits = step.status == "waiting" and step.supplier is None
            if waits and offer.covers(job.item, step.operation, step.work_center):
                name = operation_name(job.job, step.operation)
                yield Outside(name, offer.supplier, days(offer.lead_days), _price(offer, job, step))


def _price(offer: OutsideCapacity, job: Job, step: JobOperation) -> Decimal:
    by_time = offer.price_per_hour * step.minutes / _MINUTES_PER_HOUR
    return (offer.price_per_piece * job.quantity + by_time).quantize(Decimal("0.01"))


def _over(offer: OutsideCapacity, at: datetime) -> bool:
    return offer.valid_until is not None and offer.valid_until < at
