"""Waivers: who takes it upon himself to go on although something is not ready."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.roles import Role
from domain.subject import Identifier

WAIVED_BY: Final[dict[str, frozenset[Role]]] = {
    "materials_ready": frozenset({Role.PLANNER, Role.PRODUCTION}),
    "documents_complete": frozenset({Role.SHIPPING_MANAGER}),
    "slot_booked": frozenset({Role.SHIPPING_MANAGER}),
}
"""Who must agree, role by role. What is not listed nobody can waive: no source says how grave a hold is, so what
quality has not cleared counts as grave; what is not produced takes an order change; four eyes are never waived."""


class Consent(BaseModel):
    """A person who agreed, in a role."""

    model_config = ConfigDict(frozen=True)

    person: Identifier
    role: Role


class Waiver(BaseModel):
    """That something may go on although it is not ready. It stands beside the value and never changes it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    predicate: str
    site: Identifier
    subject: str
    """The key of the job or shipment it is for, and no other."""
    waived_by: tuple[Consent, ...]
    reason: str
    expires_at: AwareDatetime
    """The waiver is good until just before this instant."""

    def holds(self, predicate: str, site: str, subject: str, at: datetime) -> bool:
        """Whether it is for this and still good, and each role that must agree has a person of its own."""
        needed = WAIVED_BY.get(predicate)
        if needed is None or (self.predicate, self.site, self.subject) != (predicate, site, subject):
            return False
        agreed = {consent.role: consent.person for consent in self.waived_by if consent.role in needed}
        return at < self.expires_at and set(agreed) == needed and len(set(agreed.values())) == len(needed)
