"""Published approval policies: versions are added, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.policy import PolicyTable
from storage.database import Database
from storage.tables.policies import PolicyRow

EVERYWHERE = "*"
"""The site of a table that holds where a site has none of its own."""


class NoPolicy(Exception):
    """No approval policy is in force for the process at the site."""


class Policies:
    """The approval policies in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish(self, table: PolicyTable, at: datetime) -> bool:
        """Whether *table* is new; from its effective date on it is what new cases are pinned to."""
        async with self._database.transaction() as session:
            if await session.get(PolicyRow, table.version) is not None:
                return False
            session.add(
                PolicyRow(
                    version=table.version,
                    process=table.process,
                    site=table.site,
                    effective_from=table.effective_from,
                    published_at=at,
                    body=table.model_dump(mode="json"),
                )
            )
            return True

    async def published(self) -> tuple[PolicyRow, ...]:
        """Every version, newest first."""
        async with self._database.reading() as session:
            query = select(PolicyRow).order_by(col(PolicyRow.published_at).desc())
            return tuple((await session.exec(query)).all())


async def in_force(session: AsyncSession, process: str, site: str, at: datetime) -> str:
    """The version that a case opened at *at* is pinned to. Raises NoPolicy."""
    query = (
        select(PolicyRow)
        .where(
            PolicyRow.process == process,
            col(PolicyRow.site).in_([site, EVERYWHERE]),
            col(PolicyRow.effective_from) <= at,
        )
        .order_by(col(PolicyRow.effective_from).desc(), col(PolicyRow.published_at).desc())
    )
    rows = (await session.exec(query)).all()
    for wanted in (site, EVERYWHERE):
        for row in rows:
            if row.site == wanted:
                return row.version
    raise NoPolicy(f"No approval policy for {process} is in force at {site}.")


async def pinned(session: AsyncSession, version: str) -> PolicyTable:
    """The table of a version a case is pinned to."""
    row = await session.get(PolicyRow, version)
    if row is None:
        raise NoPolicy(f"The policy version {version} is not in the record.")
    return PolicyTable.model_validate(row.body)
