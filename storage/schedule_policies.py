"""Published schedule policies: versions are added, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.fact import Fact
from domain.ports import NotInSystem
from domain.schedule.damping import Damping
from domain.schedule.policy import SchedulePolicy
from domain.triggers import moved
from storage.database import Database
from storage.site_policies import PublishedFigures, add_version, version_in_force, versions
from storage.tables.policies import SchedulePolicyRow


class PublishedSchedulePolicies:
    """The schedule policies in our own database. Satisfies the port ``SchedulePolicies``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish_shipped(self, policy: SchedulePolicy, at: datetime) -> bool:
        """Whether *policy*, which comes with the program, is new; plans at its site are made by it from its day on."""
        async with self._database.transaction() as session:
            return await publish_schedule_policy(session, policy, at)

    async def published(self) -> tuple[PublishedFigures[SchedulePolicy], ...]:
        """Every version, newest first."""
        async with self._database.reading() as session:
            return await versions(session, SchedulePolicyRow, SchedulePolicy)

    async def in_force(self, site: str, at: datetime) -> SchedulePolicy:
        """The site's own figures at *at*, else those for everywhere. Raises NotInSystem."""
        async with self._database.reading() as session:
            row = await version_in_force(session, SchedulePolicyRow, site, at)
        if row is None:
            raise NotInSystem(
                f"No schedule policy is in force at {site}. Propose one with: lockstep schedule policy FILE --publish"
            )
        return SchedulePolicy.model_validate(row.body)


async def damping_of(session: AsyncSession, before: Fact, told: Fact, at: datetime) -> Damping:
    """
    What is too small to trouble anybody with when *told* is so instead of what was *before*.

    It is looked up only where something was moved, as it rarely was. It is what comes with the program where nothing
    is published.
    """
    row = await version_in_force(session, SchedulePolicyRow, told.site, at) if moved(before, told) else None
    return Damping() if row is None else SchedulePolicy.model_validate(row.body).damping


async def publish_schedule_policy(
    session: AsyncSession,
    policy: SchedulePolicy,
    at: datetime,
    proposed_by: str | None = None,
    confirmed_by: str | None = None,
) -> bool:
    """Whether *policy* is new; from its effective date on plans at its site are made by it."""
    return await add_version(session, SchedulePolicyRow, policy, at, proposed_by, confirmed_by)
