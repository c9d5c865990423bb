"""Published readiness policies: versions are added, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.policy_publishing import EVERYWHERE
from domain.readiness.policy import ReadinessPolicy
from domain.timing import Timing
from storage.database import Database
from storage.policies import NoPolicy
from storage.site_policies import add_version, version_in_force, versions
from storage.tables.readiness import ReadinessPolicyRow, ThingRow


class ReadinessPolicies:
    """The readiness policies in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish(self, policy: ReadinessPolicy, at: datetime) -> bool:
        """Whether *policy* is new; from its effective date on its site is judged by it."""
        async with self._database.transaction() as session:
            if not await add_version(session, ReadinessPolicyRow, policy, at):
                return False
            await _judge_again(session, policy.site, max(at, policy.effective_from))
            return True

    async def published(self) -> tuple[ReadinessPolicy, ...]:
        """Every version, newest first."""
        async with self._database.reading() as session:
            rows = await versions(session, ReadinessPolicyRow)
        return tuple(ReadinessPolicy.model_validate(row.body) for row in rows)


async def readiness_policy(session: AsyncSession, site: str, at: datetime) -> ReadinessPolicy:
    """By what *site* is judged at *at*: by its own figures, else by those for everywhere. Raises NoPolicy."""
    row = await version_in_force(session, ReadinessPolicyRow, site, at)
    if row is None:
        raise NoPolicy(
            f"No readiness policy is in force at {site}. Publish one with: lockstep readiness policy FILE --publish"
        )
    return ReadinessPolicy.model_validate(row.body)


async def timing_at(session: AsyncSession, site: str, at: datetime) -> Timing:
    """By when things are due at *site* at *at*; where nobody has published anything, as it comes with the program."""
    try:
        return (await readiness_policy(session, site, at)).timing
    except NoPolicy:
        return Timing()


async def _judge_again(session: AsyncSession, site: str, at: datetime) -> None:
    """Everything at *site* is judged by other figures from *at* on."""
    due_at = col(ThingRow.due_at)
    everywhere = [] if site == EVERYWHERE else [col(ThingRow.site) == site]
    await session.exec(update(ThingRow).where(or_(due_at.is_(None), due_at > at), *everywhere).values(due_at=at))
