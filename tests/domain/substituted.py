"""Substitutions as they are wanted and as they are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from domain.decision import Principal, PrincipalKind
from domain.roles import Role
from domain.substitution import Substitution, SubstitutionDraft

TODAY = date(2026, 10, 5)
NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
PROCESS = "order_change"
PLANNER, SALES, SALES_MANAGER, PLANT_MANAGER = Role.PLANNER, Role.SALES, Role.SALES_MANAGER, Role.PLANT_MANAGER


def person(name: str) -> Principal:
    """Somebody."""
    return Principal(kind=PrincipalKind.PERSON, id=name)


def days(number: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=number)


def draft(*roles: Role, process: str | None = None, first: int = 0, last: int = 4) -> SubstitutionDraft:
    """Petra is to answer for Boris."""
    return SubstitutionDraft(
        site="north", process=process, absent="boris", substitute="petra", roles=roles,
        first_day=days(first), last_day=days(last), reason="On leave.",
    )  # fmt: skip


def kept(wanted: SubstitutionDraft, *roles: Role, name: str = "SUB-1") -> Substitution:
    """What is wanted, given for *roles*."""
    return Substitution(**{**dict(wanted), "roles": roles}, id=name, given_by="boris", given_at=NOW)
