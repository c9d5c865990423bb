"""Who calls: keys and tokens by their hash, and the roles people hold right now."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Principal, PrincipalKind
from domain.electronic_signature import Proof
from domain.master_data import Person
from domain.roles import Role
from storage.credentials import is_in_force
from storage.database import Database
from storage.groups import members_at, roles_by_groups
from storage.tables.access import CredentialRow
from storage.tables.plant import FactRow


@dataclass(frozen=True)
class Caller:
    """Who calls, where he may act, and in which roles."""

    principal: Principal
    sites: tuple[str, ...]
    scopes: tuple[str, ...]
    """What a machine may do: ``events``, ``cases``."""
    roles: dict[str, frozenset[Role]] = field(default_factory=dict)
    """By site, read anew at every call."""
    sources: tuple[str, ...] = ()
    """Whose events a machine may bring, each whole or up to a ``*``; none named means anybody's."""
    kinds: tuple[str, ...] = ()
    """Which types of event it may bring, likewise."""
    key_expires_at: datetime | None = None
    """When a machine's key ends; nothing if it never does."""
    proof: Proof | None = None
    """How and when he last proved who he is, where what he shows says so of itself."""

    def may_see(self, site: str) -> bool:
        """Whether things at *site* exist for this caller."""
        return site in self.sites


class Identity:
    """Callers by what they show."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def caller(self, shown: str, at: datetime) -> Caller | None:
        """Who shows ``ls?_<id>_<secret>``; nothing if that is not, or no longer, a credential at *at*."""
        parts = shown.split("_", 2)
        if len(parts) != 3 or len(shown) > 200:
            return None
        async with self._database.reading() as session:
            row = await session.get(CredentialRow, parts[1])
            if row is None or not is_in_force(row, at):
                return None
            if not hmac.compare_digest(hashlib.sha256(shown.encode()).hexdigest(), row.sha256):
                return None
            principal = Principal.model_validate(row.principal)
            if principal.kind is not PrincipalKind.PERSON:
                return Caller(
                    principal, tuple(row.sites), tuple(row.scopes), sources=tuple(row.sources), kinds=tuple(row.kinds),
                    key_expires_at=row.expires_at,
                )  # fmt: skip
            return await _person(session, principal)

    async def person(self, principal: Principal) -> Caller | None:
        """Somebody who has been proven to be *principal*; nothing if he has no part in any site."""
        async with self._database.reading() as session:
            return await _person(session, principal)


async def _person(session: AsyncSession, principal: Principal) -> Caller | None:
    roles = await roles_by_site(session, principal.id)
    return Caller(principal, tuple(roles), (), roles) if roles else None


async def roles_at(session: AsyncSession, person: str, site: str) -> frozenset[Role]:
    """The roles *person* holds at *site* now."""
    return (await roles_by_site(session, person)).get(site, frozenset())


async def people_at(session: AsyncSession, site: str) -> dict[str, frozenset[Role]]:
    """Everybody who holds roles at *site* now, with his roles: those the facts give him, and those his groups do."""
    rows = (await session.exec(select(FactRow).where(FactRow.kind == Person.kind, FactRow.site == site))).all()
    people = [Person.model_validate(row.body) for row in rows]
    by_facts = {known.person: frozenset(known.roles) for known in people if known.active}
    by_groups = await members_at(session, site)
    left = {known.person for known in people if not known.active}
    return {
        person: by_facts.get(person, frozenset()) | by_groups.get(person, frozenset())
        for person in sorted({*by_facts, *by_groups} - left)
    }


async def roles_by_site(session: AsyncSession, person: str) -> dict[str, frozenset[Role]]:
    """The roles *person* holds now, by site: those the facts give him, and those his groups do."""
    rows = (await session.exec(select(FactRow).where(FactRow.kind == Person.kind, FactRow.key == person))).all()
    people = [Person.model_validate(row.body) for row in rows]
    by_facts = {known.site: frozenset(known.roles) for known in people if known.active}
    by_groups = await roles_by_groups(session, person)
    # Who has left a site by the facts has left it, whatever groups he was forgotten in.
    left = {known.site for known in people if not known.active}
    return {
        site: by_facts.get(site, frozenset()) | by_groups.get(site, frozenset())
        for site in sorted({*by_facts, *by_groups} - left)
    }
