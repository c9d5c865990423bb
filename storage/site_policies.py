"""A site's own figures, in versions that are added and never changed; where it has none, those for everywhere hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

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
    query = select(kind).where(_of_site(kind, site), col(kind.effective_from) <= at).order_by(*_own_first(kind))
    return (await session.exec(query.limit(1))).first()


async def in_force_until(
    session: AsyncSession, kind: type[Row], site: str, at: datetime
) -> tuple[Row | None, datetime | None]:
    """The same, and when others begin to hold there; in one query, as it is asked with every fact that is kept."""
    query = select(kind, _next_beginning(kind, site, at).scalar_subquery())
    query = query.where(_of_site(kind, site), col(kind.effective_from) <= at).order_by(*_own_first(kind))
    return (await session.exec(query.limit(1))).first() or (None, None)


async def begins_next(session: AsyncSession, kind: type[Row], site: str, at: datetime) -> datetime | None:
    """When, after *at*, other figures begin to hold at the site, its own or those for everywhere."""
    return (await session.exec(_next_beginning(kind, site, at))).one()


def _next_beginning(kind: type[Row], site: str, at: datetime) -> SelectOfScalar[datetime]:
    return select(func.min(col(kind.effective_from))).where(_of_site(kind, site), col(kind.effective_from) > at)


def _of_site(kind: type[Row], site: str) -> ColumnElement[bool]:
    return col(kind.site).in_([site, EVERYWHERE])


def _own_first(kind: type[Row]) -> tuple[ColumnElement[Any], ...]:
    return (
        (col(kind.site) == EVERYWHERE).asc(), col(kind.effective_from).desc(), col(kind.published_at).desc()
    )  # fmt: skip
