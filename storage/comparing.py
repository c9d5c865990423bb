"""What became of plans: compared once their time is over, on the trail of the case that had them written."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.adjustment.recovery import COMPARED, closed, compared
from domain.facts import Job
from domain.ports import NotInSystem
from domain.release import AdjustedJob
from storage.cases import locked
from storage.facts import fact
from storage.outbox import MessageKind, post
from storage.reading_plans import looked_at
from storage.steps import event_of
from storage.tables.cases import CaseRow
from storage.trail import CLOCK, append


async def compare(session: AsyncSession, plan: AdjustedJob, at: datetime) -> str:
    """
    What became of *plan*, kept on the trail of its case once, though that is over: ``compared SA-7``.

    With the last job of the plan those outside are told whether it held.
    """
    known = await session.get(CaseRow, plan.case)
    if known is None or known.site != plan.site:
        return f"no case {plan.case}"
    case = await locked(session, plan.case)
    try:
        job = (await fact(session, Job, plan.site, plan.job)).fact
    except NotInSystem:
        job = None
    found = compared(plan, job)
    new = await append(
        session, case, at=at, action=COMPARED, by=CLOCK, reason=found.because,
        details=found.model_dump(mode="json"), once=f"{plan.case}/{COMPARED}/{plan.job}",
    )  # fmt: skip
    if new and (told := closed(*await looked_at(session, case))) is not None:
        post(session, MessageKind.EVENT, case, at=at, body=event_of(case, case.state) | told)
    return f"compared {plan.case}"
