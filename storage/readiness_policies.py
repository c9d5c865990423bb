"""Published readiness policies: versions are added, never changed; what is due by them comes when they say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.policy_publishing import EVERYWHERE
from domain.readiness.policy import ReadinessPolicy
from domain.timing import Timing
from storage.alone import alone, must_be_alone
from storage.database import Database
from storage.policies import NoPolicy
from storage.site_policies import PublishedFigures, add_version, in_force_until, version_in_force, versions
from storage.tables.plant import FactRow
from storage.tables.readiness import ReadinessPolicyRow, ThingRow


class ReadinessPolicies:
    """The readiness policies in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish_shipped(self, policy: ReadinessPolicy, at: datetime) -> bool:
        """Whether *policy*, which comes with the program, is new; its site is judged by it from its day on."""
        async with self._database.transaction() as session:
            await alone(session)
            return await publish_readiness_policy(session, policy, at)

    async def published(self) -> tuple[PublishedFigures[ReadinessPolicy], ...]:
        """Every version, newest first."""
        async with self._database.reading() as session:
            return await versions(session, ReadinessPolicyRow, ReadinessPolicy)


async def publish_readiness_policy(
    session: AsyncSession,
    policy: ReadinessPolicy,
    at: datetime,
    proposed_by: str | None = None,
    confirmed_by: str | None = None,
) -> bool:
    """
    Whether *policy* is new; from its effective date on everything at its site is judged by it.

    Within a transaction that is alone: it has every fact looked at again.
    """
    must_be_alone(session)
    if not await add_version(session, ReadinessPolicyRow, policy, at, proposed_by, confirmed_by):
        return False
    begins = max(at, policy.effective_from)
    await _look_again(session, ThingRow, policy.site, begins, col(ThingRow.due_at).is_(None))
    # A fact that has no moment to come has none by other figures either.
    await _look_again(session, FactRow, policy.site, begins)
    return True


async def readiness_policy(session: AsyncSession, site: str, at: datetime) -> ReadinessPolicy:
    """By what *site* is judged at *at*: by its own figures, else by those for everywhere. Raises NoPolicy."""
    row = await version_in_force(session, ReadinessPolicyRow, site, at)
    if row is None:
        raise NoPolicy(
            f"No readiness policy is in force at {site}. Propose one with: lockstep readiness policy FILE --publish"
        )
    return ReadinessPolicy.model_validate(row.body)


async def timing_at(session: AsyncSession, site: str, at: datetime) -> Timing:
    """By when things are due at *site* at *at*; where nobody has published anything, as it comes with the program."""
    return (await timing_until(session, site, at))[0]


async def timing_until(session: AsyncSession, site: str, at: datetime) -> tuple[Timing, datetime | None]:
    """The same, and when others begin to hold; nothing as long as none were published for later."""
    row, until = await in_force_until(session, ReadinessPolicyRow, site, at)
    return Timing() if row is None else ReadinessPolicy.model_validate(row.body).timing, until


async def _look_again(
    session: AsyncSession, kind: type[ThingRow | FactRow], site: str, at: datetime, *too: ColumnElement[bool]
) -> None:
    """Everything of *kind* at *site* that is due later, and what of it is named *too*, is due from *at* on."""
    which = (or_(col(kind.due_at) > at, *too), *([] if site == EVERYWHERE else [col(kind.site) == site]))
    # Locked in one order, as by whoever judges what is due, so that nobody waits for each other.
    by_key = select(kind.key).where(*which).order_by(col(kind.kind), col(kind.site), col(kind.key))
    await session.exec(by_key.with_for_update())
    await session.exec(update(kind).where(*which).values(due_at=at))
