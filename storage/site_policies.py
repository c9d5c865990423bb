"""A site's own figures, in versions that are added and never changed; where it has none, those for everywhere hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.policy_publishing import EVERYWHERE
from domain.readiness.policy import ReadinessPolicy
from domain.schedule.policy import SchedulePolicy
from storage.tables.policies import SchedulePolicyRow
from storage.tables.readiness import ReadinessPolicyRow

Row = TypeVar("Row", ReadinessPolicyRow, SchedulePolicyRow)
Policy = TypeVar("Policy", ReadinessPolicy, SchedulePolicy)


class SitePolicies(Protocol[Policy]):
    """The versions of one kind of figures."""

    async def publish(self, policy: Policy, at: datetime) -> bool:
        """Whether *policy* is new; from its effective date on it holds at its site."""

    async def published(self) -> tuple[Policy, ...]:
        """Every version, newest first."""


async def add_version(
    session: AsyncSession, kind: type[Row], policy: ReadinessPolicy | SchedulePolicy, at: datetime
) -> bool:
    """Whether *policy* is new, and kept from now on."""
    if await session.get(kind, policy.version) is not None:
        return False
    session.add(
        kind(
            version=policy.version,
            site=policy.site,
            effective_from=policy.effective_from,
            published_at=at,
            body=policy.model_dump(mode="json"),
        )
    )
    return True


async def versions(session: AsyncSession, kind: type[Row]) -> Sequence[Row]:
    """Every version, newest first."""
    return (await session.exec(select(kind).order_by(col(kind.published_at).desc()))).all()


async def version_in_force(session: AsyncSession, kind: type[Row], site: str, at: datetime) -> Row | None:
    """The site's own at *at*, else that for everywhere; nothing if there is neither."""
    query = (
        select(kind)
        .where(col(kind.site).in_([site, EVERYWHERE]), col(kind.effective_from) <= at)
        .order_by((col(kind.site) == EVERYWHERE).asc(), col(kind.effective_from).desc(), col(kind.published_at).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()
