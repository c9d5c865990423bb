"""Facts that change daily: stock, supply, orders, jobs, shipments; and every kind of fact by its name."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.fact import Fact, Money, Quantity, Text, Time
from domain.left_out import empty, unset
from domain.master_data import Calendar, Customer, Item, OutsideCapacity, Person, Site, WorkCenter
from domain.release import (
    AdjustedJob,
    Allocation,
    CustomerClearance,
    DispatchApproval,
    Document,
    Gauge,
    Hold,
    HoldRule,
    JobPreparation,
    Loading,
    MachineState,
    ShipmentHold,
    Slot,
    WaiverStanding,
)
from domain.subject import Country, Identifier, Mode, OfOrderLine


class LotStatus(StrEnum):
    """What quality says of a lot."""

    UNRESTRICTED = "unrestricted"
    IN_INSPECTION = "in_inspection"
    ON_HOLD = "on_hold"
    CONDITIONAL = "conditional"
    REJECTED = "rejected"


BLOCKED = (LotStatus.ON_HOLD, LotStatus.REJECTED)
"""What nobody may use before somebody has said what becomes of it."""


class Lot(Fact):
    """A quantity of an item that was made or received together."""

    kind = "lot"
    key_fields = ("item", "lot")
    found_by = ("made_on", "delivery", "made_from")

    item: Identifier
    lot: Identifier
    quantity: Quantity
    status: LotStatus = LotStatus.UNRESTRICTED
    revision: Identifier | None = None
    expires_at: Time | None = None
    """The lot is good through this instant."""
    allowed_for: tuple[Identifier, ...] = ()
    """Customers a conditional lot may go to."""
    allowed_orders: tuple[Identifier, ...] = ()
    """Orders for which a conditional lot may leave, whoever placed them."""
    allowed_until: Time | None = None
    """A conditional lot may go to them through this instant; nothing means as long as it is conditional."""
    made_on: Identifier | None = None
    """The machine, or work centre, it was made on."""
    made_at: Time | None = None
    made_by: tuple[Identifier, ...] = Field(default=(), exclude_if=empty)
    """The people who made it; none of them has a vote on what becomes of it where it is on hold."""
    supplier: Identifier | None = None
    """Who made it, where it was bought."""
    delivery: Identifier | None = None
    """With which of his deliveries it came."""
    made_from: tuple[str, ...] = ()
    """Lots that went into it, such as ``VALVE:V1``."""
    concession: Text = ""
    """By which concession it is used although it is not as specified, as the certificate of conformity must say it."""
    owner: Identifier | None = None
    """The customer whose property it is, where it is not the plant's own: it is used for him and for nobody else."""

    def belongs_to_other_than(self, customer: str | None) -> bool:
        """Whether it is the property of another than *customer*."""
        return self.owner not in (None, customer)


class Reservation(OfOrderLine, Fact):
    """Stock or coming supply promised to an order line."""

    kind = "reservation"
    key_fields = ("item", "order", "line")

    item: Identifier
    order: Identifier
    line: Identifier
    quantity: Quantity
    expires_at: Time | None = None
    """A hold for an offer ends then."""


class Receipt(Fact):
    """Supply on its way: an open purchase order line or transfer."""

    kind = "receipt"
    key_fields = ("receipt",)

    receipt: Identifier
    item: Identifier
    quantity: Quantity
    expected_at: Time
    confidence: Annotated[str, Field(pattern="^(confirmed|promised|planned)$")] = "confirmed"
    supplier: Identifier | None = None
    order: Identifier | None = None
    """The order it is bought for, if it is for one line alone."""
    line: Identifier | None = None
    cancellation_fee: Money | None = None
    """What the supplier wants if it is cancelled; nothing means that it cannot be, as far as is known."""


class LineStatus(StrEnum):
    """How far an order line has come, as the ERP says."""

    OPEN = "open"
    DELIVERED = "delivered"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class OrderLine(Fact):
    """What a customer ordered and was promised."""

    kind = "order_line"
    key_fields = ("order", "line")

    order: Identifier
    line: Identifier
    customer: Identifier = "unknown"
    item: Identifier
    revision: Identifier | None = None
    """The revision ordered; nothing means whichever is released."""
    quantity: Quantity
    shipped: Quantity = Decimal(0)
    requested_at: Time
    promised_at: Time | None = None
    """Nothing means that no promise was made yet."""
    ordered_at: Time | None = None
    status: LineStatus = LineStatus.OPEN
    priority: Annotated[int, Field(ge=0, le=999)] = 10
    """Lower goes first."""
    price: Money = Decimal(0)
    """Per piece."""
    partial_allowed: bool = True
    least_shipped: Quantity | None = None
    """So much of it ships at once at least."""
    ships_with: Identifier | None = None
    """Lines of the order that say the same here ship together, and in full."""
    substitute_allowed: bool = False

    @property
    def due_at(self) -> Time:
        """When the line is due: as promised, and before a promise as requested."""
        return self.promised_at or self.requested_at

    @property
    def open_quantity(self) -> Decimal:
        """What is still to be shipped."""
        return max(self.quantity - self.shipped, Decimal(0)) if self.status is LineStatus.OPEN else Decimal(0)


class JobStatus(StrEnum):
    """How far a production order has come."""

    PLANNED = "planned"
    RELEASED = "released"
    RUNNING = "running"
    ON_HOLD = "on_hold"
    COMPLETE = "complete"
    CLOSED = "closed"


class JobOperation(BaseModel):
    """One step of a job, as scheduled."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    operation: int
    work_center: Identifier
    minutes: Quantity
    starts_at: Time
    ends_at: Time
    status: Annotated[str, Field(pattern="^(waiting|running|done)$")] = "waiting"
    good: Quantity = Decimal(0)
    scrapped: Quantity = Decimal(0)
    # Left out where nobody does, so that a job is known by the same content as before there was such a thing.
    supplier: Identifier | None = Field(default=None, exclude_if=unset)
    """Who does it in place of the work centre; nothing means that it is done here."""


class Job(OfOrderLine, Fact):
    """A production order: pieces of an item being made, possibly for one order line."""

    kind = "job"
    key_fields = ("job",)

    job: Identifier
    item: Identifier
    revision: Identifier = "A"
    quantity: Quantity
    order: Identifier | None = None
    line: Identifier | None = None
    status: JobStatus = JobStatus.PLANNED
    starts_at: Time
    ends_at: Time
    operations: tuple[JobOperation, ...] = ()

    @property
    def scrapped(self) -> Decimal:
        """How many of its pieces are lost, at whichever step."""
        return sum((step.scrapped for step in self.operations), Decimal(0))

    @property
    def waits(self) -> bool:
        """Whether it is still to begin, and nobody stopped it."""
        return self.status in (JobStatus.PLANNED, JobStatus.RELEASED)

    @property
    def open(self) -> bool:
        """Whether pieces are still to come from it."""
        return self.status not in (JobStatus.COMPLETE, JobStatus.CLOSED)


class ShipmentStatus(StrEnum):
    """How far a shipment has come."""

    PLANNED = "planned"
    PICKED = "picked"
    APPROVED = "approved"
    LOADING = "loading"
    LOADED = "loaded"
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


AT_THE_RAMP = (ShipmentStatus.LOADING, ShipmentStatus.LOADED)
"""Where it stands on the vehicle, or half of it."""
GONE = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)
"""Where it is not at the plant any more."""
OVER = (*GONE, ShipmentStatus.CANCELLED)
"""Where nothing is still to leave with it."""


class ShipmentLine(OfOrderLine, BaseModel):
    """What a shipment takes of one order line."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    order: Identifier
    line: Identifier
    quantity: Quantity
    lots: tuple[Identifier, ...] = ()


class Shipment(Fact):
    """Goods leaving together."""

    kind = "shipment"
    key_fields = ("shipment",)
    found_by = ("lots",)

    shipment: Identifier
    status: ShipmentStatus = ShipmentStatus.PLANNED
    ship_by: Time
    lines: tuple[ShipmentLine, ...]
    picked_by: tuple[Identifier, ...] = ()
    """Who picked and packed it; none of them may approve it."""
    documents: tuple[Identifier, ...] = ()
    """Papers it needs beyond those that every shipment needs."""
    handling_units: Quantity | None = None
    """Pallets or the like that it takes on the vehicle."""
    weight: Quantity | None = Field(default=None, exclude_if=unset)
    """Kilograms that it weighs, packed."""
    export: bool = False
    """Whether it goes abroad; so does whatever needs the paper ``export_declaration``."""
    vehicle_needs: tuple[Identifier, ...] = ()
    """What the vehicle must be, such as ``refrigerated``."""
    country: Country | None = Field(default=None, exclude_if=unset)
    """Where it goes, such as ``CH``."""
    mode: Mode | None = Field(default=None, exclude_if=unset)
    """How it goes there, for the longest part of its way."""
    left_at: Time | None = Field(default=None, exclude_if=unset)
    """When it went through the gate; nothing as long as nobody said so."""

    @property
    def line_keys(self) -> tuple[str, ...]:
        """The keys of the order lines that it takes of, each once."""
        return tuple(dict.fromkeys(line.line_key for line in self.lines))

    @property
    def lots(self) -> tuple[str, ...]:
        """All that it takes of, whatever item they are of."""
        return tuple(dict.fromkeys(lot for line in self.lines for lot in line.lots))

    def left_since(self, before: Shipment) -> bool:
        """Whether it has left, and had not *before*."""
        return before.status not in GONE and self.status in GONE


class Inspection(Fact):
    """A result quality recorded, or still owes, on a lot."""

    kind = "inspection"
    key_fields = ("item", "lot", "inspection")
    found_by = ("lot", "gauge")

    item: Identifier
    lot: Identifier
    inspection: Identifier
    required: bool = True
    result: Annotated[str, Field(pattern="^(open|pass|fail)$")] = "open"
    covered: Quantity = Decimal(0)
    """Pieces the result speaks for."""
    gauge: Identifier | None = None
    """What it was measured with."""
    measured_at: Time | None = None
    due_at: Time | None = None
    """By when quality owes the result; nothing means that nobody said."""


KINDS: dict[str, type[Fact]] = {
    kind.kind: kind
    for kind in (
        Site, Calendar, Item, WorkCenter, Lot, Reservation, Receipt, OrderLine, Job, Shipment, Inspection, Customer,
        Person, Allocation, JobPreparation, MachineState, Document, Slot, CustomerClearance, DispatchApproval, Hold,
        ShipmentHold, HoldRule, Gauge, Loading, OutsideCapacity, WaiverStanding, AdjustedJob,
    )
}  # fmt: skip
"""Every kind of fact by its name."""
