"""What became of plans so far, job by job, as the trail of their cases says."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.adjustment.recovery import COMPARED, Compared, recovered
from domain.processes.schedule_adjustment import SCHEDULE_ADJUSTMENT
from domain.release import AdjustedJob
from storage.facts import facts_by
from storage.tables.cases import CaseRow, TrailRow


async def plan_of(session: AsyncSession, case: CaseRow) -> tuple[tuple[Compared, ...], bool | None]:
    """What became of the plan of *case* so far, job by job, and whether it held; nothing where it makes no plan."""
    if case.process != SCHEDULE_ADJUSTMENT.name:
        return (), None
    jobs, became = await looked_at(session, case)
    return became, recovered(jobs, became)


async def looked_at(session: AsyncSession, case: CaseRow) -> tuple[int, tuple[Compared, ...]]:
    """How many jobs the plan of *case* moved, and what became of those whose time is over."""
    jobs = await facts_by(session, AdjustedJob, case.site, "case", [case.id])
    query = select(TrailRow).where(TrailRow.case_id == case.id, TrailRow.action == COMPARED)
    rows = (await session.exec(query.order_by(col(TrailRow.sequence)))).all()
    return len(jobs), tuple(Compared.model_validate(row.details) for row in rows)
