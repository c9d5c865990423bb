"""A plan under way: what a promise takes from the plant and adds to it, without touching the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.availability import NOTHING, Availability, Demand, Portion, Supply
from domain.calendar import WorkingCalendar
from domain.capacity import Load, Slot, WorkCenterCapacity
from domain.fact import Money, Quantity
from domain.facts import JobOperation, OrderLine
from domain.master_data import Operation, Supplier
from domain.supply import SMALLEST, Place, Rank, SupplyPicture, availability_of

NEW_SUPPLY = "new supply"

Kind = Literal["stock", "receipt", "make", "buy", "transfer", "expedite"]


class PromiseStep(BaseModel):
    """One thing that has to happen for a promise, with what has to happen first."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    kind: Kind
    site: str
    item: str
    quantity: Quantity
    """What the step yields."""
    needed: Quantity
    """What of it the promise takes; less where a lot size asks for more."""
    starts_at: AwareDatetime
    at: AwareDatetime
    """When the quantity is there."""
    ready_at: AwareDatetime
    """Since when nothing but the step itself held it up."""
    source: str
    """The receipt, supplier or site it comes from; of making, the work centre that takes longest."""
    cost: Money = NOTHING
    """What it costs beyond the usual: of expediting, of overtime, of moving."""
    operations: tuple[JobOperation, ...] = ()
    inputs: tuple[PromiseStep, ...] = ()

    def each(self) -> Iterator[PromiseStep]:
        """The step and all it waits for, what comes first first."""
        for step in self.inputs:
            yield from step.each()
        yield self


class Missing(BaseModel):
    """A component that is not on hand when it is wanted."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    site: str
    item: str
    quantity: Quantity
    at: AwareDatetime | None = None
    """When it can be there; nothing means never, as far as is known."""


@dataclass(frozen=True)
class Effort:
    """What more than usual may be done."""

    expedited: frozenset[Place] = frozenset()
    """Items whose purchases may be expedited."""
    overtime: frozenset[Place] = frozenset()
    """Work centres that may work around the clock."""


@dataclass(frozen=True)
class Draft:
    """The picture with what a promise under way has taken and added so far."""

    picture: SupplyPicture
    excluding: OrderLine | None = None
    customer: str | None = None
    rank: Rank | None = None
    effort: Effort = Effort()
    claims: Mapping[Place, tuple[Demand, ...]] = field(default_factory=dict)
    arrivals: Mapping[Place, tuple[Supply, ...]] = field(default_factory=dict)
    loads: Mapping[Place, tuple[Load, ...]] = field(default_factory=dict)
    known: dict[tuple[Place, datetime], Availability] = field(default_factory=dict)
    """What the picture alone gives, worked out once for all drafts of a promise."""

    def availability(self, place: Place, good_through: datetime) -> Availability:
        """What is left of the item, out of stock good through that moment."""
        if (place, good_through) not in self.known:
            self.known[place, good_through] = availability_of(
                self.picture, place, excluding=self.excluding, customer=self.customer,
                good_through=good_through, rank=self.rank,
            )  # fmt: skip
        base = self.known[place, good_through]
        return replace(
            base,
            supplies=base.supplies + self.arrivals.get(place, ()),
            demands=base.demands + self.claims.get(place, ()),
        )

    def spoils(self, place: Place, since: datetime, until: datetime) -> bool:
        """Whether a lot of the item is good through *since* but not through *until*."""
        expiries = (lot.expires_at for lot in self.picture.lots(place))
        return any(since <= expiry < until for expiry in expiries if expiry is not None)

    def take(self, place: Place, available: Availability, portions: tuple[Portion, ...]) -> Sourced:
        """*portions* of what is available of the item."""
        now = self.picture.now
        steps = []
        for part in portions:
            kind: Kind = "receipt" if part.at > now else "stock"
            names = ", ".join(supply.source for supply in available.supplies if supply.at == part.at)
            step = PromiseStep(
                kind=kind, site=place.site, item=place.name, quantity=part.quantity, needed=part.quantity,
                starts_at=part.at, at=part.at, ready_at=now, source=names,
            )  # fmt: skip
            steps.append(step)
        at = max((part.at for part in portions), default=now)
        return Sourced(self._without(place, portions), at, tuple(steps))

    def buy(self, place: Place, quantity: Decimal, supplier: Supplier, *, expedite: bool = False) -> Sourced:
        """*quantity* ordered now, in lots that the supplier sells."""
        now = self.picture.now
        pieces = max(quantity, supplier.minimum)
        if supplier.multiple:
            pieces = (pieces / supplier.multiple).to_integral_value(ROUND_CEILING) * supplier.multiple
        hurried = supplier.expedite_days if expedite else None
        step = PromiseStep(
            kind="buy" if hurried is None else "expedite",
            site=place.site, item=place.name, quantity=pieces, needed=quantity,
            starts_at=now, ready_at=now, source=supplier.supplier,
            at=now + days(supplier.lead_time_days if hurried is None else hurried),
            cost=NOTHING if hurried is None else supplier.expedite_cost,
        )  # fmt: skip
        return Sourced(self.bringing(place, step), step.at, (step,))

    def bringing(self, place: Place, step: PromiseStep) -> Draft:
        """The draft with what *step* brings, and what is needed of it taken at once."""
        supply = Supply(step.at, step.quantity, NEW_SUPPLY)
        richer = replace(self, arrivals={**self.arrivals, place: (*self.arrivals.get(place, ()), supply)})
        return richer._without(place, (Portion(step.at, step.needed),))

    def book(self, site: str, operation: Operation | None, pieces: Decimal, not_before: datetime) -> Booking | None:
        """The operation on the machine that is done with it first; None when none has room within a year.

        Raises NotInPicture and NeverWorking.
        """
        if operation is None:
            return Booking(self, None, not_before, not_before, not_before, NOTHING)
        taken = operation.setup_minutes + operation.minutes_per_batch + operation.minutes_per_piece * pieces
        minutes = taken.quantize(SMALLEST, ROUND_CEILING)
        first = Place(site, operation.work_center)
        found: list[tuple[datetime, int, Place, Slot]] = []
        for turn, name in enumerate((first.name, *self.picture.work_center(first).alternates)):
            center = Place(site, name)
            if slot := self._capacity(center).earliest_slot(minutes, not_before):
                found.append((slot.end, turn, center, slot))
        if not found:
            return None
        _, _, center, slot = min(found)
        load = Load(NEW_SUPPLY, operation.operation, minutes, slot.start, slot.end, due=slot.end, priority=0)
        step = JobOperation(
            operation=operation.operation, work_center=center.name, minutes=minutes,
            starts_at=slot.start, ends_at=slot.end,
        )  # fmt: skip
        busy = replace(self, loads={**self.loads, center: (*self.loads.get(center, ()), load)})
        return Booking(busy, step, not_before, slot.start, slot.end, self._overtime_cost(center, slot))

    def _without(self, place: Place, portions: tuple[Portion, ...]) -> Draft:
        taken = tuple(Demand(part.at, part.quantity, NEW_SUPPLY, 0) for part in portions)
        return replace(self, claims={**self.claims, place: self.claims.get(place, ()) + taken})

    def _capacity(self, center: Place) -> WorkCenterCapacity:
        """The work centre with all it has been given, working around the clock where overtime may be done."""
        capacity = self.picture.capacity(center)
        loaded = capacity.with_loads(capacity.loads + self.loads.get(center, ()))
        return replace(loaded, calendar=WorkingCalendar.always()) if center in self.effort.overtime else loaded

    def _overtime_cost(self, center: Place, slot: Slot) -> Decimal:
        if center not in self.effort.overtime:
            return NOTHING
        usual = self.picture.capacity(center).calendar.working_time_between(slot.start, slot.end)
        overtime = slot.end - slot.start - usual
        rate = self.picture.work_center(center).overtime_cost_per_hour
        hours = Decimal(overtime // timedelta.resolution) / (timedelta(hours=1) // timedelta.resolution)
        return (hours * rate).quantize(SMALLEST, ROUND_CEILING)


@dataclass(frozen=True)
class Booking:
    """An operation given to a work centre, and the draft in which it is."""

    draft: Draft
    operation: JobOperation | None
    """Nothing for a kit, which is put together without a machine."""
    not_before: datetime
    """When the work before it was done and its material there."""
    starts_at: datetime
    ends_at: datetime
    cost: Decimal
    """Of overtime."""


@dataclass(frozen=True)
class Sourced:
    """A quantity with where it comes from and the draft in which it does."""

    draft: Draft
    at: datetime | None
    """When all of it is there; nothing means never."""
    steps: tuple[PromiseStep, ...] = ()
    never: tuple[Missing, ...] = ()
    """What cannot be had at all and so stops the rest."""

    @property
    def cost(self) -> Decimal:
        """What all steps cost beyond the usual."""
        return sum((step.cost for top in self.steps for step in top.each()), NOTHING)


def days(number: Decimal) -> timedelta:
    """So many calendar days."""
    return timedelta(microseconds=int(number * (timedelta(days=1) // timedelta.resolution)))
