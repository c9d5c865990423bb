"""Published schedule policies: versions are added, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select

from domain.policy_publishing import EVERYWHERE
from domain.ports import NotInSystem
from domain.schedule.policy import SchedulePolicy
from storage.database import Database
from storage.tables.policies import SchedulePolicyRow


class PublishedSchedulePolicies:
    """The schedule policies in our own database. Satisfies the port ``SchedulePolicies``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish(self, policy: SchedulePolicy, at: datetime) -> bool:
        """Whether *policy* is new; from its effective date on plans at its site are made by it."""
        async with self._database.transaction() as session:
            if await session.get(SchedulePolicyRow, policy.version) is not None:
                return False
            session.add(
                SchedulePolicyRow(
                    version=policy.version,
                    site=policy.site,
                    effective_from=policy.effective_from,
                    published_at=at,
                    body=policy.model_dump(mode="json"),
                )
            )
            return True

    async def published(self) -> tuple[SchedulePolicy, ...]:
        """Every version, newest first."""
        async with self._database.reading() as session:
            query = select(SchedulePolicyRow).order_by(col(SchedulePolicyRow.published_at).desc())
            return tuple(SchedulePolicy.model_validate(row.body) for row in (await session.exec(query)).all())

    async def in_force(self, site: str, at: datetime) -> SchedulePolicy:
        """The site's own figures at *at*, else those for everywhere. Raises NotInSystem."""
        query = (
            select(SchedulePolicyRow)
            .where(col(SchedulePolicyRow.site).in_([site, EVERYWHERE]), col(SchedulePolicyRow.effective_from) <= at)
            .order_by(
                (col(SchedulePolicyRow.site) == EVERYWHERE).asc(),
                col(SchedulePolicyRow.effective_from).desc(),
                col(SchedulePolicyRow.published_at).desc(),
            )
            .limit(1)
        )
        async with self._database.reading() as session:
            row = (await session.exec(query)).first()
        if row is None:
            raise NotInSystem(
                f"No schedule policy is in force at {site}. Publish one with: lockstep schedule policy FILE --publish"
            )
        return SchedulePolicy.model_validate(row.body)
