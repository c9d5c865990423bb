"""Who asks for what a case does: people join, and take back what they asked for."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, Principal, PrincipalKind
from domain.requesters import has_asked, left_asking, still_asking
from storage.questions import heed_who_asked
from storage.tables.cases import CaseRow
from storage.tables.questions import QuestionRow
from storage.trail import append


async def join(session: AsyncSession, case: CaseRow, by: Principal, at: datetime) -> None:
    """As the last line of the trail says, *by* asks as well for what *case* does: from now on he decides none of it."""
    if has_asked(requester_of(case), case.also_asked or (), by):
        # Whoever took it back, and asks for it once more, asks for it.
        case.taken_back = [name for name in case.taken_back or () if name != by.id] or None
        session.add(case)
        return
    if by.kind is not PrincipalKind.PERSON:
        return
    case.also_asked = {**(case.also_asked or {}), by.id: case.trail_length}
    session.add(case)
    open_ = select(QuestionRow).where(QuestionRow.case_id == case.id, col(QuestionRow.closed_at).is_(None))
    for question in (await session.exec(open_)).all():
        await heed_who_asked(session, case, question, at)


async def take_back(
    session: AsyncSession, case: CaseRow, reason: str, by: Principal, channel: Channel, at: datetime
) -> tuple[str, ...]:
    """
    For whom *case* goes on when *by* takes back his request, as its trail then says; he still decides none of it.

    Nothing is written where nobody else asks, or he never did. Raises DecisionRefused.
    """
    left = left_asking(requester_of(case), case.also_asked or (), case.taken_back or (), by)
    if left:
        case.taken_back = [*(case.taken_back or ()), by.id]
        await append(
            session, case, at=at, action="request_taken_back", by=by, channel=channel, reason=reason,
            details={"goes_on_for": list(left)},
        )  # fmt: skip
    return left


def people_asking(case: CaseRow) -> tuple[str, ...]:
    """The people who still ask for what *case* does, the first first."""
    requester = requester_of(case)
    asking = still_asking(requester, case.also_asked or (), case.taken_back or ())
    return asking if requester.kind is PrincipalKind.PERSON else tuple(n for n in asking if n != requester.id)


def requester_of(case: CaseRow) -> Principal:
    """Who asked for it first."""
    return Principal.model_validate(case.requester)
