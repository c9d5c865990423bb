"""Approval policies: proposed by one, confirmed by another; what is published is added to, never changed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, NotAllowed, Principal
from domain.policy import PolicyTable
from domain.policy_publishing import (
    EVERYWHERE,
    Findings,
    InForce,
    PolicyStep,
    PolicyUnfit,
    ProposalLapsed,
    ProposedPolicy,
    Publication,
    admit_confirmation,
    admit_proposal,
    findings_of,
    holding,
    in_force_at,
)
from domain.ports import NotInSystem
from domain.roles import Role
from storage.calendars import known_sites
from storage.database import Database
from storage.identity import roles_at
from storage.requests import RequestKey, remember, remembered
from storage.tables.policies import PolicyProposalRow, PolicyRow
from storage.trail import note

log = structlog.get_logger()

POLICY = "POL-"
"""Under which the trail keeps what was done about a table, before its version."""


class NoPolicy(Exception):
    """No approval policy is in force for the process at the site."""


class Policies:
    """The approval policies in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def propose(
        self,
        table: PolicyTable,
        reason: str,
        site: str,
        by: Principal,
        channel: Channel,
        at: datetime,
        key: RequestKey | None = None,
    ) -> ProposedPolicy:
        """
        The table as it waits for another person, with what trying it on every case has shown.

        One that was proposed before stays as it was proposed then. A refusal is a line on the trail. Raises KeyReused,
        NotAllowed, PolicyUnfit.
        """
        async with self._database.reading() as session:
            if (before := await remembered(session, key)) is not None:
                return ProposedPolicy.model_validate(before)
            known = await session.get(PolicyProposalRow, table.version)
        try:
            admit_proposal(table, site, by, at)
            if known is not None:
                return _proposed(known)
            findings = await self._findings(table, at)
        except (NotAllowed, PolicyUnfit) as refusal:
            async with self._database.transaction() as session:
                await _note(session, PolicyStep.PROPOSAL_REFUSED, table, by, channel, at, str(refusal))
            raise
        async with self._database.transaction() as session:
            row = PolicyProposalRow(
                version=table.version, process=table.process, site=table.site, effective_from=table.effective_from,
                body=table.model_dump(mode="json"), reason=reason, findings=findings.model_dump(mode="json"),
                proposed_by=by.id, proposed_at=at,
            )  # fmt: skip
            session.add(row)
            await _note(session, PolicyStep.PROPOSED, table, by, channel, at, reason, findings=row.findings)
            proposed = _proposed(row)
            remember(session, key, proposed.model_dump(mode="json"), at)
            return proposed

    async def confirm(self, version: str, site: str, by: Principal, channel: Channel, at: datetime) -> ProposedPolicy:
        """
        What was proposed, published: from its day on it is what new cases are pinned to.

        One that had been confirmed before stays as it was confirmed then. A refusal is a line on the trail. Raises
        NotInSystem, NotAllowed, ProposalLapsed.
        """
        async with self._database.transaction() as session:
            row = await session.get(PolicyProposalRow, version, with_for_update=True)
            if row is None or row.site not in (site, EVERYWHERE):
                raise NotInSystem(f"No policy {version} is proposed at {site}.")
            proposed = _proposed(row)
            if proposed.confirmed_at is not None:
                return proposed
            try:
                admit_confirmation(proposed, by, await _roles_wherever_it_holds(session, by.id, row.site), at)
            except (NotAllowed, ProposalLapsed) as refusal:
                log.warning("policy.not_confirmed", by=by.id, version=version, why=str(refusal))
                await _note(session, PolicyStep.CONFIRMATION_REFUSED, proposed.table, by, channel, at, str(refusal))
                refused: Exception = refusal
            else:
                row.confirmed_by, row.confirmed_at = by.id, at
                session.add(row)
                session.add(_published(proposed.table, at, proposed_by=row.proposed_by, confirmed_by=by.id))
                await _note(
                    session, PolicyStep.CONFIRMED, proposed.table, by, channel, at, row.reason,
                    proposed_by=row.proposed_by,
                )  # fmt: skip
                return _proposed(row)
        raise refused

    async def publish_shipped(self, table: PolicyTable, at: datetime) -> bool:
        """
        Whether *table*, which comes with the program, is new; it holds at once.

        The one exception to two people and to a day that is ahead: without a table nothing could be decided.
        """
        async with self._database.transaction() as session:
            if await session.get(PolicyRow, table.version) is not None:
                return False
            session.add(_published(table, at))
            return True

    async def published(self) -> tuple[PolicyRow, ...]:
        """Every version, newest first."""
        async with self._database.reading() as session:
            query = select(PolicyRow).order_by(col(PolicyRow.published_at).desc())
            return tuple((await session.exec(query)).all())

    async def proposed(self, at: datetime, site: str | None = None) -> tuple[ProposedPolicy, ...]:
        """What waits for somebody to confirm it, for *site* or for every site, the one that is to hold first first."""
        query = select(PolicyProposalRow).where(
            col(PolicyProposalRow.confirmed_at).is_(None), PolicyProposalRow.effective_from > at
        )
        if site is not None:
            query = query.where(col(PolicyProposalRow.site).in_([site, EVERYWHERE]))
        async with self._database.reading() as session:
            rows = await session.exec(query.order_by(col(PolicyProposalRow.effective_from)))
            return tuple(map(_proposed, rows.all()))

    async def in_force_at(self, site: str, at: datetime) -> tuple[InForce, ...]:
        """What is in force at *site* at a moment, for each process that has a policy there."""
        async with self._database.reading() as session:
            rows = (await session.exec(select(PolicyRow).where(col(PolicyRow.site).in_([site, EVERYWHERE])))).all()
        by_process: dict[str, list[Publication]] = {}
        for row in rows:
            by_process.setdefault(row.process, []).append(_publication(row))
        found = (in_force_at(published, site, at) for _, published in sorted(by_process.items()))
        return tuple(one for one in found if one is not None)

    async def _findings(self, table: PolicyTable, at: datetime) -> Findings:
        async with self._database.reading() as session:
            try:
                before = await pinned(session, await in_force(session, table.process, table.site, at))
            except NoPolicy:
                before = None
        # Every kind of case is tried: a second of work that nobody else should wait for.
        return await asyncio.to_thread(findings_of, table, before)


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


async def _roles_wherever_it_holds(session: AsyncSession, person: str, site: str) -> frozenset[Role]:
    """The roles *person* holds at the site of a table: at all there are, where it is for every one."""
    if site != EVERYWHERE:
        return await roles_at(session, person, site)
    held = [await roles_at(session, person, one) for one in await known_sites(session)]
    return frozenset.intersection(*held) if held else frozenset()


def _published(
    table: PolicyTable, at: datetime, proposed_by: str | None = None, confirmed_by: str | None = None
) -> PolicyRow:
    return PolicyRow(
        version=table.version, process=table.process, site=table.site, effective_from=table.effective_from,
        effective_until=table.effective_until, published_at=at, proposed_by=proposed_by, confirmed_by=confirmed_by,
        body=table.model_dump(mode="json"),
    )  # fmt: skip


def _publication(row: PolicyRow) -> Publication:
    return Publication.model_validate(row.model_dump(exclude={"body"}))


def _proposed(row: PolicyProposalRow) -> ProposedPolicy:
    return ProposedPolicy.model_validate({**row.model_dump(exclude={"body"}), "table": row.body})


async def _note(
    session: AsyncSession,
    step: PolicyStep,
    table: PolicyTable,
    by: Principal,
    channel: Channel,
    at: datetime,
    reason: str,
    **more: Any,
) -> None:
    details = {"site": table.site, "process": table.process, **more}
    await note(
        session, f"{POLICY}{table.version}", at=at, action=step, by=by, channel=channel, reason=reason, details=details
    )
