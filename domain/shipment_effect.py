"""Effects on shipments: that they may leave, what they take, how far they have come."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from domain.effect_shape import EffectShape
from domain.facts import ShipmentLine, ShipmentStatus
from domain.roles import Role
from domain.subject import Identifier


class ApproveDispatch(EffectShape):
    """A shipment may leave, as it is."""

    kind: Literal["approve_dispatch"] = "approve_dispatch"
    shipment: Identifier
    approved_by: Identifier
    describes: str
    """Digest of what leaves."""
    valid_until: AwareDatetime


class RevokeDispatch(EffectShape):
    """A shipment may not leave any more."""

    kind: Literal["revoke_dispatch"] = "revoke_dispatch"
    shipment: Identifier


class MoveShipment(EffectShape):
    """A shipment has come further, or goes back."""

    kind: Literal["move_shipment"] = "move_shipment"
    shipment: Identifier
    expected: ShipmentStatus
    """Where it is as far as the decision knew."""
    status: ShipmentStatus


class PickedLine(ShipmentLine):
    """What was picked of an item for an order line."""

    item: Identifier


class CancelShipment(EffectShape):
    """Nothing leaves in a shipment any more."""

    kind: Literal["cancel_shipment"] = "cancel_shipment"
    shipment: Identifier
    expected: ShipmentStatus
    """Where it is as far as the decision knew."""
    put_away: tuple[PickedLine, ...] = ()
    """What was picked for it and goes back into stock."""


class _LeavesRest(EffectShape):
    """A shipment takes no more than it does from now on."""

    rest: tuple[ShipmentLine, ...] = ()
    """What it was to take and does not."""
    rest_at: AwareDatetime | None = None
    """When that leaves, as whoever decided it said."""


class ReviseShipment(_LeavesRest):
    """A shipment takes something else: other lots, or less."""

    kind: Literal["revise_shipment"] = "revise_shipment"
    shipment: Identifier
    expected: str
    """Digest of what it took as far as the decision knew; if it takes something else it was changed meanwhile."""
    lines: tuple[ShipmentLine, ...]
    status: ShipmentStatus
    """Where it is from then on."""
    put_away: tuple[PickedLine, ...] = ()
    """What was picked for it, is cancelled, and goes back into stock."""


class AddShipment(EffectShape):
    """A shipment is planned for what another does not take any more."""

    kind: Literal["add_shipment"] = "add_shipment"
    shipment: Identifier
    like: Identifier
    """The shipment whose date, papers and needs it takes."""
    lines: tuple[ShipmentLine, ...]


class LeaveShort(_LeavesRest):
    """A shipment leaves with what is loaded, which is less than was approved; two have agreed to that."""

    kind: Literal["leave_short"] = "leave_short"
    shipment: Identifier
    expected: str
    """Digest of what was approved."""
    lines: tuple[ShipmentLine, ...]
    describes: str
    """Digest of what is loaded."""
    approved_by: Identifier


class LiftShipmentHold(EffectShape):
    """The function that stopped a shipment lets it go on."""

    kind: Literal["lift_shipment_hold"] = "lift_shipment_hold"
    shipment: Identifier
    role: Role


class MoveSlot(EffectShape):
    """Another time at the dock is asked for; it counts once it is confirmed."""

    kind: Literal["move_slot"] = "move_slot"
    shipment: Identifier
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class IssueGoods(EffectShape):
    """A shipment has left: its goods are no longer in stock, and its order lines are that much shipped."""

    kind: Literal["issue_goods"] = "issue_goods"
    shipment: Identifier
    left_at: AwareDatetime | None = None
    """When it went through the gate; nothing means now."""


class SendShipNotice(EffectShape):
    """The customer is told in advance what comes."""

    kind: Literal["send_ship_notice"] = "send_ship_notice"
    shipment: Identifier
    describes: str
    """Digest of what left."""
