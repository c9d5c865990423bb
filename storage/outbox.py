"""The outbox: what must be told to the engine or the outside, kept until the receiver acknowledged it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.notice import Occasion
from storage.database import Database
from storage.tables.cases import CaseRow
from storage.tables.messages import OutboxRow
from storage.traces import present_trace

LONGEST_PAUSE = timedelta(seconds=30)
"""Between tries to reach the engine: it is ours, and comes back."""


class MessageKind(StrEnum):
    """Where a message goes."""

    START = "start"
    """The engine is to run the case."""
    STOP = "stop"
    """The engine is to run the case no more as it did: it was moved by force."""
    HINT = "hint"
    """The case's workflow is to look again. Carries no facts."""
    EVENT = "event"
    """Whoever subscribed is to know what happened."""
    NOTICE = "notice"
    """People are to know that something waits for them, or no longer does."""


def post(
    session: AsyncSession,
    kind: MessageKind,
    case: CaseRow,
    *,
    at: datetime,
    body: dict[str, Any] | None = None,
) -> None:
    """Put a message about *case* into the outbox, with the change it reports, of which *at* is the time."""
    session.add(
        OutboxRow(
            kind=kind,
            case_id=case.id,
            target=case.workflow_id,
            body=body or {},
            created_at=at,
            # Due by the clock of those who deliver, which need not be the one the case goes by.
            due_at=datetime.now(UTC),
            trace=present_trace(),
        )
    )


def post_hint(session: AsyncSession, case: CaseRow, *, at: datetime) -> None:
    """Have the case look again. At most one hint is on its way: a flood would wedge the workflow."""
    if not case.hinted and case.closed_at is None:
        case.hinted = True
        session.add(case)
        post(session, MessageKind.HINT, case, at=at)


def post_notice(
    session: AsyncSession,
    case: CaseRow,
    occasion: Occasion,
    question_id: str = "",
    *,
    at: datetime,
    only: str | None = None,
    line: int | None = None,
) -> None:
    """
    Have those told whom it concerns what became of *case* or of a question of it; nobody but *only*, where he is named.

    *line* is the number of that line of the trail that says more.
    """
    said = {"question": question_id or None, "only": only, "line": line}
    body = {"occasion": occasion, **{name: value for name, value in said.items() if value is not None}}
    post(session, MessageKind.NOTICE, case, at=at, body=body)


def post_report(
    session: AsyncSession, site: str, day: date, *, at: datetime, occasion: Occasion = Occasion.REPORTED
) -> None:
    """Have those told who read them that the report of *day* is there."""
    session.add(
        OutboxRow(
            kind=MessageKind.NOTICE, case_id="", target=site, created_at=at, due_at=datetime.now(UTC),
            body={"occasion": occasion, "site": site, "day": day.isoformat()}, trace=present_trace(),
        )
    )  # fmt: skip


class Outbox:
    """The messages that wait, for those who deliver them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, kind: MessageKind, at: datetime, limit: int = 50) -> tuple[OutboxRow, ...]:
        """The messages of *kind* to deliver now, oldest first."""
        async with self._database.reading() as session:
            query = (
                select(OutboxRow)
                .where(OutboxRow.kind == kind, OutboxRow.state == "waiting", col(OutboxRow.due_at) <= at)
                .order_by(col(OutboxRow.number))
                .limit(limit)
            )
            return tuple((await session.exec(query)).all())

    async def waiting_since(self) -> datetime | None:
        """When the oldest message was posted that still waits to be taken; nothing if none does."""
        async with self._database.reading() as session:
            query = select(func.min(OutboxRow.created_at)).where(OutboxRow.state == "waiting")
            return (await session.exec(query)).one()

    async def delivered(self, message: OutboxRow, at: datetime) -> None:
        """The receiver has acknowledged the message."""
        await self._change(message, state="delivered", sent_at=at, error="")

    async def later(self, message: OutboxRow, at: datetime, why: str) -> None:
        """The message was not taken; it is tried again, and never dropped."""
        wait = min(timedelta(seconds=0.25) * 2 ** min(message.attempts, 10), LONGEST_PAUSE)
        await self._change(message, attempts=message.attempts + 1, due_at=at + wait, error=why[:500])

    async def _change(self, message: OutboxRow, **values: Any) -> None:
        async with self._database.transaction() as session:
            changed = update(OutboxRow).where(col(OutboxRow.number) == message.number)
            await session.exec(changed.values(**values))
