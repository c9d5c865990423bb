"""Decisions that a later case corrects: nothing of them is changed, and each trail names the other."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.correction import admit_correction
from domain.decision import Channel, Principal
from domain.views import Correction
from storage.questions import open_question
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.questions import QuestionRow
from storage.trail import append


async def note_correction(
    session: AsyncSession, question_id: str, case: CaseRow, by: Principal, channel: Channel, at: datetime
) -> None:
    """Put on the trail of the case that decided *question_id* that *case* is to correct it. Raises CorrectionWrong."""
    row = await session.get(QuestionRow, question_id)
    same = row is not None and (row.process, row.site, row.subject) == (case.process, case.site, case.subject)
    admit_correction(None if row is None else await open_question(session, row), same=same)
    assert row is not None
    decided = await session.get_one(CaseRow, row.case_id, with_for_update=True, populate_existing=True)
    await append(
        session, decided, at=at, action="corrected", by=by, channel=channel, reason=f"{case.id} is to correct it.",
        details={"question": question_id, "by_case": case.id},
    )  # fmt: skip


async def corrections_of(session: AsyncSession, case_id: str) -> tuple[Correction, ...]:
    """What is to put right what was decided in the case, oldest first."""
    lines = select(TrailRow).where(TrailRow.case_id == case_id, TrailRow.action == "corrected")
    noted = [line.details for line in (await session.exec(lines.order_by(col(TrailRow.sequence)))).all()]
    cases = select(CaseRow).where(col(CaseRow.id).in_({said["by_case"] for said in noted}))
    states = {case.id: case.state for case in (await session.exec(cases)).all()} if noted else {}
    return tuple(
        Correction(question_id=said["question"], case_id=said["by_case"], state=states[said["by_case"]])
        for said in noted
    )
