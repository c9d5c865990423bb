"""A case moved on: whether somebody wants to hear of it, and who."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CommandKind
from domain.catalog import PROCESSES
from domain.notice import Occasion
from storage.followings import followers
from storage.outbox import post_notice
from storage.requesters import people_asking
from storage.tables.cases import CaseRow, TrailRow

_STOPPING = (CommandKind.WITHDRAW, CommandKind.SUPERSEDE)


async def tell_of_move(session: AsyncSession, case: CaseRow, at: datetime, *, decided: bool) -> None:
    """Have those told who want to hear that *case* moved on, as the last line of its trail says."""
    concerns_requester = decided or case.closed_at is not None
    if (concerns_requester and people_asking(case)) or await followers(session, case, at):
        post_notice(session, case, Occasion.MOVED, at=at, line=case.trail_length)


async def concerned_by(session: AsyncSession, case: CaseRow, line: TrailRow) -> tuple[tuple[str, Occasion], ...]:
    """Who wants to hear of the move that *line* tells of, and as what; first as what it concerns him most."""
    following = ((person, Occasion.MOVED) for person in await followers(session, case, line.at))
    asking = people_asking(case)
    as_what = await _of_their_request(session, case, line) if asking else None
    if as_what is None:
        return tuple(following)
    stopped_by = await _stopped_by(session, case, line)
    return (*((person, as_what) for person in asking if person not in stopped_by), *following)


async def _of_their_request(session: AsyncSession, case: CaseRow, line: TrailRow) -> Occasion | None:
    assert line.to_state is not None
    if PROCESSES[case.process].state(line.to_state).final:
        return Occasion.ENDED
    chosen = line.details.get("chosen")
    if chosen is None:
        return None
    earlier = select(TrailRow).where(
        TrailRow.case_id == case.id, TrailRow.action == "entered", col(TrailRow.sequence) < line.sequence
    )
    before = (await session.exec(earlier.order_by(col(TrailRow.sequence).desc()).limit(1))).first()
    # What the customer was asked about first is decided once.
    return Occasion.DECIDED if before is None or before.details.get("chosen") != chosen else None


async def _stopped_by(session: AsyncSession, case: CaseRow, line: TrailRow) -> frozenset[str]:
    """Who knows that the case moved because it was he who had it move, or who stopped it."""
    if line.to_state not in ("withdrawn", "superseded"):
        return frozenset({line.by["id"]})
    told = select(TrailRow).where(TrailRow.case_id == case.id, col(TrailRow.action).in_(_STOPPING))
    last = (await session.exec(told.order_by(col(TrailRow.sequence).desc()).limit(1))).first()
    return frozenset(one.by["id"] for one in (line, last) if one is not None)
