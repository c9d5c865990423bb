"""What is known of an order line and of all that serves it, at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.availability import NOTHING, Availability
from domain.fact import Fact, Reading
from domain.facts import GONE, Inspection, Job, Lot, LotStatus, OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.master_data import Customer
from domain.order_line.work import Shortage, all_end_at, lacking, percent_done
from domain.release import Hold
from domain.supply import NotInPicture, Place, SupplyPicture, as_held, availability_of

F = TypeVar("F", bound=Fact)


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
class LineFacts:
    """An order line with everything else that is known and matters to it."""

    now: datetime
    line: Reading[OrderLine]
    others: tuple[Reading[Any], ...] = ()
    """The item and what it is made of, lots, holds, inspections, reservations, receipts, jobs, shipments, the
    customer and the order lines that want the same. What does not matter does no harm."""
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
        return tuple(r for r in live if self._lines_in(r.fact))

    @cached_property
    def lots(self) -> tuple[Reading[Lot], ...]:
        """Every lot of the item with anything in it, as it counts here."""
        lots = (r for r in self._told(Lot) if Place(r.fact.site, r.fact.item) == self.place)
        holds = tuple(r.fact for r in self._told(Hold))
        return tuple(r.model_copy(update={"fact": as_held(r.fact, holds)}) for r in lots if r.fact.quantity)

    @property
    def customer(self) -> Customer | None:
        """Who ordered, if known."""
        known = (r.fact for r in self._told(Customer))
        return next((customer for customer in known if customer.customer == self.line.fact.customer), None)

    def taken_by(self, shipment: Shipment) -> Decimal:
        """How much of the line *shipment* takes."""
        return sum((line.quantity for line in self._lines_in(shipment)), NOTHING)

    def lots_named_by(self, shipment: Shipment) -> frozenset[str]:
        """The lots that *shipment* takes the goods of the line from, as far as it says."""
        return frozenset(lot for line in self._lines_in(shipment) for lot in line.lots)

    def shipped_in(self, *statuses: ShipmentStatus) -> Decimal:
        """How much of the line is in shipments of these statuses."""
        return sum((self.taken_by(r.fact) for r in self.shipments if r.fact.status in statuses), NOTHING)

    @property
    def left(self) -> Decimal:
        """What has not left the site: the order book and the shipments may each be the first to know."""
        return max(self.line.fact.quantity - max(self.line.fact.shipped, self.shipped_in(*GONE)), NOTHING)

    def cleared(self, lot: Lot) -> Decimal:
        """How much of *lot* quality lets go: no more than every inspection that is required speaks for."""
        if not self._right_revision(lot):
            return NOTHING
        passed = (i.covered if i.result == "pass" else NOTHING for i in self._inspections_of(lot))
        return min(passed, default=lot.quantity)

    def held(self, lot: Lot) -> bool:
        """Whether quality holds *lot* back: it is on hold, or failed an inspection that is required."""
        return lot.status is LotStatus.ON_HOLD or self._failed(lot)

    def stopping(self, lots: Iterable[Reading[Lot]]) -> list[Reading[Any]]:
        """What holds *lots* back besides what their source says: holds placed here, and inspections they failed."""
        names = {r.fact.lot for r in lots}
        stops: tuple[Reading[Any], ...] = (
            *(r for r in self._told(Hold) if r.fact.active),
            *(r for r in self._told(Inspection) if r.fact.required and r.fact.result == "fail"),
        )
        return [r for r in stops if r.fact.item == self.line.fact.item and r.fact.lot in names]

    def deliverable(self, lot: Lot) -> bool:
        """Whether *lot* could go to the customer if quality lets it: of the right revision, not rejected, not
        spoilt by then, not for others only."""
        customer = self.line.fact.customer
        ours = customer in lot.allowed_for or self.line.fact.order in lot.allowed_orders
        for_others = lot.belongs_to_other_than(customer) or (lot.status is LotStatus.CONDITIONAL and not ours)
        spoilt = lot.expires_at is not None and lot.expires_at < self.delivered_at
        return self._right_revision(lot) and lot.status is not LotStatus.REJECTED and not for_others and not spoilt

    @property
    def delivered_at(self) -> datetime:
        """Until when a lot must be good."""
        return max(self.line.fact.due_at, self.now)

    @property
    def reserved(self) -> Decimal:
        """How much of the item is set aside for the line."""
        return self._reservations[0]

    @cached_property
    def in_hand(self) -> Decimal:
        """How much of what is left lies there, may go to the customer, and takes from nobody else."""
        return self._at_hand(self._released)

    @cached_property
    def in_hand_once_inspected(self) -> Decimal:
        """The same, once quality has passed all that it still looks at."""
        return self._at_hand(self._picture.with_facts(self._hoped_for(r.fact) for r in self.lots))

    @cached_property
    def coming(self) -> Availability | None:
        """What of the item is there, comes and is claimed, seen by the line; nothing if that is not known."""
        return self._availability(self._released)

    @cached_property
    def projected_at(self) -> datetime | None:
        """
        When all that is left can be ready; nothing if that is not known, or nothing is left.

        Now, if it is in hand. When its own jobs end, if they yield enough; not known while one is on hold or
        lacks material of which no supply is known. Else as the rest of the item's supply allows.
        """
        if not self.left:
            return None
        if self.in_hand >= self.left:
            return self.now
        open_jobs = [r.fact for r in self.jobs if r.fact.open]
        if self.in_hand + sum((job.quantity for job in open_jobs), NOTHING) >= self.left:
            return all_end_at(open_jobs, self.shortages, self.now)
        return None if self.coming is None else self.coming.earliest(self.left, self.now)

    @cached_property
    def shortages(self) -> tuple[Shortage, ...]:
        """What its jobs that have not begun will lack; or the line itself, if it is bought and has no job."""
        open_jobs = [r.fact for r in self.jobs if r.fact.open]
        if open_jobs:
            return tuple(short for job in open_jobs for short in lacking(job, self._picture))
        known = self._picture.has_item(self.place)
        if not known or self._picture.item(self.place).made or not self.left or self.coming is None:
            return ()
        due = self.delivered_at
        missing = self.left - max(self.in_hand, self.coming.cumulative_available(due))
        if missing <= 0:
            return ()
        return (Shortage(self.place.name, missing, due, self.coming.earliest(self.left, due), bought=True),)

    @property
    def percent_made(self) -> int | None:
        """How much of the work of the line's jobs is done, in whole percent; nothing if it has none."""
        return percent_done(r.fact for r in self.jobs)

    def _told(self, kind: type[F]) -> Iterable[Reading[F]]:
        return (r for r in self.others if isinstance(r.fact, kind) and r.fact.site == self.line.fact.site)

    def _inspections_of(self, lot: Lot) -> Iterable[Inspection]:
        told = (r.fact for r in self._told(Inspection))
        return (i for i in told if i.required and (i.item, i.lot) == (lot.item, lot.lot))

    def _lines_in(self, shipment: Shipment) -> list[ShipmentLine]:
        mine = self.line.fact
        return [line for line in shipment.lines if (line.order, line.line) == (mine.order, mine.line)]

    def _failed(self, lot: Lot) -> bool:
        return any(inspection.result == "fail" for inspection in self._inspections_of(lot))

    def _right_revision(self, lot: Lot) -> bool:
        wanted = self.line.fact.revision
        return wanted is None or lot.revision == wanted

    @cached_property
    def _picture(self) -> SupplyPicture:
        return SupplyPicture(self.now, (self.line.fact, *(r.fact for r in self.others)))

    @cached_property
    def _released(self) -> SupplyPicture:
        lots = (r.fact.model_copy(update={"quantity": self.cleared(r.fact)}) for r in self.lots)
        return self._picture.with_facts(lots)

    def _hoped_for(self, lot: Lot) -> Lot:
        lost = self._failed(lot) or not self._right_revision(lot)
        passed = LotStatus.UNRESTRICTED if lot.status is LotStatus.IN_INSPECTION else lot.status
        return lot.model_copy(update={"quantity": NOTHING if lost else lot.quantity, "status": passed})

    def _availability(self, picture: SupplyPicture) -> Availability | None:
        line = self.line.fact
        try:
            return availability_of(
                picture, self.place, excluding=line, customer=line.customer, good_through=self.delivered_at
            )
        except NotInPicture:
            return None

    def _at_hand(self, picture: SupplyPicture) -> Decimal:
        seen = self._availability(picture)
        if seen is None:
            return NOTHING
        own, others = self._reservations
        # What is overdue counts as promisable now, but it does not lie there.
        lying_there = max(seen.on_hand_usable - others, NOTHING)
        return min(self.left, lying_there, max(own, seen.cumulative_available(self.now)))

    @cached_property
    def _reservations(self) -> tuple[Decimal, Decimal]:
        """What is set aside of the item: for the line, and for others."""
        own = others = NOTHING
        for held in self._picture.reservations(self.place):
            if (held.order, held.line) == (self.line.fact.order, self.line.fact.line):
                own += held.quantity
            else:
                others += held.quantity
        return own, others
