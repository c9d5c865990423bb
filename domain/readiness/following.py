"""When a thing must be judged again: which changed facts concern it, and when time alone may change the judgement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.fact import Fact
from domain.facts import (
    OVER,
    Inspection,
    Job,
    JobStatus,
    LineStatus,
    Lot,
    OrderLine,
    Receipt,
    Reservation,
    Shipment,
)
from domain.master_data import Customer, Item
from domain.readiness.judgement import Known
from domain.release import (
    Allocation,
    CustomerClearance,
    DispatchApproval,
    Document,
    Hold,
    JobPreparation,
    MachineState,
    ShipmentHold,
    Slot,
    WaiverStanding,
)
from domain.watching import Watched, names_of

_JUST_AFTER = timedelta(microseconds=1)
# What is good until an instant ends at it; what is good through it, just after.

_OVER = (
    JobStatus.COMPLETE, JobStatus.CLOSED, LineStatus.DELIVERED, LineStatus.CLOSED, LineStatus.CANCELLED, *OVER,
)  # fmt: skip


def is_over(thing: Job | OrderLine | Shipment) -> bool:
    """Whether nobody waits for it any more."""
    return thing.status in _OVER


def names_in(fact: Fact) -> frozenset[str]:
    """Everything under which a change of *fact* concerns somebody: what names it, and what it takes."""
    taken = fact.lines if isinstance(fact, Shipment) else ()
    orders = (Watched(Shipment, fact.site, "order", line.order).name for line in taken)
    lots = (Watched(Shipment, fact.site, "lot", lot).name for line in taken for lot in line.lots)
    return frozenset((*names_of(fact), *orders, *lots))


def concerns(thing: Fact, known: Known) -> frozenset[str]:
    """The names under which any fact that may matter to *thing* can change, given what is known of it."""
    watched = set(_of_itself(thing))
    if isinstance(thing, Job | Shipment):
        watched.add(Watched(WaiverStanding, thing.site, "subject", thing.key))
    if isinstance(thing, Job):
        watched.update(_of_job(thing, known))
    elif isinstance(thing, OrderLine):
        watched.update(Watched(kind, thing.site, "order", thing.order) for kind in (Job, Reservation))
    elif isinstance(thing, Shipment):
        watched.update(_of_shipment(thing, known))
    return frozenset(one.name for one in watched)


def itself(thing: Fact) -> frozenset[str]:
    """The names under which *thing* itself can change, and nothing else."""
    return frozenset(one.name for one in _of_itself(thing))


def next_look(known: Known) -> datetime | None:
    """When time alone may next change what is judged; nothing if it cannot. Looking too often does no harm."""
    looks = (look for at in _instants(known) for look in (at, at + _JUST_AFTER))
    return min((look for look in looks if look > known.now), default=None)


def _instants(known: Known) -> Iterator[datetime]:
    """Every instant that any fact names, or that it grows too old at, or that a waiver ends at."""
    yield from (waiver.expires_at for waiver in known.waivers)
    for reading in known.readings:
        longest = known.policy.time_to_live.get(reading.fact.kind)
        if longest is not None:
            yield reading.as_of + longest
        if isinstance(reading.fact, Slot):
            confirmed_by = reading.fact.to_confirm_from(known.policy.timing.reconfirmation)
            yield from (confirmed_by,) if confirmed_by is not None else ()
        for field in type(reading.fact).model_fields:
            value = getattr(reading.fact, field)
            if isinstance(value, datetime):
                yield value
                yield value - known.policy.remaining_life


def _of_itself(thing: Fact) -> Iterator[Watched]:
    field = thing.key_fields[0]
    yield Watched(type(thing), thing.site, field, getattr(thing, field))


def _of_job(job: Job, known: Known) -> Iterator[Watched]:
    yield Watched(Item, job.site, "item", job.item)
    yield from (Watched(kind, job.site, "job", job.job) for kind in (JobPreparation, Allocation))
    if job.order is not None:
        yield Watched(OrderLine, job.site, "order", job.order)
    for step in job.operations:
        yield Watched(MachineState, job.site, "work_center", step.work_center)
    for made in known.every(Item, job.site, lambda item: item.item == job.item):
        for part in made.fact.components:
            for name in (part.item, *part.alternates):
                yield from (Watched(kind, job.site, "item", name) for kind in (Item, Receipt))
    for aside in known.every(Allocation, job.site, lambda one: one.job == job.job):
        # What is set aside of the same lot for others counts, too.
        yield from (Watched(kind, job.site, "lot", aside.fact.lot) for kind in (Lot, Hold, Allocation))


_OF_SHIPMENT = (Document, Slot, DispatchApproval, ShipmentHold)


def _of_shipment(shipment: Shipment, known: Known) -> Iterator[Watched]:
    site = shipment.site
    yield from (Watched(kind, site, "shipment", shipment.shipment) for kind in _OF_SHIPMENT)
    for line in shipment.lines:
        yield from (Watched(kind, site, "order", line.order) for kind in (OrderLine, Job, Reservation, Shipment))
        for lot in line.lots:
            yield from (Watched(kind, site, "lot", lot) for kind in (Lot, Hold, Inspection, Shipment))
    orders = {line.order for line in shipment.lines}
    for ordered in known.every(OrderLine, site, lambda line: line.order in orders):
        yield Watched(CustomerClearance, site, "customer", ordered.fact.customer)
        if any(paper.countries for paper in known.policy.documents):
            yield Watched(Customer, site, "customer", ordered.fact.customer)
