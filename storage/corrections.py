"""Decisions that a later case corrects: nothing of them is changed, and each trail names the other."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.correction import admit_correction
from domain.decision import Channel, Principal
from storage.questions import open_question
from storage.tables.cases import CaseRow
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
    decided = await session.get_one(CaseRow, row.case_id, with_for_update=True)
    await append(
        session, decided, at=at, action="corrected", by=by, channel=channel, reason=f"{case.id} is to correct it.",
        details={"question": question_id, "by_case": case.id},
    )  # fmt: skip
