"""Opening cases, and telling running ones."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CommandKind, Request
from domain.catalog import PROCESSES
from domain.decision import Channel, DecisionRefused, Principal
from domain.evidence import digest
from domain.fact import Fact, Reading
from domain.notice import Occasion
from domain.ports import NotInSystem
from domain.process import Meeting, Process
from domain.subject import Subject
from storage.alone import alone, must_be_alone, one_case
from storage.at_once import hold_at_once, holds_at_once
from storage.corrections import note_correction
from storage.database import Database
from storage.facts import fact
from storage.outbox import MessageKind, post, post_notice
from storage.policies import in_force
from storage.requesters import join, take_back
from storage.requests import RequestKey, only_once
from storage.tables.cases import CaseNumberRow, CaseRow
from storage.telling import tell
from storage.trail import LOCKSTEP, append


class OpenedCase(BaseModel):
    """What became of a request."""

    model_config = ConfigDict(frozen=True)

    case_id: str
    result: str
    """``opened``; ``known`` (the same was asked before); ``superseding``, ``queued`` behind or ``merged`` into the open
    case."""
    behind: str | None = None
    """The open case it takes over from or waits for."""


class CommandTaken(BaseModel):
    """A command that the case will see, or a request that was taken back."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    case_id: str
    command: str
    goes_on_for: tuple[str, ...] = ()
    """Who still asks for it where one of several took his request back: the case goes on."""


class CommandNotAllowed(Exception):
    """The case is not in a state for this command."""

    def __init__(self, command: str, state: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"A case that is {state} cannot be told to {command}.".replace("_", " "))
        self.state = state
        self.allowed = allowed


class FoundedOnNothing(DecisionRefused):
    """Nobody has told of what the request is about, nor of what it would have to be of."""


class Cases:
    """The cases, as those who ask for changes meet them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self,
        process: Process,
        site: str,
        request: Request,
        by: Principal,
        channel: Channel,
        at: datetime,
        key: RequestKey | None = None,
        before: Reading[Any] | None = None,
    ) -> OpenedCase:
        """
        What became of *request*: a case, whether new or already known; the engine hears of it by the outbox.

        *before* is given where the source already says what is asked for.
        Raises NotInSystem for an unknown subject, FoundedOnNothing, CorrectionWrong, KeyReused, NoPolicy.
        """
        async with self._database.transaction() as session:
            await alone(session)
            return await only_once(
                session, key, at, OpenedCase,
                lambda: open_case(session, process, site, request, by, channel, at, before),
            )  # fmt: skip

    async def withdraw(
        self, case_id: str, reason: str, by: Principal, channel: Channel, at: datetime, key: RequestKey | None = None
    ) -> CommandTaken:
        """The request is taken back. Raises NotInSystem, CommandNotAllowed, DecisionRefused, KeyReused."""
        return await self.tell(case_id, CommandKind.WITHDRAW, reason, by, channel, at, key)

    async def tell(
        self,
        case_id: str,
        kind: CommandKind,
        reason: str,
        by: Principal,
        channel: Channel,
        at: datetime,
        key: RequestKey | None = None,
    ) -> CommandTaken:
        """The case will see *kind*. Raises NotInSystem, CommandNotAllowed, DecisionRefused, KeyReused."""
        async with self._database.transaction() as session:
            case = await locked(session, case_id)
            return await only_once(
                session, key, at, CommandTaken, lambda: _take(session, case, kind, reason, by, channel, at)
            )


async def locked(session: AsyncSession, case_id: str) -> CaseRow:
    """The row of a case, which nobody else changes until the transaction ends. Raises NotInSystem, NotAlone."""
    one_case(session, case_id)
    query = select(CaseRow).where(CaseRow.id == case_id).with_for_update()
    # As it is now, though the session may have read it before it was locked.
    case = (await session.exec(query.execution_options(populate_existing=True))).first()
    if case is None:
        raise NotInSystem(f"There is no case {case_id}.")
    return case


async def locked_at(session: AsyncSession, case_id: str, sites: Collection[str]) -> CaseRow:
    """The same, if it is at one of *sites*. Raises NotInSystem, whether it is elsewhere or nowhere."""
    case = await locked(session, case_id)
    if case.site not in sites:
        raise NotInSystem(f"There is no case {case_id}.")
    return case


async def newest_about(session: AsyncSession, process: Process, subject: Subject, *, over: bool) -> CaseRow | None:
    """The newest case about *subject*, locked; one that is over only with *over*."""
    query = select(CaseRow.id).where(CaseRow.workflow_id == subject.workflow_id(process.name))
    if not over:
        query = query.where(col(CaseRow.closed_at).is_(None))
    newest = (await session.exec(query.order_by(col(CaseRow.number).desc()))).first()
    return None if newest is None else await locked(session, newest)


def allowed_commands(case: CaseRow) -> tuple[str, ...]:
    """What the case may be told in its present state."""
    if case.closed_at is not None:
        return ()
    state = PROCESSES[case.process].state(case.state)
    possible = {CommandKind.WITHDRAW: state.interruptible, CommandKind.LOOK_AGAIN: state.watches is not None}
    return tuple(kind for kind, allowed in possible.items() if allowed)


async def _take(
    session: AsyncSession, case: CaseRow, kind: CommandKind, reason: str, by: Principal, channel: Channel, at: datetime
) -> CommandTaken:
    allowed = allowed_commands(case)
    if kind not in allowed:
        raise CommandNotAllowed(kind, case.state, allowed)
    left: tuple[str, ...] = ()
    if kind is CommandKind.WITHDRAW:
        left = await take_back(session, case, reason, by, channel, at)
    if not left:
        await tell(session, case, kind, reason, by, channel, at)
    return CommandTaken(case_id=case.id, command=kind, goes_on_for=left)


async def open_case(  # noqa: PLR0913, PLR0917 - who asks for what, of whom, how and when
    session: AsyncSession,
    process: Process,
    site: str,
    request: Request,
    by: Principal,
    channel: Channel,
    at: datetime,
    before: Reading[Any] | None = None,
    caused_by: str | None = None,
) -> OpenedCase:
    """What became of *request*, within a transaction that is alone; see ``Cases.open``."""
    must_be_alone(session)
    subject = Subject(site=site, key=request.subject_key)
    about = before or await _about(session, process, site, request, at)
    workflow_id = subject.workflow_id(process.name)
    fingerprint = digest(request.wants())
    unfinished = await _unfinished(session, workflow_id)
    # Only the newest: who asks for 50, then 60, then 50 again means 50.
    known = next((case for case in unfinished[-1:] if case.fingerprint == fingerprint), None)
    if known is not None and await holds_at_once(session, process, known, request, about):
        await append(session, known, at=at, action="requested_again", by=by, channel=channel, reason=request.reference)
        await join(session, known, by, at)
        return OpenedCase(case_id=known.id, result="known")
    # What may end without looking again takes nothing in any more: who asks then waits for that.
    if unfinished and process.meeting is Meeting.MERGE and not process.ends_unseen(unfinished[-1].state):
        if request.corrects:
            await note_correction(session, request.corrects, unfinished[-1], by, channel, at)
        return await _merged(session, process, unfinished[-1], request, about, by, channel, at)
    number = CaseNumberRow()
    session.add(number)
    await session.flush()
    assert number.number is not None
    running = next((case for case in unfinished if not case.queued), None)
    supersedes = running is not None and process.state(running.state).interruptible
    case = CaseRow(
        id=f"{process.prefix}-{number.number}",
        number=number.number,
        process=process.name,
        site=site,
        subject=subject.key,
        workflow_id=workflow_id,
        state=process.first.name,
        since=at,
        owner=str(process.first.owner),
        request=request.model_dump(mode="json"),
        before=about.model_dump(mode="json"),
        fingerprint=fingerprint,
        requester=by.model_dump(mode="json"),
        channel=channel,
        policy=await in_force(session, process.name, site, at),
        opened_at=at,
        queued=running is not None,
        supersedes=running.id if running is not None and supersedes else None,
        caused_by=caused_by,
    )
    session.add(case)
    await append(
        session, case, at=at, action="opened", by=by, channel=channel, to_state=case.state,
        reason=request.comment or request.reason,
        details={
            "request": case.request, "policy": case.policy, "supersedes": case.supersedes, "caused_by": caused_by,
        },
    )  # fmt: skip
    if request.corrects:
        await note_correction(session, request.corrects, case, by, channel, at)
    await hold_at_once(session, process, case, request, about, at)
    for waiting in unfinished:
        if waiting.queued:
            await _overtaken(session, waiting, case, by, channel, at)
    if running is None:
        post(session, MessageKind.START, case, at=at)
    elif supersedes:
        await tell(session, running, CommandKind.SUPERSEDE, f"{case.id} asks for something newer.", by, channel, at)
    return OpenedCase(
        case_id=case.id,
        result="opened" if running is None else "superseding" if supersedes else "queued",
        behind=running.id if running is not None else None,
    )


async def _about(session: AsyncSession, process: Process, site: str, request: Request, at: datetime) -> Reading[Any]:
    """What the request is about, as it is now. Raises NotInSystem, FoundedOnNothing."""
    try:
        return await fact(session, process.about, site, request.subject_key)
    except NotInSystem:
        if process.founds is None:
            raise
        if process.founded_on is not None:
            await _told(session, site, *process.founded_on(request))
        return Reading(fact=process.founds(site, request), source=LOCKSTEP.id, version="0", as_of=at)


async def _told(session: AsyncSession, site: str, kind: type[Fact], key: str) -> None:
    """Sees that somebody has told of it. Raises FoundedOnNothing."""
    try:
        await fact(session, kind, site, key)
    except NotInSystem as missing:
        raise FoundedOnNothing(str(missing)) from missing


async def _merged(
    session: AsyncSession,
    process: Process,
    case: CaseRow,
    request: Request,
    about: Reading[Any],
    by: Principal,
    channel: Channel,
    at: datetime,
) -> OpenedCase:
    """The open case takes *request* in, and looks again."""
    case.further = [*(case.further or ()), request.model_dump(mode="json")]
    case.fingerprint = digest(request.wants())
    session.add(case)
    why = f"It is also asked for: {request.comment or request.reason}"
    await tell(session, case, CommandKind.LOOK_AGAIN, why, by, channel, at)
    await join(session, case, by, at)
    await hold_at_once(session, process, case, request, about, at)
    return OpenedCase(case_id=case.id, result="merged")


async def _unfinished(session: AsyncSession, workflow_id: str) -> list[CaseRow]:
    """The open cases about a subject, oldest first, which nobody else changes until the transaction ends."""
    must_be_alone(session)
    query = (
        select(CaseRow)
        .where(CaseRow.workflow_id == workflow_id, col(CaseRow.closed_at).is_(None))
        .order_by(col(CaseRow.number))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list((await session.exec(query)).all())


async def running(session: AsyncSession, workflow_id: str) -> CaseRow | None:
    """The open case about a subject, locked; nothing if there is none."""
    return next((case for case in await _unfinished(session, workflow_id) if not case.queued), None)


async def start_next(session: AsyncSession, ended: CaseRow, at: datetime) -> None:
    """Open the case that waited for *ended*, if one did."""
    must_be_alone(session)
    query = select(CaseRow).where(
        CaseRow.workflow_id == ended.workflow_id,
        col(CaseRow.queued).is_(True),
        col(CaseRow.closed_at).is_(None),
    )
    waiting = (await session.exec(query.with_for_update().execution_options(populate_existing=True))).first()
    if waiting is not None:
        await session.flush()  # the ended case leaves the index of open ones before this one enters it
        waiting.queued = False
        await append(session, waiting, at=at, action="started", reason=f"{ended.id} ended {ended.state}.")
        post(session, MessageKind.START, waiting, at=at)


async def _overtaken(
    session: AsyncSession, waiting: CaseRow, by_case: CaseRow, by: Principal, channel: Channel, at: datetime
) -> None:
    # It never ran, so no workflow of its own can say that it is over.
    waiting.queued, waiting.closed_at, waiting.since = False, at, at
    before, waiting.state, waiting.due_at = waiting.state, "superseded", None
    await append(
        session, waiting, at=at, action="entered", by=by, channel=channel, from_state=before, to_state=waiting.state,
        reason=f"{by_case.id} asks for something newer.",
    )  # fmt: skip
    post_notice(session, waiting, Occasion.MOVED, at=at, line=waiting.trail_length)
