"""The facts we know: the last word of each source about each thing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Delete, String, and_, cast, false, or_
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.alert.fitting import LOOKED_UP, comes_to_fit, may_fit, reaches
from domain.fact import F, Fact, Reading, trace_of
from domain.facts import KINDS, Inspection, Lot
from domain.own_word import own_word, told_again
from domain.ports import NotInSystem
from domain.readiness.following import names_in
from domain.release import Hold, HoldRule
from domain.triggers import has_to_be_followed
from domain.words import in_words
from storage.alone import alone, must_be_alone
from storage.bypasses import note_governed
from storage.database import Database
from storage.moments import next_look_at
from storage.schedule_policies import damping_of
from storage.tables.plant import FactRow, TraceRow
from storage.tables.readiness import FactNewsRow
from storage.telling import wake, wake_as_gone
from storage.trail import LOCKSTEP

LARGEST_BATCH = 500


@dataclass(frozen=True)
class Change:
    """A fact that is different now."""

    before: Fact | None
    """As it was when cases last took notice of it; nothing if it is new."""
    after: Reading[Any]


class FactStore:
    """Facts in our own database; satisfies the port ``Facts``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, kind: type[F], site: str, key: str) -> Reading[F]:
        """The one fact of *kind* about *key*. Raises NotInSystem."""
        async with self._database.reading() as session:
            return await fact(session, kind, site, key)

    async def find(
        self, kind: type[F], site: str | None = None, *, item: str | None = None, order: str | None = None
    ) -> tuple[Reading[F], ...]:
        """Every fact of *kind*, at *site*, about *item* or *order*, where given; by site and key."""
        async with self._database.reading() as session:
            return await facts(session, kind, site, item=item, order=order)

    async def find_by(self, kind: type[F], site: str, field: str, names: Collection[str]) -> tuple[Reading[F], ...]:
        """Every fact of *kind* in which *field* says one of *names*, by key."""
        async with self._database.reading() as session:
            return await facts_by(session, kind, site, field, names)

    async def has_any_from(self, source: str) -> bool:
        """Whether anything we know was said last by *source*."""
        async with self._database.reading() as session:
            return (
                await session.exec(select(FactRow.key).where(FactRow.source == source).limit(1))
            ).first() is not None

    async def keep(self, readings: Sequence[Reading[Fact]]) -> tuple[Change, ...]:
        """What changed by keeping those of *readings* that are newer than what we knew."""
        changes: list[Change] = []
        for start in range(0, len(readings), LARGEST_BATCH):
            async with self._database.transaction() as session:
                await alone(session)
                batch = readings[start : start + LARGEST_BATCH]
                changes += [change for reading in batch if (change := await keep_fact(session, reading))]
        return tuple(changes)


async def fact(session: AsyncSession, kind: type[F], site: str, key: str) -> Reading[F]:
    """The one fact of *kind* about *key*, within a transaction. Raises NotInSystem."""
    row = await session.get(FactRow, (kind.kind, site, key))
    if row is None:
        raise NotInSystem(f"There is no {in_words(kind.kind)} {key} at {site}.")
    return reading_of(row, kind)


async def facts(
    session: AsyncSession,
    kind: type[F],
    site: str | None = None,
    *,
    item: str | None = None,
    order: str | None = None,
) -> tuple[Reading[F], ...]:
    """Every fact of *kind* that fits, within a transaction."""
    query = select(FactRow).where(FactRow.kind == kind.kind).order_by(col(FactRow.site), col(FactRow.key))
    if site is not None:
        query = query.where(FactRow.site == site)
    if item is not None:
        query = query.where(FactRow.item == item)
    if order is not None:
        query = query.where(FactRow.order == order)
    return tuple(reading_of(row, kind) for row in (await session.exec(query)).all())


async def facts_by(
    session: AsyncSession, kind: type[F], site: str, field: str, names: Collection[str]
) -> tuple[Reading[F], ...]:
    """Every fact of *kind* in which *field* says one of *names*, by key, within a transaction."""
    found: dict[str, Reading[F]] = {}
    wanted = sorted(names)
    for start in range(0, len(wanted), LARGEST_BATCH):
        some = wanted[start : start + LARGEST_BATCH]
        fits = under(kind, some) if field == "key" else _traced(kind, site, [trace_of(field, name) for name in some])
        found |= {told.fact.key: told for told in await told_of(session, site, fits)}
    return tuple(found[key] for key in sorted(found))


def _traced(kind: type[Fact], site: str, traces: Iterable[str]) -> ColumnElement[bool]:
    """Facts of *kind* that are found under one of *traces*."""
    keys = select(TraceRow.key).where(
        TraceRow.kind == kind.kind, TraceRow.site == site, col(TraceRow.trace).in_(sorted(traces))
    )
    return and_(col(FactRow.kind) == kind.kind, col(FactRow.key).in_(keys))


async def told_of(session: AsyncSession, site: str, *which: ColumnElement[bool]) -> list[Reading[Any]]:
    """Every fact at *site* that fits one of *which*, in one query; by kind and key."""
    # The site goes with each, so that each is looked up by an index of its own.
    query = select(FactRow).where(or_(*(and_(col(FactRow.site) == site, condition) for condition in which)))
    rows = (await session.exec(query.order_by(col(FactRow.kind), col(FactRow.key)))).all()
    return [reading_of(row, KINDS[row.kind]) for row in rows]


def under(kind: type[Fact], keys: Iterable[str]) -> ColumnElement[bool]:
    """Facts of *kind* about the things with these keys."""
    return and_(col(FactRow.kind) == kind.kind, col(FactRow.key).in_(sorted(set(keys))))


def about_items(kinds: Iterable[type[Fact]], items: Iterable[str]) -> ColumnElement[bool]:
    """Facts of *kinds* about these items."""
    wanted = [kind.kind for kind in kinds]
    return and_(col(FactRow.kind).in_(wanted), col(FactRow.item).in_(sorted(set(items))))


def about_orders(kinds: Iterable[type[Fact]], orders: Iterable[str]) -> ColumnElement[bool]:
    """Facts of *kinds* about these orders."""
    wanted = [kind.kind for kind in kinds]
    return and_(col(FactRow.kind).in_(wanted), col(FactRow.order).in_(sorted(set(orders))))


def naming(names: Iterable[str]) -> ColumnElement[bool]:
    """Facts in which one of *names* stands anywhere; which it is of what, is told apart later."""
    said = cast(FactRow.body, String)
    return or_(false(), *(said.contains(f'"{name}"', autoescape=True) for name in sorted(set(names))))


async def keep_fact(session: AsyncSession, reading: Reading[Any], *, by: str | None = None) -> Change | None:
    """
    The change that *reading* makes, kept; nothing if we know the same or newer already.

    The case *by* whose write it is so is not told of it. Within a transaction that is alone: what is known is read,
    and then written over.
    """
    must_be_alone(session)
    told: Fact = reading.fact
    row = await session.get(FactRow, (told.kind, told.site, told.key))
    body = told.model_dump(mode="json")
    if row is None:
        session.add(
            FactRow(
                kind=told.kind,
                site=told.site,
                key=told.key,
                item=_text(body.get("item")),
                order=_text(body.get("order")),
                body=body,
                source=reading.source,
                version=reading.version,
                as_of=reading.as_of,
                due_at=await _next_look(session, reading),
            )
        )
        _trace(session, told)
        tell_of_news(session, told)
        await wake(session, reading, None, by=by)
        await _stop(session, reading, None)
        return Change(None, reading)
    if row.source == reading.source and row.version == reading.version:
        return None
    # What a system said before we wrote is no news to what we wrote.
    if row.source in (reading.source, LOCKSTEP.id) and reading.as_of < row.as_of:
        return None
    before = KINDS[row.kind].model_validate(row.body)
    if reading.source == LOCKSTEP.id:
        row.known_better = None
        if before != told:
            row.unfollowed = None  # what we write ourselves follows from a case
    else:
        if row.known_better:
            told, better = told_again(told, before, row.known_better)
            row.known_better, body = better or None, told.model_dump(mode="json")
            reading = reading.model_copy(update={"fact": told})
        if row.unfollowed is None:
            damping = await damping_of(session, before, told, max(reading.as_of, datetime.now(UTC)))
            row.unfollowed = row.body if has_to_be_followed(before, told, damping) else None
    row.item, row.order, row.body = _text(body.get("item")), _text(body.get("order")), body
    row.source, row.version, row.as_of = reading.source, reading.version, reading.as_of
    session.add(row)
    if before == told:
        return None
    row.due_at = await _next_look(session, reading)
    if told.traces != before.traces:
        await session.exec(_traces_of(told))
        _trace(session, told)
    await note_governed(session, reading, before)
    tell_of_news(session, told, before)
    await wake(session, reading, before, by=by)
    await _stop(session, reading, before)
    noticed = before if row.unfollowed is None else KINDS[row.kind].model_validate(row.unfollowed)
    return Change(noticed, reading)


async def _next_look(session: AsyncSession, told: Reading[Any]) -> datetime | None:
    # However long ago a source said it, it comes due by what holds now.
    return await next_look_at(session, told.fact, max(told.as_of, datetime.now(UTC)))


async def _stop(session: AsyncSession, told: Reading[Any], before: Fact | None) -> None:
    """Hold what comes to fit a rule, together with what is *told*: no lot that is suspect is free for a moment."""
    of, site = told.fact, told.fact.site
    stopped: list[tuple[HoldRule, str, str]] = []
    if isinstance(of, HoldRule):
        kind, field = LOOKED_UP[of.by]
        known = await facts_by(session, kind, site, field, (of.of,))
        was = before if isinstance(before, HoldRule) else None
        stopped = [(of, one.fact.item, one.fact.lot) for one in known if reaches(of, was, one.fact)]
    # What we write ourselves of a lot follows from a case that has decided on it.
    elif isinstance(of, Lot | Inspection) and told.source != LOCKSTEP.id:
        earlier = before if isinstance(before, Lot | Inspection) else None
        rules = [rule.fact for rule in await facts_by(session, HoldRule, site, "key", may_fit(of))]
        stopped = [(rule, of.item, of.lot) for rule in rules if comes_to_fit(rule, of, earlier)]
    now = datetime.now(UTC)
    for rule, item, lot in dict.fromkeys(stopped):
        hold = Hold(site=site, item=item, lot=lot, severity=rule.severity, because=rule.because, case=rule.case)
        version = f"{rule.case}/{now.isoformat()}"
        await keep_fact(session, Reading(fact=hold, source=LOCKSTEP.id, version=version, as_of=now))
    if isinstance(of, Lot) and before is None:
        await _wake_for_hold_of(session, of)


async def _wake_for_hold_of(session: AsyncSession, lot: Lot) -> None:
    """Whoever waits for the hold of a lot of which nobody had told is told now that there is one."""
    row = await session.get(FactRow, (Hold.kind, lot.site, lot.key))
    if row is not None:
        hold: Reading[Any] = reading_of(row, Hold)
        await wake(session, hold, None)


async def unfollowed(session: AsyncSession) -> tuple[Fact, ...]:
    """The facts that say something else than any case has taken notice of, by site and key."""
    query = select(FactRow).where(col(FactRow.unfollowed).is_not(None))
    rows = (await session.exec(query.order_by(col(FactRow.site), col(FactRow.key)))).all()
    return tuple(KINDS[row.kind].model_validate(row.body) for row in rows)


async def unfollowed_change(session: AsyncSession, told: Fact) -> Change | None:
    """What no case knows about the thing, locked; nothing if all is known."""
    row = await session.get(FactRow, (told.kind, told.site, told.key), with_for_update=True)
    if row is None or row.unfollowed is None:
        return None
    return Change(KINDS[row.kind].model_validate(row.unfollowed), reading_of(row, KINDS[row.kind]))


async def followed(session: AsyncSession, told: Fact) -> None:
    """From now on *told* is what cases have taken notice of."""
    row = await session.get(FactRow, (told.kind, told.site, told.key))
    if row is not None:
        row.unfollowed = None
        session.add(row)


async def keep_our_word(session: AsyncSession, told: F, version: str, at: datetime, before: Reading[F]) -> Reading[F]:
    """What somebody has told us *at* that moment, kept whatever a source repeats; *before* is what was known."""
    key = (told.kind, told.site, told.key)
    row = await session.get(FactRow, key)
    said = {} if row is None else row.known_better or {}
    # However late the line of writers let it through, it is what is so now.
    reading = Reading(fact=told, source=LOCKSTEP.id, version=version, as_of=max(at, before.as_of))
    await keep_fact(session, reading)
    row = await session.get_one(FactRow, key)
    row.known_better = own_word(before.fact, told, said)
    session.add(row)
    return reading


async def drop_fact(session: AsyncSession, kind: type[Fact], site: str, key: str, *, by: str | None = None) -> None:
    """Forget a fact that is no longer so, as the case *by* has seen to, within a transaction that is alone."""
    must_be_alone(session)
    row = await session.get(FactRow, (kind.kind, site, key))
    if row is not None:
        gone = kind.model_validate(row.body)
        tell_of_news(session, gone)
        await wake_as_gone(session, gone, by=by)
        await session.exec(_traces_of(gone))
        await session.delete(row)


def _trace(session: AsyncSession, told: Fact) -> None:
    """From now on the fact is found by what it says."""
    traces = sorted(told.traces)
    session.add_all(TraceRow(kind=told.kind, site=told.site, key=told.key, trace=trace) for trace in traces)


def _traces_of(told: Fact) -> Delete:
    """That the fact is found by nothing any more."""
    return delete(TraceRow).where(
        col(TraceRow.kind) == told.kind, col(TraceRow.site) == told.site, col(TraceRow.key) == told.key
    )


def tell_of_news(session: AsyncSession, *told: Fact) -> None:
    """Whom it concerns is found later, so that nobody who tells us something waits for that."""
    names = sorted(frozenset[str]().union(*map(names_in, told)))
    session.add(FactNewsRow(kind=told[0].kind, site=told[0].site, key=told[0].key, names=names))


def reading_of(row: FactRow, kind: type[F]) -> Reading[F]:
    """The fact as it stands in *row*."""
    return Reading[F].model_construct(
        fact=kind.model_validate(row.body), source=row.source, version=row.version, as_of=row.as_of
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
