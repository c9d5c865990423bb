"""What other systems say is so: the kinds of fact every connector can be asked for."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from domain.calendar import Duration, WorkingCalendar
from domain.roles import Role
from domain.subject import Identifier


def _plain_number(value: Decimal) -> str:
    return format(value.normalize(), "f")


# No ERP field is wider; without the bounds a figure such as 1e9999999 keeps a processor busy for minutes.
# One text for 10, 10.0 and 1E+1, so that equal quantities have equal digests.
Quantity = Annotated[
    Decimal,
    Field(ge=0, max_digits=15, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(_plain_number, return_type=str),
]
Money = Annotated[
    Decimal,
    Field(max_digits=15, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(_plain_number, return_type=str),
]
Text = Annotated[str, Field(max_length=500)]


class Fact(BaseModel):
    """One thing that is so at a site. Unknown fields are ignored: sources grow."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    kind: ClassVar[str]
    key_fields: ClassVar[tuple[str, ...]]
    """The fields that name the thing within its kind and site."""

    site: Identifier

    @property
    def key(self) -> str:
        """What the fact is about, unique within its kind and site."""
        return ":".join(str(getattr(self, field)) for field in self.key_fields)


class Site(Fact):
    """A plant, warehouse or shop with its own calendar, policy and people."""

    kind = "site"
    key_fields = ("site",)

    name: Text
    zone: str = "UTC"
    """IANA time zone of the site's clocks."""
    calendar: Identifier
    """The working calendar people at the site keep unless their role has its own."""
    role_calendars: dict[str, Identifier] = {}
    """Calendars of roles that keep other hours, by role."""
    demand_time_fence: Duration = Duration(working_days=5)
    """Inside it the schedule is frozen."""
    planning_time_fence: Duration = Duration(working_days=20)
    """Between the demand time fence and this one the schedule is slushy, beyond it liquid."""


class Calendar(Fact):
    """When people or machines at a site work."""

    kind = "calendar"
    key_fields = ("calendar",)

    calendar: Identifier
    working: WorkingCalendar


class Component(BaseModel):
    """A material that goes into one piece of an item."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    item: Identifier
    per_piece: Quantity
    scrap: Annotated[Decimal, Field(ge=0, le=10)] = Decimal(0)
    """Share lost in use, such as 0.02."""
    operation: int | None = None
    """The step it must be there for; nothing means the first."""
    alternates: tuple[Identifier, ...] = ()
    """Items that may go in instead, best first."""


class Operation(BaseModel):
    """One step of making an item."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    operation: int
    work_center: Identifier
    setup_minutes: Quantity = Decimal(0)
    minutes_per_piece: Quantity = Decimal(0)
    minutes_per_batch: Quantity = Decimal(0)
    """Working minutes the step takes however many pieces it makes."""


class Supplier(BaseModel):
    """Who sells an item to the site, on what terms."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    supplier: Identifier
    lead_time_days: Quantity
    """Calendar days from order to receipt."""
    minimum: Quantity = Decimal(0)
    multiple: Quantity = Decimal(0)
    expedite_days: Quantity | None = None
    """Calendar days if expedited; nothing if the supplier never expedites."""
    expedite_cost: Money = Decimal(0)
    """Fixed cost of expediting one order."""


class Item(Fact):
    """What the site makes, buys or ships, and how."""

    kind = "item"
    key_fields = ("item",)

    item: Identifier
    description: Text = ""
    revision: Identifier = "A"
    """The released revision."""
    price: Money = Decimal(0)
    cost: Money = Decimal(0)
    safety_stock: Quantity = Decimal(0)
    minimum: Quantity = Decimal(0)
    """Smallest quantity made at once."""
    maximum: Annotated[Quantity, Field(gt=0)] | None = None
    """Largest quantity made at once."""
    components: tuple[Component, ...] = ()
    operations: tuple[Operation, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    """Best first."""
    transfers: tuple[Transfer, ...] = ()
    substitutes: tuple[Identifier, ...] = ()
    """Items a customer who allows it may get instead."""

    @property
    def made(self) -> bool:
        """Whether the site makes the item itself."""
        return bool(self.components or self.operations)


class Transfer(BaseModel):
    """Another site the item can be brought from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    origin: Identifier
    days: Quantity
    """Calendar days on the way."""
    cost: Money = Decimal(0)


class WorkCenter(Fact):
    """A machine, line or crew that does operations."""

    kind = "work_center"
    key_fields = ("work_center",)

    work_center: Identifier
    calendar: Identifier
    machines: Annotated[int, Field(ge=0, le=10_000)] = 1
    efficiency: Annotated[Decimal, Field(gt=0, le=10)] = Decimal(1)
    overtime_cost_per_hour: Money = Decimal(0)
    alternates: tuple[Identifier, ...] = ()


class LotStatus(StrEnum):
    """What quality says of a lot."""

    UNRESTRICTED = "unrestricted"
    IN_INSPECTION = "in_inspection"
    ON_HOLD = "on_hold"
    CONDITIONAL = "conditional"
    REJECTED = "rejected"


class Lot(Fact):
    """A quantity of an item that was made or received together."""

    kind = "lot"
    key_fields = ("item", "lot")

    item: Identifier
    lot: Identifier
    quantity: Quantity
    status: LotStatus = LotStatus.UNRESTRICTED
    revision: Identifier | None = None
    expires_at: AwareDatetime | None = None
    """The lot is good through this instant."""
    allowed_for: tuple[Identifier, ...] = ()
    """Customers a conditional lot may go to."""


class Reservation(Fact):
    """Stock or coming supply promised to an order line."""

    kind = "reservation"
    key_fields = ("item", "order", "line")

    item: Identifier
    order: Identifier
    line: Identifier
    quantity: Quantity
    expires_at: AwareDatetime | None = None
    """A hold for an offer ends then."""


class Receipt(Fact):
    """Supply on its way: an open purchase order line or transfer."""

    kind = "receipt"
    key_fields = ("receipt",)

    receipt: Identifier
    item: Identifier
    quantity: Quantity
    expected_at: AwareDatetime
    confidence: Annotated[str, Field(pattern="^(confirmed|promised|planned)$")] = "confirmed"
    supplier: Identifier | None = None


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
    requested_at: AwareDatetime
    promised_at: AwareDatetime | None = None
    """Nothing means that no promise was made yet."""
    ordered_at: AwareDatetime | None = None
    status: LineStatus = LineStatus.OPEN
    priority: Annotated[int, Field(ge=0, le=999)] = 10
    """Lower goes first."""
    price: Money = Decimal(0)
    """Per piece."""
    partial_allowed: bool = True
    substitute_allowed: bool = False

    @property
    def due_at(self) -> AwareDatetime:
        """When the line is due: as promised, and before a promise as requested."""
        return self.promised_at or self.requested_at

    @property
    def open_quantity(self) -> Decimal:
        """What is still to be shipped."""
        if self.status is not LineStatus.OPEN:
            return Decimal(0)
        return max(self.quantity - self.shipped, Decimal(0))


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
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    status: Annotated[str, Field(pattern="^(waiting|running|done)$")] = "waiting"
    good: Quantity = Decimal(0)
    scrapped: Quantity = Decimal(0)


class Job(Fact):
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
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    operations: tuple[JobOperation, ...] = ()

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
    DISPATCHED = "dispatched"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class ShipmentLine(BaseModel):
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

    shipment: Identifier
    status: ShipmentStatus = ShipmentStatus.PLANNED
    ship_by: AwareDatetime
    lines: tuple[ShipmentLine, ...]


class Inspection(Fact):
    """A result quality recorded, or still owes, on a lot."""

    kind = "inspection"
    key_fields = ("item", "lot", "inspection")

    item: Identifier
    lot: Identifier
    inspection: Identifier
    required: bool = True
    result: Annotated[str, Field(pattern="^(open|pass|fail)$")] = "open"
    covered: Quantity = Decimal(0)
    """Pieces the result speaks for."""


class Customer(Fact):
    """Who orders, and for how much he is good."""

    kind = "customer"
    key_fields = ("customer",)

    customer: Identifier
    name: Text = ""
    credit_limit: Money | None = None
    exposure: Money = Decimal(0)
    blocked: bool = False


class Person(Fact):
    """Someone who holds roles at the site."""

    kind = "person"
    key_fields = ("person",)

    person: Identifier
    name: Text
    roles: tuple[Role, ...]
    active: bool = True


Item.model_rebuild()

KINDS: dict[str, type[Fact]] = {
    kind.kind: kind
    for kind in (
        Site, Calendar, Item, WorkCenter, Lot, Reservation, Receipt, OrderLine, Job, Shipment, Inspection, Customer,
        Person,
    )
}  # fmt: skip
"""Every kind of fact by its name."""

F = TypeVar("F", bound=Fact)


class Reading(BaseModel, Generic[F]):
    """A fact with where it comes from and when it was so."""

    model_config = ConfigDict(frozen=True)

    fact: F
    source: str
    """The system that says so."""
    version: str
    """The source's own version of the fact; grows or at least changes with it."""
    as_of: AwareDatetime
    """When the source said it, UTC."""


def fact_of(kind: str, body: dict[str, Any]) -> Fact:
    """
    The fact of *kind* that *body* describes.

    Raises UnknownKind, and pydantic.ValidationError naming each wrong field.
    """
    if kind not in KINDS:
        raise UnknownKind(kind)
    return KINDS[kind].model_validate(body)


class UnknownKind(ValueError):
    """No such kind of fact."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind!r} is not a kind of fact; known are {', '.join(sorted(KINDS))}.")
