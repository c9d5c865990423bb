"""The facts a promise is made from, and what of one item can still be promised out of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from typing import NamedTuple, TypeVar

from domain.availability import NOTHING, Availability, Demand, Supply
from domain.calendar import WorkingCalendar
from domain.capacity import Load, WorkCenterCapacity
from domain.fact import Fact
from domain.facts import BLOCKED, Job, JobOperation, JobStatus, Lot, LotStatus, OrderLine, Receipt, Reservation
from domain.master_data import Calendar, Component, Item, WorkCenter
from domain.release import Allocation, Hold
from domain.timing import USUAL, Timing
from domain.words import in_words

F = TypeVar("F", bound=Fact)

SMALLEST = Decimal("0.0001")
MATTERS_TO_NOBODY_YET = 999
"""The priority of work made for stock: all that is made for an order goes before it."""


class Place(NamedTuple):
    """An item, or a work centre, at a site."""

    site: str
    name: str


class Rank(NamedTuple):
    """Where a request stands in the netting order; the lower goes first."""

    priority: int
    due: datetime


class NotInPicture(LookupError):
    """The facts gathered do not hold something they refer to."""

    def __init__(self, kind: str, place: Place) -> None:
        super().__init__(
            f"No {kind} {place.name!r} is known at site {place.site!r}, yet the plan refers to it; "
            "read it from its source or correct the reference."
        )


@dataclass(frozen=True)
class SupplyPicture:
    """What is known at one moment of all a promise may draw on: one site, or all that items move between."""

    now: datetime
    facts: tuple[Fact, ...]
    """In any order. Of several that speak of one thing the last counts."""
    timing: Timing = USUAL
    """By when things are due at the site that is looked at."""

    def with_facts(self, facts: Iterable[Fact]) -> SupplyPicture:
        """The picture with *facts* added or put in place of those that speak of the same things."""
        return replace(self, facts=(*self.facts, *facts))

    def item(self, place: Place) -> Item:
        """The item at the site. Raises NotInPicture."""
        return self._one(Item, place)

    def has_item(self, place: Place) -> bool:
        """Whether the site knows the item."""
        return bool(self._shelf(Item, place))

    def work_center(self, place: Place) -> WorkCenter:
        """The work centre at the site. Raises NotInPicture."""
        return self._one(WorkCenter, place)

    def calendar(self, place: Place) -> WorkingCalendar:
        """The working time that the calendar of that name gives. Raises NotInPicture."""
        return self._one(Calendar, place).working

    def lots(self, place: Place) -> tuple[Lot, ...]:
        """Every lot of the item, usable or not, as it counts here."""
        holds = self.holds(place)
        return tuple(as_held(lot, holds) for lot in self._shelf(Lot, place))

    def reservations(self, place: Place) -> tuple[Reservation, ...]:
        """What is set aside of the item and has not lapsed."""
        return tuple(
            held for held in self._shelf(Reservation, place) if held.expires_at is None or self.now < held.expires_at
        )

    def receipts(self, place: Place) -> tuple[Receipt, ...]:
        """What is on its way from suppliers and other sites."""
        return self._shelf(Receipt, place)

    def order_lines(self, place: Place) -> tuple[OrderLine, ...]:
        """The lines that still ask for the item."""
        return tuple(line for line in self._shelf(OrderLine, place) if line.open_quantity)

    def jobs(self, place: Place) -> tuple[Job, ...]:
        """The open jobs that make the item."""
        return tuple(job for job in self._shelf(Job, place) if job.open)

    def open_jobs(self, site: str) -> tuple[Job, ...]:
        """The open jobs of a site, whatever they make."""
        return tuple(job for made in self._shelves[Job] if made.site == site for job in self.jobs(made))

    def served(self, job: Job) -> OrderLine | None:
        """The order line the job is made for, if it is made for one."""
        return self._lines.get(job.line_key)

    def jobs_using(self, place: Place) -> tuple[tuple[Job, Component], ...]:
        """The open jobs that the item goes into, each with how."""
        return self._users.get(place, ())

    def allocations(self, place: Place) -> tuple[Allocation, ...]:
        """What of the item is set aside for jobs, or was taken to them."""
        return self._shelf(Allocation, place)

    def holds(self, place: Place) -> tuple[Hold, ...]:
        """Which lots of the item must not be used, whatever is said of them otherwise."""
        return tuple(hold for hold in self._shelf(Hold, place) if hold.active)

    def loads(self, place: Place) -> tuple[Load, ...]:
        """What the work centre has still to do."""
        return self._loads.get(place, ())

    def capacity(self, place: Place) -> WorkCenterCapacity:
        """The work centre with what it has still to do. Raises NotInPicture."""
        center = self.work_center(place)
        calendar = self.calendar(Place(place.site, center.calendar))
        return WorkCenterCapacity(calendar, center.machines, center.efficiency, self.loads(place))

    def _one(self, kind: type[F], place: Place) -> F:
        found = self._shelf(kind, place)
        if not found:
            raise NotInPicture(in_words(kind.kind), place)
        return found[-1]

    def _shelf(self, kind: type[F], place: Place) -> tuple[F, ...]:
        return self._shelves[kind].get(place, ())  # type: ignore[return-value]

    @cached_property
    def _shelves(self) -> Mapping[type[Fact], Mapping[Place, tuple[Fact, ...]]]:
        named_by = {WorkCenter: "work_center", Calendar: "calendar"}
        latest = {(type(fact), fact.site, fact.key): fact for fact in self.facts}
        shelves: dict[type[Fact], dict[Place, tuple[Fact, ...]]] = defaultdict(lambda: defaultdict(tuple))
        for (kind, site, _), fact in latest.items():
            if name := getattr(fact, named_by.get(kind, "item"), None):
                shelves[kind][Place(site, name)] += (fact,)
        return shelves

    @cached_property
    def _users(self) -> Mapping[Place, tuple[tuple[Job, Component], ...]]:
        users: dict[Place, tuple[tuple[Job, Component], ...]] = defaultdict(tuple)
        for made in self._shelves[Job]:
            for job in self.jobs(made):
                for component in self.item(made).components:
                    users[Place(made.site, component.item)] += ((job, component),)
        return users

    @cached_property
    def _loads(self) -> Mapping[Place, tuple[Load, ...]]:
        loads: dict[Place, tuple[Load, ...]] = defaultdict(tuple)
        for made in self._shelves[Job]:
            for job in self.jobs(made):
                for step in job.operations:
                    if step.status != "done" and step.supplier is None:
                        loads[Place(made.site, step.work_center)] += (load_of(job, step, self.served(job)),)
        return loads

    @cached_property
    def _lines(self) -> Mapping[str, OrderLine]:
        return {fact.key: fact for fact in self.facts if isinstance(fact, OrderLine)}


def load_of(job: Job, step: JobOperation, line: OrderLine | None = None) -> Load:
    """What *step* of *job* asks of its work centre; it matters as much as the order *line* it is made for."""
    return Load(
        job=job.job,
        operation=step.operation,
        minutes=step.minutes,
        start=step.starts_at,
        end=step.ends_at,
        due=job.ends_at if line is None else line.due_at,
        priority=MATTERS_TO_NOBODY_YET if line is None else line.priority,
        order=None if line is None else line.key,
        started=step.status == "running",
    )


def as_held(lot: Lot, holds: Iterable[Hold]) -> Lot:
    """The lot as it counts here: on hold as soon as somebody has placed one, whatever the stock says of it yet."""
    stopped = any(hold.active and (hold.item, hold.lot) == (lot.item, lot.lot) for hold in holds)
    return lot.model_copy(update={"status": LotStatus.ON_HOLD}) if stopped and lot.status not in BLOCKED else lot


def usable(lot: Lot, through: datetime, customer: str | None = None) -> bool:
    """Whether the lot may be used for *customer* at any time up to *through*; what another owns never may."""
    if lot.belongs_to_other_than(customer):
        return False
    allowed = lot.status is LotStatus.UNRESTRICTED or (
        lot.status is LotStatus.CONDITIONAL
        and customer is not None
        and customer in lot.allowed_for
        and (lot.allowed_until is None or lot.allowed_until >= through)
    )
    return allowed and (lot.expires_at is None or lot.expires_at >= through)


def needed_for(component: Component, pieces: Decimal) -> Decimal:
    """What *pieces* of the item made take of the component, scrap included."""
    return (component.per_piece * (1 + component.scrap) * pieces).quantize(SMALLEST, ROUND_CEILING)


def availability_of(
    picture: SupplyPicture,
    place: Place,
    *,
    excluding: OrderLine | None = None,
    customer: str | None = None,
    good_through: datetime | None = None,
    rank: Rank | None = None,
    keep_safety_stock: bool = True,
) -> Availability:
    """
    What of an item is on hand, comes and is claimed, seen by the order line *excluding*.

    Claims are reservations, what order lines ask for beyond them, what jobs not begun will consume, and the
    safety stock. A line without a promise claims nothing from a request of a better *rank*. Every job counts
    with what it yields and with what it consumes, those of the excluded line too.
    """
    lots = (lot for lot in picture.lots(place) if usable(lot, good_through or picture.now, customer))
    claims = list(_reserved(picture, place, excluding))
    reserved = {claim.owner: claim.quantity for claim in claims}
    asked = (*_asked(picture, place, excluding, rank), *_consumed(picture, place))
    for claim in sorted(asked, key=lambda claim: claim.at):
        covered = min(reserved.get(claim.owner, NOTHING), claim.quantity)
        if covered:
            reserved[claim.owner] -= covered
        claims.append(replace(claim, quantity=claim.quantity - covered))
    if keep_safety_stock and picture.has_item(place):
        claims.append(Demand(picture.now, picture.item(place).safety_stock, "safety stock", 0))
    return Availability(
        on_hand_usable=sum((lot.quantity for lot in lots), NOTHING),
        supplies=tuple(_coming(picture, place)),
        demands=tuple(claim for claim in claims if claim.quantity),
    )


def _coming(picture: SupplyPicture, place: Place) -> Iterable[Supply]:
    """What comes; the overdue counts as coming now, and a job on hold as not coming."""
    for receipt in picture.receipts(place):
        yield Supply(max(receipt.expected_at, picture.now), receipt.quantity, receipt.receipt)
    for job in picture.jobs(place):
        if job.status is not JobStatus.ON_HOLD:
            yield Supply(max(job.ends_at, picture.now), max(job.quantity - job.scrapped, NOTHING), job.job)


def _reserved(picture: SupplyPicture, place: Place, excluding: OrderLine | None) -> Iterable[Demand]:
    for held in picture.reservations(place):
        if excluding is None or (held.order, held.line) != (excluding.order, excluding.line):
            yield Demand(picture.now, held.quantity, held.line_key, 0)


def _asked(picture: SupplyPicture, place: Place, excluding: OrderLine | None, rank: Rank | None) -> Iterable[Demand]:
    for line in picture.order_lines(place):
        if excluding is not None and line.key == excluding.key:
            continue
        if rank is None or line.promised_at is not None or Rank(line.priority, line.due_at) <= rank:
            yield Demand(line.due_at, line.open_quantity, line.key, line.priority, line.ordered_at)


def _consumed(picture: SupplyPicture, place: Place) -> Iterable[Demand]:
    """What open jobs still take from stock."""
    for job, component in picture.jobs_using(place):
        if (at := issued_at(job, component)) is not None:
            owner = job.line_key or job.job
            yield Demand(at, needed_for(component, job.quantity), owner, 0)


def issued_at(job: Job, component: Component) -> datetime | None:
    """When the job takes the component from stock: when the step that needs it begins; nothing once it has."""
    steps = [step for step in job.operations if component.operation in (None, step.operation)]
    if steps:
        return steps[0].starts_at if steps[0].status == "waiting" else None
    return job.starts_at if job.status is not JobStatus.RUNNING else None
