"""The trail: every line of every case, appended in the transaction of what it reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, Principal, PrincipalKind
from storage.tables import CaseRow, TrailRow

LOCKSTEP = Principal(kind=PrincipalKind.MACHINE, id="lockstep", name="Lockstep")
CLOCK = Principal(kind=PrincipalKind.TIMER, id="clock", name="Deadline")


async def append(  # noqa: PLR0913 - a line says all of it
    session: AsyncSession,
    case: CaseRow,
    *,
    at: datetime,
    action: str,
    by: Principal = LOCKSTEP,
    channel: Channel = Channel.TIMER,
    role: str | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
    once: str | None = None,
) -> None:
    """Append a line to the trail of *case*, whose row the caller has locked; nothing if *once* is there already."""
    if once is not None and (await session.exec(select(TrailRow).where(TrailRow.once == once))).first() is not None:
        return
    case.trail_length += 1
    session.add(case)
    session.add(
        TrailRow(
            case_id=case.id,
            sequence=case.trail_length,
            at=at,
            action=action,
            by=by.model_dump(mode="json"),
            channel=channel,
            role=role,
            from_state=from_state,
            to_state=to_state,
            reason=reason,
            details=details or {},
            once=once,
        )
    )
