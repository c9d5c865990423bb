"""Facts that change seldom: sites, calendars, items and how they are made, work centres, customers, people."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.calendar import Duration, WorkingCalendar, Zone
from domain.fact import Fact, Money, Quantity, Text, Time
from domain.left_out import unset
from domain.roles import Role
from domain.subject import Country, Identifier


class Site(Fact):
    """A plant, warehouse or shop with its own calendar, policy and people."""

    kind = "site"
    key_fields = ("site",)

    name: Text
    zone: Zone = "UTC"
    """What the site's clocks show."""
    calendar: Identifier
    """The working calendar people at the site keep unless their role has its own."""
    role_calendars: dict[str, Identifier] = Field(default_factory=dict)
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


class OutsideCapacity(Fact):
    """Work that a supplier offers to do in place of the site: all of a work centre's, or one step of an item."""

    kind = "outside_capacity"
    key_fields = ("offer",)

    offer: Identifier
    """The number of his offer."""
    supplier: Identifier
    work_center: Identifier | None = None
    """Whose work he would do."""
    item: Identifier | None = None
    """Only work on this item."""
    operation: int | None = None
    """Only this step of the item."""
    price_per_piece: Money = Decimal(0)
    price_per_hour: Money = Decimal(0)
    """Of the time the work would take here."""
    lead_days: Quantity
    """Calendar days until it is back, ways included."""
    valid_until: Time | None = None
    """The offer is good through this instant; nothing means until it is taken back."""
    approved: bool = False
    """Whether quality has approved the supplier for this work."""

    @model_validator(mode="after")
    def _says_what_work(self) -> OutsideCapacity:
        if self.work_center is None and (self.item is None or self.operation is None):
            raise ValueError("Say the work of which work centre is offered, or which operation of which item.")
        return self

    def covers(self, item: str, operation: int, work_center: str) -> bool:
        """Whether the offer is about this step of *item*, which is done at *work_center*."""
        return (
            self.work_center in (None, work_center)
            and self.item in (None, item)
            and self.operation in (None, operation)
        )


class Customer(Fact):
    """Who orders, and for how much he is good."""

    kind = "customer"
    key_fields = ("customer",)

    customer: Identifier
    name: Text = ""
    country: Country | None = Field(default=None, exclude_if=unset)
    """Where his goods go, such as ``CH``, where a shipment does not say otherwise."""
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
