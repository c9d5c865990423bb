"""A site's own figures, in versions that are added and never changed; where it has none, those for everywhere hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.policy_publishing import EVERYWHERE, Figures
from domain.readiness.policy import ReadinessPolicy
from domain.schedule.policy import SchedulePolicy
from storage.tables.policies import SchedulePolicyRow
from storage.tables.readiness import ReadinessPolicyRow

Row = TypeVar("Row", ReadinessPolicyRow, SchedulePolicyRow)
Policy = TypeVar("Policy", ReadinessPolicy, SchedulePolicy)


@dataclass(frozen=True)
class PublishedFigures(Generic[Policy]):
    """Figures as they were published."""

    table: Policy
    proposed_by: str | None
    confirmed_by: str | None
    """Nobody where they came with the program."""


class SitePolicies(Protocol[Policy]):
    """The versions of one kind of figures."""

    async def publish_shipped(self, policy: Policy, at: datetime) -> bool:
        """Whether *policy*, which comes with the program, is new; from its effective date on it holds at its site."""

    async def published(self) -> tuple[PublishedFigures[Policy], ...]:
        """Every version, newest first."""


async def add_version(
    session: AsyncSession, kind: type[Row], policy: Figures, at: datetime, proposed_by: str | None,
    confirmed_by: str | None,
) -> bool:  # fmt: skip
    """Whether *policy* is new, and kept from now on."""
    if await session.get(kind, policy.version) is not None:
        return False
    session.add(
        kind(
            version=policy.version,
            site=policy.site,
            effective_from=policy.effective_from,
            published_at=at,
            proposed_by=proposed_by,
            confirmed_by=confirmed_by,
            body=policy.model_dump(mode="json"),
        )
    )
    return True


async def versions(
    session: AsyncSession, kind: type[Row], figures: type[Policy]
) -> tuple[PublishedFigures[Policy], ...]:
    """Every version, newest first."""
    rows = (await session.exec(select(kind).order_by(col(kind.published_at).desc()))).all()
    return tuple(PublishedFigures(figures.model_validate(row.body), row.proposed_by, row.confirmed_by) for row in rows)


async def version_in_force(session: AsyncSession, kind: type[Row], site: str, at: datetime) -> Row | None:
    """The site's own at *at*, else that for everywhere; nothing if there is neither."""
    query = (
        select(kind)
        .where(col(kind.site).in_([site, EVERYWHERE]), col(kind.effective_from) <= at)
        .order_by((col(kind.site) == EVERYWHERE).asc(), col(kind.effective_from).desc(), col(kind.published_at).desc())
        .limit(1)
    )
    return (await session.exec(query)).first()


async def begins_next(session: AsyncSession, kind: type[Row], site: str, at: datetime) -> datetime | None:
    """When, after *at*, other figures begin to hold at the site, its own or those for everywhere."""
    query = select(func.min(col(kind.effective_from))).where(
        col(kind.site).in_([site, EVERYWHERE]), col(kind.effective_from) > at
    )
    return (await session.exec(query)).one()
