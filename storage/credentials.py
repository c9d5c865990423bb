"""Keys of machines and tokens of people: given out, kept by their hash, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, Principal, PrincipalKind
from storage.alone import alone
from storage.database import Database
from storage.tables.access import CredentialRow
from storage.trail import COMMAND_LINE, note

MOST_KEYS = 2
"""Of one machine, in force at once: the one it has, and the one that takes its place."""


class TooManyKeys(Exception):
    """A machine has as many keys as it may have. No other was given out."""


@dataclass(frozen=True)
class Credential:
    """Something that is accepted from a caller, known by its hash only."""

    id: str
    sha256: str
    """Of all that is shown, as hexadecimal digits."""
    principal: Principal
    sites: tuple[str, ...]
    scopes: tuple[str, ...]
    sources: tuple[str, ...] = ()
    """The sources whose events a machine may bring, each whole or up to a ``*``; none named means any."""
    kinds: tuple[str, ...] = ()
    """The types of event it may bring, likewise."""
    expires_at: datetime | None = None
    """When it is accepted no longer; nothing means that it is until it is revoked."""


class Credentials:
    """What callers may show."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, credential: Credential, at: datetime) -> None:
        """Accept *credential* from now on; for a person its sites are those of his roles. Raises TooManyKeys."""
        async with self._database.transaction() as session:
            # First: a key that is given out meanwhile is no row yet that could be locked, and counts all the same.
            await alone(session)
            before = await session.get(CredentialRow, credential.id)
            if credential.principal.kind is PrincipalKind.MACHINE:
                await _refuse_too_many(session, credential, at)
            await session.merge(
                CredentialRow(
                    id=credential.id,
                    sha256=credential.sha256,
                    principal=credential.principal.model_dump(mode="json"),
                    sites=list(credential.sites),
                    scopes=list(credential.scopes),
                    sources=list(credential.sources),
                    kinds=list(credential.kinds),
                    expires_at=credential.expires_at,
                    revoked_at=None,
                )
            )
            if before is None or before.revoked_at is not None:
                expires = None if credential.expires_at is None else credential.expires_at.isoformat()
                await note(
                    session, f"credential/{credential.id}", at=at, action="credential_given", by=COMMAND_LINE,
                    channel=Channel.COMMAND_LINE,
                    details={
                        "to": credential.principal.model_dump(mode="json"), "sites": list(credential.sites),
                        "scopes": list(credential.scopes), "sources": list(credential.sources),
                        "kinds": list(credential.kinds), "expires_at": expires,
                    },
                )  # fmt: skip

    async def revoke(self, credential_id: str, at: datetime) -> bool:
        """Whether there is such a credential; from now on it is not accepted."""
        async with self._database.transaction() as session:
            row = await session.get(CredentialRow, credential_id, with_for_update=True)
            if row is not None and row.revoked_at is None:
                row.revoked_at = at
                session.add(row)
                await note(
                    session, f"credential/{credential_id}", at=at, action="credential_revoked", by=COMMAND_LINE,
                    channel=Channel.COMMAND_LINE, details={"of": row.principal},
                )  # fmt: skip
            return row is not None

    async def in_force(self, at: datetime) -> tuple[Credential, ...]:
        """Every credential that is accepted at *at*, by whom it is of, the one that ends first first."""
        async with self._database.reading() as session:
            rows = (await session.exec(select(CredentialRow).where(col(CredentialRow.revoked_at).is_(None)))).all()
        known = [_credential(row) for row in rows if is_in_force(row, at)]
        return tuple(
            sorted(
                known, key=lambda one: (one.principal.kind, one.principal.id, one.expires_at is None, one.expires_at)
            )
        )


def is_in_force(row: CredentialRow, at: datetime) -> bool:
    """Whether the credential is accepted at *at*."""
    return row.revoked_at is None and (row.expires_at is None or at < row.expires_at)


async def _refuse_too_many(session: AsyncSession, credential: Credential, at: datetime) -> None:
    rows = (await session.exec(select(CredentialRow).where(CredentialRow.id != credential.id))).all()
    holder = credential.principal
    others = [
        row.id
        for row in rows
        if (row.principal["kind"], row.principal["id"]) == (holder.kind, holder.id) and is_in_force(row, at)
    ]
    if len(others) >= MOST_KEYS:
        raise TooManyKeys(
            f"{holder.id} has {len(others)} keys in force, {' and '.join(sorted(others))}. Revoke the one it no longer "
            f"uses first: lockstep credential revoke {min(others)}"
        )


def _credential(row: CredentialRow) -> Credential:
    return Credential(
        id=row.id,
        sha256=row.sha256,
        principal=Principal.model_validate(row.principal),
        sites=tuple(row.sites),
        scopes=tuple(row.scopes),
        sources=tuple(row.sources),
        kinds=tuple(row.kinds),
        expires_at=row.expires_at,
    )
