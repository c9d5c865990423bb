"""Forced moves as they are shown, and what could be moved where."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.effect import BEGUN
from domain.force import ForcedMove, Written, targets
from storage.tables.cases import CaseRow, EffectRow, ForcedMoveRow


async def forced_moves(session: AsyncSession, case: CaseRow) -> tuple[ForcedMove, ...]:
    """Every move of *case* by force, newest first."""
    query = select(ForcedMoveRow).where(ForcedMoveRow.case_id == case.id).order_by(col(ForcedMoveRow.step).desc())
    return tuple(as_move(row, case) for row in (await session.exec(query)).all())


async def forced_targets(session: AsyncSession, case: CaseRow) -> tuple[str, ...]:
    """Where an administrator may move *case* now."""
    if case.closed_at is not None or case.queued:
        return ()
    return targets(PROCESSES[case.process], case.state, await written_by(session, case))


def as_move(row: ForcedMoveRow, case: CaseRow) -> ForcedMove:
    """The move as it is shown."""
    told = row.model_dump(exclude={"question_id", "step", "assessment", "stopped"})
    return ForcedMove.model_validate(
        {**told, "question": row.question_id, "process": case.process, "subject": case.subject}
    )


async def written_by(session: AsyncSession, case: CaseRow) -> Written:
    """What *case* has in force in other systems, or may have."""
    query = select(EffectRow.key).where(EffectRow.case_id == case.id, col(EffectRow.state).in_(BEGUN))
    begun = (await session.exec(query)).all()
    if any(key.startswith(f"{case.id}/{case.assessment:03d}/") for key in begun):
        return Written.NOW
    return Written.BEFORE if begun else Written.NOTHING
