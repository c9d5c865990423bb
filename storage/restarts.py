"""Cases that the engine does not run although they are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Exists
from sqlmodel import col, exists, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from storage.cases import locked
from storage.database import Database
from storage.outbox import MessageKind, post
from storage.questions import still_asked
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.messages import OutboxRow
from storage.trail import BY_FORCE, append

_LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class OpenCase:
    """A case that the engine should run."""

    id: str
    workflow_id: str
    forced: int = 0
    """How often it was moved by force; a run that began before is none of it."""


class Restarts:
    """Open cases, for those who see to it that they run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_cases(self) -> tuple[OpenCase, ...]:
        """The cases that the engine has been told to run and that have not ended."""
        query = select(CaseRow.id, CaseRow.workflow_id, CaseRow.forced).where(
            col(CaseRow.closed_at).is_(None), col(CaseRow.queued).is_(False), ~_waits(MessageKind.START)
        )
        async with self._database.reading() as session:
            return tuple(OpenCase(*found) for found in (await session.exec(query)).all())

    async def start_again(self, case_id: str, why: str, at: datetime) -> bool:
        """Whether the engine is told again to run the case; not yet, if it was only just told so in vain."""
        async with self._database.transaction() as session:
            case = await locked(session, case_id)
            starts = (
                await session.exec(
                    select(OutboxRow.state, OutboxRow.sent_at)
                    .where(OutboxRow.case_id == case_id, OutboxRow.kind == MessageKind.START)
                    .order_by(col(OutboxRow.number))
                )
            ).all()
            if case.closed_at is not None or any(state == "waiting" for state, _ in starts):
                return False
            last = starts[-1][1] if starts else None
            if last is not None and at < last + _pause(len(starts)):
                return False
            await append(session, case, at=at, action="found_stopped", reason=why)
            post(session, MessageKind.START, case, at=at)
            return True

    async def reopen(self, case_id: str, at: datetime) -> CaseRow:
        """
        The case, put where a workflow without a history can take it up.

        What was already being carried out goes on being carried out; anything else is looked at anew, and
        people are asked again. Where it was moved by force and has not gone on since, it stays.
        """
        async with self._database.transaction() as session:
            case = await locked(session, case_id)
            process = PROCESSES[case.process]
            if case.closed_at is not None or case.state == process.first.name or await _put_here(session, case):
                return case
            here = process.state(case.state)
            anew = here.interruptible or here.watches is not None
            state = process.first if anew else process.state("commit_failed")
            for question in await still_asked(session, case_id):
                question.closed_at = at
                session.add(question)
            before, case.state, case.since = case.state, state.name, at
            case.owner = str(state.owner)
            await append(
                session, case, at=at, action="reopened", from_state=before, to_state=state.name,
                reason="The engine has lost what it knew of the case; the record has not.",
            )  # fmt: skip
            return case

    async def hint_again(self, delivered_before: datetime, at: datetime) -> int:
        """How many cases are told again to look: the engine took the hint, and they have not looked."""
        query = select(CaseRow).where(
            col(CaseRow.hinted).is_(True),
            col(CaseRow.closed_at).is_(None),
            col(CaseRow.queued).is_(False),
            ~_waits(MessageKind.START, MessageKind.HINT),
            ~exists().where(
                col(OutboxRow.case_id) == CaseRow.id,
                col(OutboxRow.kind) == MessageKind.HINT,
                col(OutboxRow.sent_at) > delivered_before,
            ),
        )
        async with self._database.reading() as session:
            found = [case.id for case in (await session.exec(query)).all() if _asks(case)]
        if not found:
            return 0
        async with self._database.transaction() as session:
            unheard = (await session.exec(query.where(col(CaseRow.id).in_(found)))).all()
            for case in unheard:
                post(session, MessageKind.HINT, case, at=at)
            return len(unheard)


def _waits(*kinds: MessageKind) -> Exists:
    """Whether the case has messages of *kinds* on their way."""
    return exists().where(
        col(OutboxRow.case_id) == CaseRow.id,
        col(OutboxRow.kind).in_([str(kind) for kind in kinds]),
        col(OutboxRow.state) == "waiting",
    )


async def _put_here(session: AsyncSession, case: CaseRow) -> bool:
    """Whether the latest step of the case was one by force, which no run of it has gone on from."""
    line = select(TrailRow.action).where(TrailRow.once == f"{case.id}/{case.version}")
    return (await session.exec(line)).first() in BY_FORCE


def _asks(case: CaseRow) -> bool:
    # Elsewhere it looks by itself as soon as it asks somebody.
    return PROCESSES[case.process].state(case.state).questions is not None


def _pause(starts: int) -> timedelta:
    """None after the first start; then ever longer, as a case that stops each time needs a person."""
    if starts < 2:
        return timedelta(0)
    doubled: int = 2 ** min(starts - 2, 10)
    return min(timedelta(seconds=30) * doubled, _LONGEST_PAUSE)
