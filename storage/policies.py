"""Published approval policies: versions are added, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.policy import PolicyTable
from domain.policy_publishing import EVERYWHERE, InForce, Publication, holding, in_force_at
from storage.database import Database
from storage.tables.policies import PolicyRow


class NoPolicy(Exception):
    """No approval policy is in force for the process at the site."""


class Policies:
    """The approval policies in our own database. Satisfies the port ``ApprovalPolicies``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish_shipped(self, table: PolicyTable, at: datetime) -> bool:
        """
        Whether *table*, which comes with the program, is new; it holds at once.

        The one exception to two people and to a day that is ahead: without a table nothing could be decided.
        """
        async with self._database.transaction() as session:
            if await session.get(PolicyRow, table.version) is not None:
                return False
            publish_policy(session, table, at)
            return True

    async def published(self) -> tuple[PolicyRow, ...]:
        """Every version, newest first."""
        async with self._database.reading() as session:
            query = select(PolicyRow).order_by(col(PolicyRow.published_at).desc())
            return tuple((await session.exec(query)).all())

    async def in_force_at(self, site: str, at: datetime) -> tuple[InForce, ...]:
        """What is in force at *site* at a moment, for each process that has a policy there."""
        async with self._database.reading() as session:
            rows = (await session.exec(select(PolicyRow).where(col(PolicyRow.site).in_([site, EVERYWHERE])))).all()
        by_process: dict[str, list[Publication]] = {}
        for row in rows:
            by_process.setdefault(row.process, []).append(_publication(row))
        found = (in_force_at(published, site, at) for _, published in sorted(by_process.items()))
        return tuple(one for one in found if one is not None)

    async def table_in_force(self, process: str, site: str, at: datetime) -> PolicyTable | None:
        """The site's own table at *at*, else that for everywhere; nothing where there is neither."""
        async with self._database.reading() as session:
            try:
                return await pinned(session, await in_force(session, process, site, at))
            except NoPolicy:
                return None


async def in_force(session: AsyncSession, process: str, site: str, at: datetime) -> str:
    """The version that a case opened at *at* is pinned to. Raises NoPolicy."""
    query = select(PolicyRow).where(PolicyRow.process == process, col(PolicyRow.site).in_([site, EVERYWHERE]))
    found = holding(map(_publication, (await session.exec(query)).all()), site, at)
    if found is None:
        raise NoPolicy(f"No approval policy for {process} is in force at {site}.")
    return found.version


async def pinned(session: AsyncSession, version: str) -> PolicyTable:
    """The table of a version a case is pinned to."""
    row = await session.get(PolicyRow, version)
    if row is None:
        raise NoPolicy(f"The policy version {version} is not in the record.")
    return PolicyTable.model_validate(row.body)


def publish_policy(
    session: AsyncSession,
    table: PolicyTable,
    at: datetime,
    proposed_by: str | None = None,
    confirmed_by: str | None = None,
) -> None:
    """Have *table* rule what is opened from its day on."""
    row = PolicyRow(
        version=table.version, process=table.process, site=table.site, effective_from=table.effective_from,
        effective_until=table.effective_until, published_at=at, proposed_by=proposed_by, confirmed_by=confirmed_by,
        body=table.model_dump(mode="json"),
    )  # fmt: skip
    session.add(row)


def _publication(row: PolicyRow) -> Publication:
    return Publication.model_validate(row.model_dump(exclude={"body"}))
