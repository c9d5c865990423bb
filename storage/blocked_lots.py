"""Lots that another system blocks although they are on hold here: our own word coming back, or news to the case."""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CommandKind
from domain.decision import Channel, Principal
from domain.effect import BEGUN, Effect
from domain.fact import Reading
from domain.facts import Lot
from domain.held_lot.effects import says_blocked
from domain.processes.quality_hold import QUALITY_HOLD
from domain.release import Hold
from domain.subject import Subject
from storage.bypasses import decided_here
from storage.cases import newest_about
from storage.facts import told_of, under
from storage.tables.cases import CaseRow, EffectRow
from storage.telling import tell

_EFFECT: TypeAdapter[Effect] = TypeAdapter(Effect)


async def on_hold_already(
    session: AsyncSession, told: Reading[Lot], by: Principal, channel: Channel, at: datetime
) -> str | None:
    """What became of the block that is *told*, such as ``told QH-7``; nothing if no case here holds the lot."""
    lot = told.fact
    case = await newest_about(session, QUALITY_HOLD, Subject(site=lot.site, key=lot.key), over=False)
    holds = await told_of(session, lot.site, under(Hold, [lot.key]))
    if case is None or not any(hold.fact.active for hold in holds):
        return None
    if await _was_written_by(session, case, lot):
        await decided_here(session, lot)
        return f"written by {case.id}"
    why = f"{told.source} has blocked {lot.lot}, too. The hold stays as it is."
    await tell(session, case, CommandKind.LOOK_AGAIN, why, by, channel, at)
    return f"told {case.id}"


async def _was_written_by(session: AsyncSession, case: CaseRow, lot: Lot) -> bool:
    """Whether the last that *case* wrote of the lot, or is writing just now, is that it is blocked."""
    begun = (EffectRow.case_id == case.id, col(EffectRow.state).in_(BEGUN))
    rows = (await session.exec(select(EffectRow).where(*begun).order_by(col(EffectRow.key).desc()))).all()
    said = (says_blocked(_EFFECT.validate_python(row.body), lot) for row in rows)
    return next((blocked for blocked in said if blocked is not None), False)
