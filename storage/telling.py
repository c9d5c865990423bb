"""Telling running cases: what people want of them, and that something they wait for has changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CommandKind
from domain.decision import Channel, Principal
from domain.fact import Fact, Reading
from domain.watching import Watched, names_of
from domain.words import in_words
from storage.alone import must_be_alone
from storage.outbox import post_hint
from storage.tables.cases import CaseRow, CommandRow, WatchRow
from storage.trail import LOCKSTEP, append


async def tell(
    session: AsyncSession,
    case: CaseRow,
    kind: CommandKind,
    reason: str,
    by: Principal,
    channel: Channel,
    at: datetime,
) -> None:
    """*case*, whose row the caller has locked, is told *kind*; a line on its trail says so."""
    session.add(CommandRow(case_id=case.id, kind=kind, reason=reason, by=by.name or by.id, at=at))
    await append(session, case, at=at, action=kind, by=by, channel=channel, reason=reason)
    post_hint(session, case, at=at)


async def watch(session: AsyncSession, case: CaseRow, watched: Iterable[Watched]) -> None:
    """From now on *case* waits for *watched*, and for nothing else."""
    wanted = {one.name for one in watched}
    known = set((await session.exec(select(WatchRow.name).where(WatchRow.case_id == case.id))).all())
    if gone := known - wanted:
        await session.exec(delete(WatchRow).where(col(WatchRow.case_id) == case.id, col(WatchRow.name).in_(gone)))
    session.add_all(WatchRow(name=name, case_id=case.id) for name in sorted(wanted - known))


async def wake(session: AsyncSession, told: Reading[Fact], before: Fact | None) -> None:
    """Every case that waits for the fact in *told* is told to look again, however it came to be known."""
    why = f"{_what_changed(told.fact, before)}, as {told.source} says."
    await wake_for(session, told.fact, why, Channel.EVENT, datetime.now(UTC))


async def wake_for(session: AsyncSession, fact: Fact, why: str, channel: Channel, at: datetime) -> tuple[CaseRow, ...]:
    """The cases that wait for *fact*, each told to look again."""
    return await wake_under(session, names_of(fact), why, channel, at)


async def wake_under(
    session: AsyncSession, names: Iterable[str], why: str, channel: Channel, at: datetime
) -> tuple[CaseRow, ...]:
    """The cases that wait for anything under *names*, each told to look again."""
    woken = await waiting_for(session, names)
    for case in woken:
        await tell(session, case, CommandKind.LOOK_AGAIN, why, LOCKSTEP, channel, at)
    return woken


async def waiting_for(session: AsyncSession, names: Iterable[str]) -> tuple[CaseRow, ...]:
    """The open cases that wait for anything under *names*, locked, within a transaction that is alone."""
    must_be_alone(session)
    waiting = select(WatchRow.case_id).where(col(WatchRow.name).in_(names))
    query = (
        select(CaseRow)
        .where(col(CaseRow.id).in_(waiting), col(CaseRow.closed_at).is_(None))
        .order_by(col(CaseRow.number))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return tuple((await session.exec(query)).all())


def _what_changed(told: Fact, before: Fact | None) -> str:
    thing = f"{in_words(told.kind).capitalize()} {told.key}"
    if before is None:
        return f"{thing} is new"
    now, was = told.model_dump(mode="json"), before.model_dump(mode="json")
    changed = [_different(field, was.get(field), value) for field, value in now.items() if value != was.get(field)]
    return f"{thing} changed: {', '.join(changed)}"


def _different(field: str, was: object, now: object) -> str:
    # Where something stands is one word, and what it was before is lost by now.
    said = f"{field} from {was} to {now}" if field == "status" else field
    return in_words(said)
