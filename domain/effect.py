"""Effects: what an accepted decision writes into other systems."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.effect_shape import EffectShape
from domain.fact import Money, Quantity
from domain.facts import JobOperation
from domain.shipment_effect import (
    AddShipment,
    ApproveDispatch,
    CancelShipment,
    IssueGoods,
    LeaveShort,
    LiftShipmentHold,
    MoveShipment,
    MoveSlot,
    ReviseShipment,
    RevokeDispatch,
    SendShipNotice,
)
from domain.subject import Identifier


class Capability(StrEnum):
    """How a system lets a repeated write be told from a new one."""

    KEY = "key"
    """It keeps our key and answers a repeated write with the first result."""
    LOOKUP = "lookup"
    """It can be asked afterwards whether the write is in force."""
    NONE = "none"
    """Neither: an unclear answer is never followed by a second write, a person looks."""


class EffectState(StrEnum):
    """How far an effect has come."""

    PLANNED = "planned"
    SENT = "sent"
    """On its way; whether it arrived is not known yet."""
    CONFIRMED = "confirmed"
    """Written, and read back."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    COMPENSATED = "compensated"


BEGUN: Final = (EffectState.SENT, EffectState.CONFIRMED, EffectState.UNKNOWN)
"""In force, or perhaps."""


class ReviseOrderLine(EffectShape):
    """The order line says something else from now on."""

    kind: Literal["revise_order_line"] = "revise_order_line"
    order: Identifier
    line: Identifier
    expected: str
    """Digest of the line the decision was made on; if the line says something else it was changed meanwhile."""
    item: Identifier
    revision: Identifier | None
    quantity: Quantity
    requested_at: AwareDatetime
    promised_at: AwareDatetime | None
    cancelled: bool = False
    priority: int


class AddOrderLine(EffectShape):
    """A further line of the order: the part of a split that ships apart."""

    kind: Literal["add_order_line"] = "add_order_line"
    order: Identifier
    line: Identifier
    like_line: Identifier
    """The line whose customer, price and terms it takes."""
    item: Identifier
    quantity: Quantity
    promised_at: AwareDatetime


class PostponeOrderLine(EffectShape):
    """Another order line is promised for later, because it gives way."""

    kind: Literal["postpone_order_line"] = "postpone_order_line"
    order: Identifier
    line: Identifier
    expected: AwareDatetime
    """When it is due as far as the decision knew; another date means that it was changed meanwhile."""
    promised_at: AwareDatetime


class Reserve(EffectShape):
    """Supply of an item is promised to an order line; replaces what was promised to it before."""

    kind: Literal["reserve"] = "reserve"
    item: Identifier
    order: Identifier
    line: Identifier
    quantity: Quantity
    expires_at: AwareDatetime | None = None


class ChangeJob(EffectShape):
    """A production order makes another quantity, revision or for stock; or stops."""

    kind: Literal["change_job"] = "change_job"
    job: Identifier
    quantity: Quantity
    revision: Identifier | None = None
    for_stock: bool = False
    """Goes on, but no longer for an order line."""
    stopped: bool = False


class CreateJob(EffectShape):
    """A production order is opened."""

    kind: Literal["create_job"] = "create_job"
    job: Identifier
    item: Identifier
    revision: Identifier | None
    """Nothing means the released one."""
    quantity: Quantity
    order: Identifier | None = None
    """Nothing means that it is made for stock."""
    line: Identifier | None = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    operations: tuple[JobOperation, ...] = ()


class Allocate(EffectShape):
    """Material of a lot is set aside for a job, which takes it instead of what is short."""

    kind: Literal["allocate"] = "allocate"
    job: Identifier
    item: Identifier
    lot: Identifier
    quantity: Quantity


class RescheduleJob(EffectShape):
    """The steps of a production order are done at other times, or elsewhere."""

    kind: Literal["reschedule_job"] = "reschedule_job"
    job: Identifier
    expected: str
    """Digest of the job the plan was made on; if it says something else it was changed meanwhile."""
    operations: tuple[JobOperation, ...]


class RequestSupply(EffectShape):
    """More of an item is asked for, or sooner: bought from a supplier, or brought from another site."""

    kind: Literal["request_supply"] = "request_supply"
    request: Identifier
    item: Identifier
    quantity: Quantity
    needed_at: AwareDatetime
    supplier: Identifier | None = None
    origin: Identifier | None = None
    expedite: bool = False
    cost: Money = Decimal(0)


class CancelSupply(EffectShape):
    """What is on its way from a supplier is not wanted any more."""

    kind: Literal["cancel_supply"] = "cancel_supply"
    receipt: Identifier
    item: Identifier
    fee: Money
    """What the supplier wants for it."""


class BlockLot(EffectShape):
    """A lot must not be used or sent, in the stock system as well."""

    kind: Literal["block_lot"] = "block_lot"
    item: Identifier
    lot: Identifier


class ReleaseLot(EffectShape):
    """Part of a lot, or all of it, may be used and sent again."""

    kind: Literal["release_lot"] = "release_lot"
    item: Identifier
    lot: Identifier
    quantity: Quantity
    as_lot: Identifier
    """The lot that the part becomes; the same one for all that is left."""
    because: str
    """What was decided about it."""
    conditional: bool = False
    """Whether it may go only to those customers and for those orders; without any it stays in the plant's own sites."""
    allowed_for: tuple[Identifier, ...] = ()
    allowed_orders: tuple[Identifier, ...] = ()
    allowed_until: AwareDatetime | None = None
    concession: str = ""
    """As the certificate of conformity says it."""
    good_through: AwareDatetime | None = None
    """Nothing if it is good for as long as it was."""


class RegradeLot(EffectShape):
    """Part of a lot, or all of it, is another item from now on."""

    kind: Literal["regrade_lot"] = "regrade_lot"
    item: Identifier
    lot: Identifier
    quantity: Quantity
    as_item: Identifier
    as_lot: Identifier


class PartLot(EffectShape):
    """Part of a lot on hold is a lot of its own from now on, held as before."""

    kind: Literal["part_lot"] = "part_lot"
    item: Identifier
    lot: Identifier
    quantity: Quantity
    as_lot: Identifier
    case: Identifier
    """That parted it, and sees to the part until one of its own does."""


class WriteOffLot(EffectShape):
    """Part of a lot, or all of it, is gone: scrapped, or returned."""

    kind: Literal["write_off_lot"] = "write_off_lot"
    item: Identifier
    lot: Identifier
    quantity: Quantity
    because: str
    """What was decided about it."""
    reference: str = ""
    """The scrap ticket, or the return and the claim, by which it went."""


class UnblockLot(EffectShape):
    """A lot may be used and sent again as far as its inspections say so: it was stopped for nothing."""

    kind: Literal["unblock_lot"] = "unblock_lot"
    item: Identifier
    lot: Identifier


class HoldAgain(EffectShape):
    """A lot that had been released on conditions must not be used or sent any more."""

    kind: Literal["hold_again"] = "hold_again"
    item: Identifier
    lot: Identifier
    because: str


class ReviseHoldRule(EffectShape):
    """A rule by which lots are stopped has another scope, or is over."""

    kind: Literal["revise_hold_rule"] = "revise_hold_rule"
    by: str
    of: str
    items: tuple[Identifier, ...]
    since: AwareDatetime | None
    without: tuple[str, ...]
    active: bool
    false_alarm: bool

    @property
    def scope(self) -> dict[str, Any]:
        """What it stops from now on."""
        return self.model_dump(include={"items", "since", "without", "active", "false_alarm"})


class LiftHold(EffectShape):
    """Nothing of a lot is held any more."""

    kind: Literal["lift_hold"] = "lift_hold"
    item: Identifier
    lot: Identifier


Effect = Annotated[
    ReviseOrderLine | AddOrderLine | PostponeOrderLine | Reserve | ChangeJob | CreateJob | Allocate | RescheduleJob
    | RequestSupply | CancelSupply
    | ApproveDispatch | RevokeDispatch | MoveShipment | ReviseShipment | AddShipment | LeaveShort | MoveSlot
    | LiftShipmentHold | CancelShipment | IssueGoods | SendShipNotice
    | BlockLot | ReleaseLot | RegradeLot | PartLot | WriteOffLot | UnblockLot | HoldAgain | ReviseHoldRule | LiftHold,
    Field(discriminator="kind"),
]  # fmt: skip


def key_of(case_id: str, assessment: int, step: str, number: int) -> str:
    """The name of a write, the same however often it is tried: *number* of those of *step* on an *assessment*."""
    return f"{case_id}/{assessment:03d}/{step}-{number:02d}"


def case_of(key: str) -> str:
    """The case whose write *key* names."""
    return key.split("/", maxsplit=1)[0]


def assessment_of(key: str) -> int:
    """The assessment whose option the write was decided on that *key* names."""
    return int(key.split("/")[1])


class KeptEffect(BaseModel):
    """An effect as the record knows it."""

    model_config = ConfigDict(frozen=True)

    key: str
    effect: Effect
    state: EffectState
    answer: str = ""
