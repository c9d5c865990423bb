"""Facts about letting things go: material for jobs, what a job needs to start, papers, slots, clearances, approvals."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.fact import Fact, Quantity, Text, Time
from domain.left_out import empty, unset
from domain.roles import Role
from domain.subject import Identifier


class Allocation(Fact):
    """Material of one lot set aside for a job."""

    kind = "allocation"
    key_fields = ("job", "item", "lot")
    found_by = ("lot",)

    job: Identifier
    item: Identifier
    lot: Identifier
    quantity: Quantity
    """Set aside and not issued yet."""
    issued: Quantity = Decimal(0)
    """Taken to the job already."""


class JobPreparation(Fact):
    """What a job needs to start besides material; what nobody said is not known."""

    kind = "job_preparation"
    key_fields = ("job",)

    job: Identifier
    documents_released: bool | None = None
    tools_available: bool | None = None
    people_available: bool | None = None
    """Whether qualified people are on the shift."""


class MachineState(Fact):
    """Whether a work centre can work now."""

    kind = "machine_state"
    key_fields = ("work_center",)

    work_center: Identifier
    down: bool
    because: Text = ""
    since: Time | None = None
    """When it stopped; a short stop is nobody's case. Nothing where nobody says: then it counts as a long one."""


class Document(Fact):
    """A paper that goes with a shipment."""

    kind = "document"
    key_fields = ("shipment", "document")

    shipment: Identifier
    document: Identifier
    """Its type, such as ``packing_list``."""
    status: Annotated[str, Field(pattern="^(draft|final)$")] = "draft"
    describes: Text = ""
    """The digest of the shipment's content that it was written for."""
    valid_until: Time | None = None
    concessions: tuple[Text, ...] = ()
    """Which concessions it says that the goods rest on, word by word."""
    uri: Text = ""
    sent_at: Time | None = Field(default=None, exclude_if=unset)
    """When it was sent, where it is a notice; nothing as long as nobody said so."""


class Slot(Fact):
    """A time at the dock, and the vehicle that comes."""

    kind = "slot"
    key_fields = ("shipment",)
    anew_with = ("starts_at", "ends_at", "carrier")

    shipment: Identifier
    status: Annotated[str, Field(pattern="^(requested|confirmed|missed)$")] = "requested"
    starts_at: Time
    ends_at: Time
    """The slot is good until just before this instant."""
    carrier: Identifier | None = None
    capacity: Quantity | None = None
    """Handling units the vehicle takes."""
    weight_capacity: Quantity | None = Field(default=None, exclude_if=unset)
    """Kilograms the vehicle takes."""
    vehicle: tuple[Identifier, ...] = ()
    """What the vehicle can do, such as ``refrigerated``."""
    came_at: Time | None = None
    """When the vehicle came; nothing as long as nobody has seen it."""
    confirmed_at: Time | None = Field(default=None, exclude_if=unset)
    """When somebody last said that the vehicle comes; nothing if nobody said when."""

    def to_confirm_from(self, before: timedelta) -> datetime | None:
        """From when on only a word given since counts, so long *before* it begins; nothing where none is waited for."""
        waits = self.status == "confirmed" and self.came_at is None and before
        return self.starts_at - before if waits else None


class LoadedUnit(BaseModel):
    """A handling unit on the vehicle, or what it holds of one lot."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    handling_unit: Identifier
    order: Identifier
    line: Identifier
    """For which it is."""
    item: Identifier
    lot: Identifier
    quantity: Quantity | None = None
    """Nothing if nobody said how much it holds."""

    @property
    def text(self) -> str:
        """What it holds, in words."""
        much = "some" if self.quantity is None else f"{self.quantity.normalize():f}"
        return f"{much} of lot {self.lot} for {self.order}:{self.line}"


class Loading(Fact):
    """What stands on the vehicle of a shipment, as it was scanned; begun anew whenever loading begins."""

    kind = "loading"
    key_fields = ("shipment",)

    shipment: Identifier
    units: tuple[LoadedUnit, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether it says how much is loaded: something was scanned, and nothing without its quantity."""
        return bool(self.units) and all(unit.quantity is not None for unit in self.units)

    def quantity_of(self, order: str, line: str, lot: str) -> Decimal:
        """How much of a lot is loaded for an order line, as far as anybody said."""
        mine = (unit for unit in self.units if (unit.order, unit.line, unit.lot) == (order, line, lot))
        return sum((unit.quantity or Decimal(0) for unit in mine), Decimal(0))


class CustomerClearance(Fact):
    """Whether goods may go to a customer, as finance and compliance say."""

    kind = "customer_clearance"
    key_fields = ("customer",)

    customer: Identifier
    credit: Annotated[str, Field(pattern="^(ok|blocked|unknown)$")] = "unknown"
    screening: Annotated[str, Field(pattern="^(ok|blocked|unknown)$")] = "unknown"
    """Against export and sanction lists."""
    held: bool = False
    """Whether somebody stopped deliveries by hand."""


class Hold(Fact):
    """That a lot must not be used or sent, whatever other systems say of it yet."""

    kind = "hold"
    key_fields = ("item", "lot")
    found_by = ("case",)

    item: Identifier
    lot: Identifier
    active: bool = True
    severity: Annotated[str, Field(pattern="^(safety|functional|cosmetic|document)$")] = "functional"
    because: Text = ""
    case: Identifier
    """That placed it."""
    placed_by: Text = Field(default="", exclude_if=empty)
    """The system that blocked the lot, where nobody had asked for the hold here."""

    def after(self, before: Hold) -> Hold:
        """The same; where people may come to harm by what its case knows already, they still may."""
        harm = before.case == self.case and before.severity == "safety"
        return self.model_copy(update={"severity": "safety"}) if harm else self


class ShipmentHold(Fact):
    """That a shipment must not leave until the function that stopped it lifts that, whatever else is ready."""

    kind = "shipment_hold"
    key_fields = ("shipment", "role")

    shipment: Identifier
    role: Role
    """The function; each may have one hold of its own."""
    active: bool = True
    because: Text = ""
    placed_by: Identifier


class WaiverStanding(Fact):
    """How it stands with a waiver: whoever waits for what it waives looks again when that changes."""

    kind = "waiver"
    key_fields = ("subject", "waiver")

    subject: Identifier
    """The job or shipment that it is for."""
    waiver: Identifier
    predicate: Identifier
    """What is not so, such as ``documents_complete``."""
    expires_at: Time
    """It is good until just before this instant."""
    waived_by: tuple[Identifier, ...] = ()
    """Who has agreed so far."""
    ended: bool = False
    """Whether somebody took it back."""


class AdjustedJob(Fact):
    """How a job was to go by the plan that a case had written: compared with what is so when that time is over."""

    kind = "adjusted_job"
    key_fields = ("case", "job")
    found_by = ("case",)

    case: Identifier
    job: Identifier
    operations: tuple[int, ...]
    """The steps that the plan moved."""
    starts_at: Time
    """When the first of them was to begin."""
    ends_at: Time
    """When the last of them was to be done."""


class HoldRule(Fact):
    """By which rule lots must not be used or sent: those there are, and those that come to fit."""

    kind = "hold_rule"
    key_fields = ("by", "of")

    by: Annotated[str, Field(pattern="^(machine|gauge|delivery|lot)$")]
    of: Annotated[str, Field(min_length=1, max_length=129)]
    """The machine it was made on, the gauge it was measured with, the delivery it came with, the lot it was made of."""
    supplier: Identifier | None = None
    """Whose delivery; nothing means anybody's of that name."""
    items: tuple[Identifier, ...] = ()
    """Of these items only; none means all."""
    since: Time | None = None
    """Made or measured then or later, or nobody knows when; nothing means ever."""
    without: tuple[str, ...] = ()
    """Lots that are not concerned, such as ``VALVE:V1``."""
    active: bool = True
    false_alarm: bool = False
    """Whether it is over because nothing was wrong."""
    severity: Annotated[str, Field(pattern="^(safety|functional|cosmetic|document)$")] = "functional"
    because: Text = ""
    case: Identifier
    """That put it in force."""

    @property
    def in_words(self) -> str:
        """Such as ``Machine M3 since 2026-11-02 06:00``."""
        of = f" of {', '.join(self.items)}" if self.items else ""
        since = f" since {self.since:%Y-%m-%d %H:%M}" if self.since else ""
        return f"{self.by.capitalize()} {self.of}{of}{since}"

    def widened(self, since: Time | None, items: tuple[str, ...]) -> HoldRule:
        """The rule that fits what this one does, and what it would with this time and these items."""
        return self.model_copy(
            update={
                "since": min(self.since, since) if self.since is not None and since is not None else None,
                "items": tuple(sorted({*self.items, *items})) if self.items and items else (),
            }
        )

    def clears(self, item: str, lot: str) -> bool:
        """Whether it is known that what the rule goes by does the lot no harm."""
        return self.false_alarm or f"{item}:{lot}" in self.without


class Gauge(Fact):
    """What is measured with, and whether its measurements can be relied on."""

    kind = "gauge"
    key_fields = ("gauge",)

    gauge: Identifier
    good: bool
    good_at: Time | None = None
    """When it was last found good."""


class DispatchApproval(Fact):
    """That a person let a shipment go, as it was then."""

    kind = "dispatch_approval"
    key_fields = ("shipment",)

    shipment: Identifier
    approved_by: Identifier
    describes: Text
    """The digest of the shipment's content that was approved."""
    valid_until: Time
    """The approval is good until just before this instant."""
    revoked: bool = False
