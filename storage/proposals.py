"""Policies of every kind, proposed by one and confirmed by another."""

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
    AnyPolicy,
    Findings,
    PolicyStep,
    PolicyUnfit,
    ProposalLapsed,
    ProposedPolicy,
    admit_confirmation,
    admit_proposal,
    findings_of,
    kind_of,
)
from domain.ports import NotInSystem
from domain.readiness.policy import ReadinessPolicy
from domain.roles import Role
from domain.schedule.policy import SchedulePolicy
from storage.alone import alone
from storage.calendars import known_sites
from storage.database import Database
from storage.identity import roles_at
from storage.policies import NoPolicy, in_force, pinned, publish_policy
from storage.readiness_policies import publish_readiness_policy
from storage.requests import RequestKey, remember, remembered
from storage.schedule_policies import publish_schedule_policy
from storage.tables.policies import PolicyProposalRow
from storage.trail import note

log = structlog.get_logger()

POLICY = "POL-"
"""Under which the trail keeps what was done about a table, before its version."""


class Proposals:
    """The policies that somebody wants to hold."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def propose(
        self,
        table: AnyPolicy,
        reason: str,
        site: str,
        by: Principal,
        channel: Channel,
        at: datetime,
        key: RequestKey | None = None,
    ) -> ProposedPolicy:
        """
        The table as it waits for another person; one of rules with what trying it on every case has shown.

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
            findings = await self._findings(table, at) if isinstance(table, PolicyTable) else None
        except (NotAllowed, PolicyUnfit) as refusal:
            async with self._database.transaction() as session:
                await _note(session, PolicyStep.PROPOSAL_REFUSED, table, by, channel, at, str(refusal))
            raise
        async with self._database.transaction() as session:
            row = PolicyProposalRow(
                version=table.version, kind=kind_of(table), process=_process_of(table), site=table.site,
                effective_from=table.effective_from, body=table.model_dump(mode="json"), reason=reason,
                findings=None if findings is None else findings.model_dump(mode="json"),
                proposed_by=by.id, proposed_at=at,
            )  # fmt: skip
            session.add(row)
            more = {} if findings is None else {"findings": row.findings}
            await _note(session, PolicyStep.PROPOSED, table, by, channel, at, reason, **more)
            proposed = _proposed(row)
            remember(session, key, proposed.model_dump(mode="json"), at)
            return proposed

    async def confirm(self, version: str, site: str, by: Principal, channel: Channel, at: datetime) -> ProposedPolicy:
        """
        What was proposed, published: from its day on it holds.

        One that had been confirmed before stays as it was confirmed then. A refusal is a line on the trail. Raises
        NotInSystem, NotAllowed, ProposalLapsed.
        """
        async with self._database.transaction() as session:
            await alone(session)
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
                await _publish(session, proposed.table, at, proposed_by=row.proposed_by, confirmed_by=by.id)
                await _note(
                    session, PolicyStep.CONFIRMED, proposed.table, by, channel, at, row.reason,
                    proposed_by=row.proposed_by,
                )  # fmt: skip
                return _proposed(row)
        raise refused

    async def waiting(self, at: datetime, site: str | None = None) -> tuple[ProposedPolicy, ...]:
        """What waits for somebody to confirm it, for *site* or for every site, the one that is to hold first first."""
        query = select(PolicyProposalRow).where(
            col(PolicyProposalRow.confirmed_at).is_(None), PolicyProposalRow.effective_from > at
        )
        if site is not None:
            query = query.where(col(PolicyProposalRow.site).in_([site, EVERYWHERE]))
        async with self._database.reading() as session:
            rows = await session.exec(query.order_by(col(PolicyProposalRow.effective_from)))
            return tuple(map(_proposed, rows.all()))

    async def _findings(self, table: PolicyTable, at: datetime) -> Findings:
        async with self._database.reading() as session:
            try:
                before = await pinned(session, await in_force(session, table.process, table.site, at))
            except NoPolicy:
                before = None
        # Every kind of case is tried: a second of work that nobody else should wait for.
        return await asyncio.to_thread(findings_of, table, before)


async def _publish(session: AsyncSession, table: AnyPolicy, at: datetime, proposed_by: str, confirmed_by: str) -> None:
    match table:
        case PolicyTable():
            publish_policy(session, table, at, proposed_by, confirmed_by)
        case ReadinessPolicy():
            await publish_readiness_policy(session, table, at, proposed_by, confirmed_by)
        case SchedulePolicy():
            await publish_schedule_policy(session, table, at, proposed_by, confirmed_by)


async def _roles_wherever_it_holds(session: AsyncSession, person: str, site: str) -> frozenset[Role]:
    """The roles *person* holds at the site of a table: at all there are, where it is for every one."""
    if site != EVERYWHERE:
        return await roles_at(session, person, site)
    held = [await roles_at(session, person, one) for one in await known_sites(session)]
    return frozenset.intersection(*held) if held else frozenset()


def _process_of(table: AnyPolicy) -> str | None:
    return table.process if isinstance(table, PolicyTable) else None


def _proposed(row: PolicyProposalRow) -> ProposedPolicy:
    return ProposedPolicy.model_validate({**row.model_dump(exclude={"body"}), "table": row.body})


async def _note(
    session: AsyncSession,
    step: PolicyStep,
    table: AnyPolicy,
    by: Principal,
    channel: Channel,
    at: datetime,
    reason: str,
    **more: Any,
) -> None:
    details = {"site": table.site, "kind": kind_of(table), "process": _process_of(table), **more}
    await note(
        session, f"{POLICY}{table.version}", at=at, action=step, by=by, channel=channel, reason=reason, details=details
    )
