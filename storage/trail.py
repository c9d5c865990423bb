"""The trail: every line of every case, appended in the transaction of what it reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import SQLModel, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, Principal, PrincipalKind
from domain.trail import TrailEntry
from storage.database import Database, announce
from storage.tables.cases import CaseRow, TrailRow

LOCKSTEP = Principal(kind=PrincipalKind.MACHINE, id="lockstep", name="Lockstep")
COMMAND_LINE = Principal(kind=PrincipalKind.MACHINE, id="command_line", name="Command line")
"""Whoever may reach our database; the system he sat at knows more."""
PROVIDER = Principal(kind=PrincipalKind.MACHINE, id="identity_provider", name="Identity provider")
BY_FORCE = ("forced", "force_put_back")
"""What the trail calls steps that somebody has the case take by hand, and back."""
CLOCK = Principal(kind=PrincipalKind.TIMER, id="clock", name="Deadline")
UNKNOWN = Principal(kind=PrincipalKind.UNKNOWN, id="unknown", name="Unknown")
"""Whoever sent what does not prove who sent it, whatever name it bears."""


async def is_written(session: AsyncSession, once: str) -> bool:
    """Whether the line that is written once only is there already."""
    return (await session.exec(select(TrailRow.sequence).where(TrailRow.once == once))).first() is not None


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
) -> bool:
    """Whether a line was appended to the trail of *case*, whose row is locked: not if *once* is there already."""
    if once is not None and await is_written(session, once):
        return False
    case.trail_length += 1
    session.add(case)
    line = TrailRow(
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
    session.add(line)
    announce(session, line)
    return True


async def note(  # noqa: PLR0913 - a line says all of it
    session: AsyncSession,
    subject: str,
    *,
    at: datetime,
    action: str,
    by: Principal,
    channel: Channel,
    reason: str = "",
    details: dict[str, Any],
    once: str | None = None,
) -> None:
    """Append a line about *subject*, which is no case: nobody who listens to cases is told."""
    written = select(func.count()).select_from(TrailRow).where(TrailRow.case_id == subject)
    session.add(
        TrailRow(
            case_id=subject, sequence=(await session.exec(written)).one() + 1, at=at, action=action,
            by=by.model_dump(mode="json"), channel=channel, reason=reason, details=details, once=once,
        )
    )  # fmt: skip


def listen(database: Database, tell: Callable[[str, TrailEntry], None]) -> None:
    """From now on *tell* hears, with its case, of every line that *database* keeps: each once, when it is kept."""

    def heard(row: SQLModel) -> None:
        if isinstance(row, TrailRow):
            tell(row.case_id, entry(row))

    database.listen(heard)


def entry(row: TrailRow) -> TrailEntry:
    """The line as it travels."""
    return TrailEntry(
        sequence=row.sequence,
        at=row.at,
        action=row.action,
        by=Principal.model_validate(row.by),
        channel=Channel(row.channel),
        role=row.role,
        from_state=row.from_state,
        to_state=row.to_state,
        reason=row.reason,
        details=row.details,
    )
