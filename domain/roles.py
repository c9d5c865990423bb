"""Who does what in a plant, by role; a person holds roles per site."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from domain.words import in_words


class Role(StrEnum):
    """A function that owns questions. Mapped to people, site by site."""

    SALES = "sales"
    SALES_MANAGER = "sales_manager"
    PLANNER = "planner"
    PRODUCTION = "production"
    PLANT_MANAGER = "plant_manager"
    DUTY_MANAGER = "duty_manager"
    """Who is in charge when the plant manager cannot be had."""
    BUYER = "buyer"
    FINANCE = "finance"
    COMPLIANCE = "compliance"
    """Who says what may go abroad."""
    QUALITY_INSPECTOR = "quality_inspector"
    QUALITY_ENGINEER = "quality_engineer"
    ENGINEERING = "engineering"
    WAREHOUSE = "warehouse"
    DISPATCH = "dispatch"
    SHIPPING_MANAGER = "shipping_manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


# Who leads whom. Roles without a lead of their own are led by the plant manager.
LEAD: dict[Role, Role] = {
    Role.SALES: Role.SALES_MANAGER,
    Role.DISPATCH: Role.SHIPPING_MANAGER,
    Role.WAREHOUSE: Role.SHIPPING_MANAGER,
    Role.QUALITY_INSPECTOR: Role.QUALITY_ENGINEER,
}


def lead_of(role: Role) -> Role:
    """The role that leads *role*, and that its questions escalate to first."""
    return LEAD.get(role, Role.PLANT_MANAGER)


def above(role: Role) -> tuple[Role, ...]:
    """Whoever leads *role*, and whoever leads them, nearest first."""
    lead = lead_of(role)
    return () if lead is role else (lead, *above(lead))


def led_by(roles: Iterable[Role]) -> frozenset[Role]:
    """The roles whose lead somebody is who holds *roles*."""
    held = frozenset(roles)
    return frozenset(role for role in Role if lead_of(role) in held)


def listed(roles: Iterable[Role]) -> str:
    """Roles as they are read, each once: ``sales manager, planner``."""
    return ", ".join(in_words(role) for role in dict.fromkeys(roles))
