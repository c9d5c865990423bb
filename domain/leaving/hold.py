"""Stopping a shipment by hand: who may, and who lifts it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from domain.decision import DecisionRefused, NotAllowed, Principal, PrincipalKind
from domain.facts import Shipment
from domain.policy import Requirement
from domain.readiness.following import is_over
from domain.release import ShipmentHold
from domain.roles import Role, above, listed

HOLDERS: Final = (Role.SALES, Role.FINANCE, Role.DISPATCH, Role.SHIPPING_MANAGER, Role.PLANT_MANAGER)
"""Who may stop a shipment (processes 1.6, row 19). Who has several of these functions stops it in the first."""


def admit_hold(
    shipment: Shipment, known: Collection[ShipmentHold], by: Principal, roles: Collection[Role], because: str
) -> ShipmentHold:
    """The hold that *by*, who has *roles*, places on *shipment*, of which holds are *known*. Raises DecisionRefused."""
    role = next((one for one in HOLDERS if one in roles), None)
    if by.kind is not PrincipalKind.PERSON or role is None:
        raise NotAllowed(f"A shipment is stopped by {listed(HOLDERS)}.")
    if is_over(shipment):
        raise DecisionRefused(f"{shipment.shipment} is {shipment.status}: there is nothing to stop any more.")
    for hold in known:
        if hold.active and hold.role is role:
            raise DecisionRefused(f"{hold.placed_by} stopped {shipment.shipment} as {listed((role,))} already.")
    return ShipmentHold(
        site=shipment.site, shipment=shipment.shipment, role=role, because=because, placed_by=by.id
    )  # fmt: skip


def lifting(hold: ShipmentHold) -> str:
    """The name of the step that lifts *hold*."""
    return f"lift_{hold.role}"


def lifted_by(hold: ShipmentHold) -> Requirement:
    """Who lifts *hold*: one of the function that placed it, or higher."""
    return Requirement(role=hold.role, others=above(hold.role) or None)


def not_lifted_by(hold: ShipmentHold) -> dict[str, str]:
    """Who does not lift *hold* although he has the function, each with why: in finance, who placed it."""
    return {hold.placed_by: f"stopped {hold.shipment} for finance"} if hold.role is Role.FINANCE else {}
