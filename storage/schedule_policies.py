"""Published schedule policies: versions are added, never changed."""

from __future__ import annotations

from datetime import datetime

from domain.ports import NotInSystem
from domain.schedule.policy import SchedulePolicy
from storage.database import Database
from storage.site_policies import add_version, version_in_force, versions
from storage.tables.policies import SchedulePolicyRow


class PublishedSchedulePolicies:
    """The schedule policies in our own database. Satisfies the port ``SchedulePolicies``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish(self, policy: SchedulePolicy, at: datetime) -> bool:
        """Whether *policy* is new; from its effective date on plans at its site are made by it."""
        async with self._database.transaction() as session:
            return await add_version(session, SchedulePolicyRow, policy, at)

    async def published(self) -> tuple[SchedulePolicy, ...]:
        """Every version, newest first."""
        async with self._database.reading() as session:
            rows = await versions(session, SchedulePolicyRow)
        return tuple(SchedulePolicy.model_validate(row.body) for row in rows)

    async def in_force(self, site: str, at: datetime) -> SchedulePolicy:
        """The site's own figures at *at*, else those for everywhere. Raises NotInSystem."""
        async with self._database.reading() as session:
            row = await version_in_force(session, SchedulePolicyRow, site, at)
        if row is None:
            raise NotInSystem(
                f"No schedule policy is in force at {site}. Publish one with: lockstep schedule policy FILE --publish"
            )
        return SchedulePolicy.model_validate(row.body)
