"""What is known of an order line and of all that serves it, at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.availability import Availability
from domain.checks.work_in_process import has_started
from domain.facts import (
    Component,
    Customer,
    Fact,
    Inspection,
    Item,
    Job,
    JobStatus,
    Lot,
    LotStatus,
    OrderLine,
    Reading,
    Shipment,
    ShipmentStatus,
)
from domain.supply import NONE, NotInPicture, Place, SupplyPicture, availability_of, needed_for

F = TypeVar("F", bound=Fact)

GONE = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)


class OpenCase(BaseModel):
    """A case about the line that has not ended."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    id: str
    process: str
    state: str
    owner: str
    """The role that is waited for, or Lockstep itself."""
    opened_at: AwareDatetime
    since: AwareDatetime
    """When it came into its state."""
    due_at: AwareDatetime | None = None
    """When its state is late."""
    interruptible: bool = False
    """Whether the request may still be withdrawn."""


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


@dataclass(frozen=True)
class LineFacts:
    """An order line with everything else that is known and matters to it."""

    now: datetime
    line: Reading[OrderLine]
    others: tuple[Reading[Any], ...] = ()
    """The item and what it is made of, lots, inspections, reservations, receipts, jobs, shipments, the customer, and
    the order lines that want the same. What does not matter does no harm."""
    open_cases: tuple[OpenCase, ...] = ()

    @property
    def place(self) -> Place:
        """The item where the line is."""
        return Place(self.line.fact.site, self.line.fact.item)

    @cached_property
    def jobs(self) -> tuple[Reading[Job], ...]:
        """Every job for the line, ended ones too."""
        line = self.line.fact
        return tuple(r for r in self._told(Job) if (r.fact.order, r.fact.line) == (line.order, line.line))

    @cached_property
    def shipments(self) -> tuple[Reading[Shipment], ...]:
        """Every shipment that takes goods of the line, or took."""
        live = (r for r in self._told(Shipment) if r.fact.status is not ShipmentStatus.CANCELLED)
        return tuple(r for r in live if self.taken_by(r.fact) or self.lots_named_by((r.fact,)))

    @cached_property
    def lots(self) -> tuple[Reading[Lot], ...]:
        """Every lot of the item with anything in it."""
        lots = (r for r in self._told(Lot) if Place(r.fact.site, r.fact.item) == self.place)
        return tuple(r for r in lots if r.fact.quantity)

    @property
    def customer(self) -> Customer | None:
        """Who ordered, if known."""
        known = (r.fact for r in self._told(Customer))
        return next((customer for customer in known if customer.customer == self.line.fact.customer), None)

    def taken_by(self, shipment: Shipment) -> Decimal:
        """How much of the line *shipment* takes."""
        mine = self.line.fact
        return sum(
            (line.quantity for line in shipment.lines if (line.order, line.line) == (mine.order, mine.line)), NONE
        )

    def lots_named_by(self, shipments: Iterable[Shipment]) -> frozenset[str]:
        """The lots that *shipments* take the goods of the line from, as far as they say."""
        mine = self.line.fact
        lines = (line for shipment in shipments for line in shipment.lines)
        return frozenset(
            lot for line in lines if (line.order, line.line) == (mine.order, mine.line) for lot in line.lots
        )

    def shipped_in(self, *statuses: ShipmentStatus) -> Decimal:
        """How much of the line is in shipments of these statuses."""
        return sum((self.taken_by(r.fact) for r in self.shipments if r.fact.status in statuses), NONE)

    @property
    def left(self) -> Decimal:
        """What has not left the site: the order book and the shipments may each be the first to know."""
        return max(self.line.fact.quantity - max(self.line.fact.shipped, self.shipped_in(*GONE)), NONE)

    def cleared(self, lot: Lot) -> Decimal:
        """How much of *lot* quality lets go to the customer: no more than every required inspection speaks for."""
        if not self._right_revision(lot):
            return NONE
        passed = (i.covered if i.result == "pass" else NONE for i in self._inspections_of(lot))
        return min(passed, default=lot.quantity)

    def failed(self, lot: Lot) -> bool:
        """Whether an inspection that is required has failed."""
        return any(inspection.result == "fail" for inspection in self._inspections_of(lot))

    @cached_property
    def in_hand(self) -> Decimal:
        """How much of what is left lies there, may go to the customer, and takes from nobody else."""
        return self._at_hand(self._released)

    @cached_property
    def in_hand_once_inspected(self) -> Decimal:
        """The same, once quality has passed all that it still looks at."""
        return self._at_hand(self._lots_as({r.fact: self._hoped_for(r.fact) for r in self.lots}))

    @cached_property
    def coming(self) -> Availability | None:
        """What of the item is there, comes and is claimed, seen by the line; nothing if that is not known."""
        return self._availability(self._released)

    @cached_property
    def projected_at(self) -> datetime | None:
        """
        When all that is left can be ready; nothing if that is not known, or nothing is left.

        Now if it is in hand. As its own jobs end if they yield enough, later by as much as their material comes late,
        and never while one is on hold. Else as the rest of the item's supply allows.
        """
        if not self.left:
            return None
        if self.in_hand >= self.left:
            return self.now
        open_jobs = [r.fact for r in self.jobs if r.fact.open]
        if self.in_hand + sum((job.quantity for job in open_jobs), NONE) >= self.left:
            ends = [self._end_of(job) for job in open_jobs]
            return max((end for end in ends if end is not None), default=None) if None not in ends else None
        return None if self.coming is None else self.coming.earliest(self.left, self.now)

    @cached_property
    def shortages(self) -> tuple[Shortage, ...]:
        """What jobs of the line that have not begun will lack; or the line itself, where its item is only bought."""
        waiting = [r.fact for r in self.jobs if r.fact.open and not has_started(r.fact)]
        if waiting:
            return tuple(short for job in waiting for short in self._lacking(job))
        item = self._item(self.place)
        if item is None or item.made or not self.left or self.coming is None or any(r.fact.open for r in self.jobs):
            return ()
        due = max(self.line.fact.due_at, self.now)
        if self.in_hand >= self.left or self.coming.can_promise(self.left, due):
            return ()
        missing = self.left - self.coming.cumulative_available(due)
        return (Shortage(item.item, missing, due, self.coming.earliest(self.left, due), bought=True),)

    @property
    def percent_made(self) -> int | None:
        """How much of the work of the line's jobs is done, in whole percent rounded down; nothing without jobs."""
        pieces = sum((r.fact.quantity for r in self.jobs), NONE)
        if not pieces:
            return None
        done = sum((r.fact.quantity * _share_done(r.fact) for r in self.jobs), NONE)
        return int((100 * done / pieces).to_integral_value(ROUND_DOWN))

    def _told(self, kind: type[F]) -> Iterable[Reading[F]]:
        return (r for r in self.others if isinstance(r.fact, kind) and r.fact.site == self.line.fact.site)

    def _item(self, place: Place) -> Item | None:
        return self._picture.item(place) if self._picture.has_item(place) else None

    def _inspections_of(self, lot: Lot) -> Iterable[Inspection]:
        told = (r.fact for r in self._told(Inspection))
        return (i for i in told if i.required and (i.item, i.lot) == (lot.item, lot.lot))

    def _right_revision(self, lot: Lot) -> bool:
        wanted = self.line.fact.revision
        return wanted is None or lot.revision == wanted

    @cached_property
    def _picture(self) -> SupplyPicture:
        return SupplyPicture(self.now, (self.line.fact, *(r.fact for r in self.others)))

    @cached_property
    def _released(self) -> SupplyPicture:
        released = {r.fact: r.fact.model_copy(update={"quantity": self.cleared(r.fact)}) for r in self.lots}
        return self._lots_as(released)

    def _hoped_for(self, lot: Lot) -> Lot:
        lost = self.failed(lot) or not self._right_revision(lot)
        passed = LotStatus.UNRESTRICTED if lot.status is LotStatus.IN_INSPECTION else lot.status
        return lot.model_copy(update={"quantity": NONE if lost else lot.quantity, "status": passed})

    def _lots_as(self, lots: dict[Lot, Lot]) -> SupplyPicture:
        return self._picture.with_facts(lots.values())

    def _availability(self, picture: SupplyPicture) -> Availability | None:
        line = self.line.fact
        try:
            return availability_of(
                picture, self.place, excluding=line, customer=line.customer, good_through=max(line.due_at, self.now)
            )
        except NotInPicture:
            return None

    def _at_hand(self, picture: SupplyPicture) -> Decimal:
        seen, line = self._availability(picture), self.line.fact
        if seen is None:
            return NONE
        own = others = NONE
        for held in picture.reservations(self.place):
            if (held.order, held.line) == (line.order, line.line):
                own += held.quantity
            else:
                others += held.quantity
        # What is overdue counts as promisable now, but it does not lie there.
        lying_there = max(seen.on_hand_usable - others, NONE)
        return min(self.left, lying_there, max(own, seen.cumulative_available(self.now)))

    def _end_of(self, job: Job) -> datetime | None:
        if job.status is JobStatus.ON_HOLD:
            return None
        late = timedelta(0)
        for short in self.shortages:
            if short.job == job.job:
                if short.cleared_at is None:
                    return None
                late = max(late, short.cleared_at - short.needed_at)
        return max(job.ends_at, self.now) + late

    def _lacking(self, job: Job) -> Iterable[Shortage]:
        item = self._item(Place(job.site, job.item))
        for component in () if item is None else item.components:
            starts = [step.starts_at for step in job.operations if component.operation in (None, step.operation)]
            at = max(min(starts, default=job.starts_at), self.now)
            needed = needed_for(component, job.quantity)
            short = self._short_of(job.site, component, needed, at)
            if short is not None:
                quantity, cleared_at, bought = short
                yield Shortage(component.item, quantity, at, cleared_at, bought, job.job)

    def _short_of(
        self, site: str, component: Component, needed: Decimal, at: datetime
    ) -> tuple[Decimal, datetime | None, bool] | None:
        """How much of the component is short at *at*, until when, and whether it is bought."""
        place = Place(site, component.item)
        known = self._item(place)
        bought = known is None or not known.made
        try:
            seen = availability_of(self._picture, place, keep_safety_stock=False)
            others = [availability_of(self._picture, Place(site, name)) for name in component.alternates]
        except NotInPicture:
            return needed, None, bought
        if (left := seen.projected(at)) >= 0 or any(other.can_promise(needed, at) for other in others):
            return None
        arrivals = sorted(supply.at for supply in seen.supplies if supply.at > at)
        cleared_at = next((moment for moment in arrivals if seen.projected(moment) >= 0), None)
        return min(needed, -left), cleared_at, bought


def _share_done(job: Job) -> Decimal:
    """Of the job's working minutes; a step under way counts by the pieces it has made."""
    if not job.open:
        return Decimal(1)
    minutes = sum((step.minutes for step in job.operations), NONE)
    if not minutes or not job.quantity:
        return NONE
    done = NONE
    for step in job.operations:
        made = min(step.good / job.quantity, Decimal(1))
        done += step.minutes * (1 if step.status == "done" else made if step.status == "running" else 0)
    return done / minutes
