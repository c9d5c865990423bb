"""What comes back by itself once its time is over: parked questions, and those that somebody answers for another."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.notice import Occasion
from domain.parking import Parking
from storage.database import Database
from storage.decisions import question_of_case
from storage.outbox import post_notice
from storage.tables.cases import CaseRow
from storage.tables.questions import DelegationRow, QuestionRow
from storage.trail import CLOCK, append


class Returning:
    """Notes on the trail what is back, and has the one told who gave it away. It is so without that."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note_returned(self, at: datetime) -> int:
        """How many questions were found that are back at *at*."""
        async with self._database.reading() as session:
            back = await _parked_until(session, at) | await _delegated_until(session, at)
        noted = 0
        for question_id in sorted(back):
            async with self._database.transaction() as session:
                # Looked at again: somebody may have taken it up or given it back in the meantime.
                case, row = await question_of_case(session, question_id)
                if row.closed_at is None:
                    noted += await _note_resumed(session, case, row, at) + await _note_given_back(
                        session, case, row, at
                    )
        return noted


async def _parked_until(session: AsyncSession, at: datetime) -> set[str]:
    parked = select(QuestionRow).where(col(QuestionRow.closed_at).is_(None), col(QuestionRow.parked).is_not(None))
    return {row.id for row in (await session.exec(parked)).all() if not Parking.model_validate(row.parked).stands(at)}


async def _delegated_until(session: AsyncSession, at: datetime) -> set[str]:
    query = (
        select(DelegationRow.question_id)
        .join(QuestionRow, col(QuestionRow.id) == col(DelegationRow.question_id))
        .where(
            col(QuestionRow.closed_at).is_(None), col(DelegationRow.ended_at).is_(None), col(DelegationRow.until) <= at
        )
    )
    return set((await session.exec(query)).all())


async def _note_resumed(session: AsyncSession, case: CaseRow, row: QuestionRow, at: datetime) -> int:
    if row.parked is None or (parking := Parking.model_validate(row.parked)).stands(at):
        return 0
    row.parked = None
    session.add(row)
    await append(
        session, case, at=at, action="resumed", by=CLOCK, reason="The time it was parked for is over.",
        details={"question": row.id, "due": row.due_at.isoformat(), "since": parking.until.isoformat()},
    )  # fmt: skip
    post_notice(session, case, Occasion.RESUMED, row.id, at=at, only=parking.by, line=case.trail_length)
    return 1


async def _note_given_back(session: AsyncSession, case: CaseRow, row: QuestionRow, at: datetime) -> int:
    query = select(DelegationRow).where(
        DelegationRow.question_id == row.id, col(DelegationRow.ended_at).is_(None), col(DelegationRow.until) <= at
    )
    back = (await session.exec(query.order_by(col(DelegationRow.number)))).all()
    for given in back:
        given.ended_by, given.ended_at = CLOCK.id, given.until
        await append(
            session, case, at=at, action="delegation_returned", by=CLOCK,
            reason="The time it was delegated for is over.",
            details={"question": row.id, "delegator": given.delegator, "delegate": given.delegate},
        )  # fmt: skip
        post_notice(session, case, Occasion.RETURNED, row.id, at=at, only=given.delegator, line=case.trail_length)
    return len(back)
