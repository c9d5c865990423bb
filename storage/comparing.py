"""What became of plans: compared once their time is over, on the trail of the case that had them written."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.adjustment.recovery import COMPARED, Compared, compared, recovered
from domain.facts import Job
from domain.ports import NotInSystem
from domain.processes.schedule_adjustment import SCHEDULE_ADJUSTMENT
from domain.release import AdjustedJob
from storage.cases import locked
from storage.facts import fact, facts_by
from storage.tables.cases import CaseRow, TrailRow
from storage.trail import CLOCK, append


async def compare(session: AsyncSession, plan: AdjustedJob, at: datetime) -> str:
    """What became of *plan*, kept on the trail of its case once, though that is over: ``compared SA-7``."""
    known = await session.get(CaseRow, plan.case)
    if known is None or known.site != plan.site:
        return f"no case {plan.case}"
    case = await locked(session, plan.case)
    try:
        job = (await fact(session, Job, plan.site, plan.job)).fact
    except NotInSystem:
        job = None
    found = compared(plan, job)
    await append(
        session, case, at=at, action=COMPARED, by=CLOCK, reason=found.because,
        details=found.model_dump(mode="json"), once=f"{plan.case}/{COMPARED}/{plan.job}",
    )  # fmt: skip
    return f"compared {plan.case}"


async def plan_of(session: AsyncSession, case: CaseRow) -> tuple[tuple[Compared, ...], bool | None]:
    """What became of the plan of *case* so far, job by job, and whether it held; nothing where it makes no plan."""
    if case.process != SCHEDULE_ADJUSTMENT.name:
        return (), None
    jobs = await facts_by(session, AdjustedJob, case.site, "case", [case.id])
    query = select(TrailRow).where(TrailRow.case_id == case.id, TrailRow.action == COMPARED)
    rows = (await session.exec(query.order_by(col(TrailRow.sequence)))).all()
    became = tuple(Compared.model_validate(row.details) for row in rows)
    return became, recovered(len(jobs), became)
