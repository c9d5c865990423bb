"""Telling running cases: what people want of them, and that something they wait for has changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


async def wake(session: AsyncSession, told: Reading[Fact], before: Fact | None, *, by: str | None = None) -> None:
    """
    Every case that waits for the fact in *told* is told to look again, however it came to be known.

    But for the case *by* whose own write it is so: it knows.
    """
    why = f"{_what_changed(told.fact, before)}, as {told.source} says."
    await wake_under(session, names_of(told.fact), why, Channel.EVENT, datetime.now(UTC), by=by)


async def wake_as_gone(session: AsyncSession, gone: Fact, *, by: str | None = None) -> None:
    """Every case that waits for *gone*, which is no longer so, is told to look again, but for the case *by*."""
    why = f"{_thing(gone)} is gone."
    await wake_under(session, names_of(gone), why, Channel.EVENT, datetime.now(UTC), by=by)


async def wake_for(session: AsyncSession, fact: Fact, why: str, channel: Channel, at: datetime) -> tuple[CaseRow, ...]:
    """The cases that wait for *fact*, each told to look again."""
    return await wake_under(session, names_of(fact), why, channel, at)


async def wake_under(
    session: AsyncSession, names: Iterable[str], why: str, channel: Channel, at: datetime, *, by: str | None = None
) -> tuple[CaseRow, ...]:
    """
    The cases that wait for anything under *names*, but for the case *by* which it is so, each told to look again.

    Whoever is told already, and has not looked since, will see this as well: only that something changed is kept.
    """
    woken = tuple(case for case in await waiting_for(session, names) if case.id != by)
    told = await _told_already(session, woken)
    for case in woken:
        if case.id in told:
            told[case.id].at = at
            session.add(told[case.id])
        else:
            await tell(session, case, CommandKind.LOOK_AGAIN, why, LOCKSTEP, channel, at)
    return woken


async def _told_already(session: AsyncSession, cases: Sequence[CaseRow]) -> dict[str, CommandRow]:
    """What those of *cases* were told that are to look again and have not yet."""
    seen = {case.id: case.seen for case in cases}
    query = select(CommandRow).where(
        col(CommandRow.case_id).in_(sorted(seen)), CommandRow.kind == CommandKind.LOOK_AGAIN
    )
    told = (await session.exec(query.order_by(col(CommandRow.number)))).all() if seen else ()
    return {row.case_id: row for row in told if (row.number or 0) > seen[row.case_id]}


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
    if before is None:
        return f"{_thing(told)} is new"
    now, was = told.model_dump(mode="json"), before.model_dump(mode="json")
    changed = [_different(field, was.get(field), value) for field, value in now.items() if value != was.get(field)]
    return f"{_thing(told)} changed: {', '.join(changed)}"


def _thing(told: Fact) -> str:
    return f"{in_words(told.kind).capitalize()} {told.key}"


def _different(field: str, was: object, now: object) -> str:
    # Where something stands is one word, and what it was before is lost by now.
    said = f"{field} from {was} to {now}" if field == "status" else field
    return in_words(said)
