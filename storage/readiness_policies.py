"""Published readiness policies: versions are added, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.policy_publishing import EVERYWHERE
from domain.readiness.policy import ReadinessPolicy
from domain.timing import Timing
from storage.database import Database
from storage.policies import NoPolicy
from storage.tables.readiness import ReadinessPolicyRow, ThingRow


class ReadinessPolicies:
    """The readiness policies in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish(self, policy: ReadinessPolicy, at: datetime) -> bool:
        """Whether *policy* is new; from its effective date on its site is judged by it."""
        async with self._database.transaction() as session:
            if await session.get(ReadinessPolicyRow, policy.version) is not None:
                return False
            session.add(
                ReadinessPolicyRow(
                    version=policy.version,
                    site=policy.site,
                    effective_from=policy.effective_from,
                    published_at=at,
                    body=policy.model_dump(mode="json"),
                )
            )
            await _judge_again(session, policy.site, max(at, policy.effective_from))
            return True

    async def published(self) -> tuple[ReadinessPolicy, ...]:
        """Every version, newest first."""
        async with self._database.reading() as session:
            query = select(ReadinessPolicyRow).order_by(col(ReadinessPolicyRow.published_at).desc())
            return tuple(ReadinessPolicy.model_validate(row.body) for row in (await session.exec(query)).all())


async def readiness_policy(session: AsyncSession, site: str, at: datetime) -> ReadinessPolicy:
    """By what *site* is judged at *at*: by its own figures, else by those for everywhere. Raises NoPolicy."""
    query = (
        select(ReadinessPolicyRow)
        .where(col(ReadinessPolicyRow.site).in_([site, EVERYWHERE]), col(ReadinessPolicyRow.effective_from) <= at)
        .order_by(
            (col(ReadinessPolicyRow.site) == EVERYWHERE).asc(),
            col(ReadinessPolicyRow.effective_from).desc(),
            col(ReadinessPolicyRow.published_at).desc(),
        )
        .limit(1)
    )
    row = (await session.exec(query)).first()
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
