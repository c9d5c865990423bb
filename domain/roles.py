"""Who does what in a plant, by role; a person holds roles per site."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """A function that owns questions. Mapped to people, site by site."""

    SALES = "sales"
    SALES_MANAGER = "sales_manager"
    PLANNER = "planner"
    PRODUCTION = "production"
    PLANT_MANAGER = "plant_manager"
    BUYER = "buyer"
    FINANCE = "finance"
    QUALITY_INSPECTOR = "quality_inspector"
    QUALITY_ENGINEER = "quality_engineer"
    ENGINEERING = "engineering"
    WAREHOUSE = "warehouse"
    DISPATCH = "dispatch"
    SHIPPING_MANAGER = "shipping_manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


# To whom a question goes when its owner lets the deadline pass: first the lead of the role, then the plant.
LEAD: dict[Role, Role] = {
    Role.SALES: Role.SALES_MANAGER,
    Role.DISPATCH: Role.SHIPPING_MANAGER,
    Role.WAREHOUSE: Role.SHIPPING_MANAGER,
    Role.QUALITY_INSPECTOR: Role.QUALITY_ENGINEER,
}


def lead_of(role: Role) -> Role:
    """The role a question escalates to when *role* does not answer in time."""
    return LEAD.get(role, Role.PLANT_MANAGER)


def led_by(roles: Iterable[Role]) -> frozenset[Role]:
    """The roles whose lead somebody is who holds *roles*."""
    held = frozenset(roles)
    return frozenset(role for role in Role if lead_of(role) in held)
