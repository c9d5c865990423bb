"""What was ready when: judged again as soon as a fact that matters changes, or time alone may change it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, tuple_
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.fact import Fact
from domain.facts import KINDS
from domain.ports import NotInSystem
from domain.readiness.following import concerns, is_over, itself, next_look
from domain.readiness.history import History, Spell, history, stands
from domain.readiness.judgement import Readiness
from domain.readiness.predicates import PREDICATES, judged
from domain.words import in_words
from storage.database import Database
from storage.policies import NoPolicy
from storage.readiness import known_of
from storage.site_policies import begins_next
from storage.tables.plant import FactRow
from storage.tables.readiness import FactNewsRow, ReadinessPolicyRow, SpellRow, ThingRow, ThingWatchRow

_KEPT = {kind.kind for kind in PREDICATES}
_AT_ONCE = 200
# News and things worked on in one transaction.
_LATER = timedelta(minutes=5)
# Until something that cannot be judged now is looked at again.

_Key = tuple[str, str, str]
# Kind, site and key of a thing.

log = structlog.get_logger()


@dataclass(frozen=True)
class _Found:
    """What judging a thing came to."""

    judgements: tuple[Readiness, ...] = ()
    names: frozenset[str] = frozenset()
    due_at: datetime | None = None
    kept: bool = True
    """Whether it came to anything. If not, what stood still stands."""


class ReadinessHistory:
    """Keeps what is judged over time. Judged twice, nothing is kept twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spread_news(self, at: datetime) -> int:
        """How many changed facts were looked at; whatever one of them concerns is due from *at* on."""
        query = select(FactNewsRow).order_by(col(FactNewsRow.number)).limit(_AT_ONCE)
        async with self._database.reading() as session:
            # Asked five times a second, mostly for nothing: nobody who writes should wait for that.
            if (await session.exec(query.limit(1))).first() is None:
                return 0
        async with self._database.transaction() as session:
            news = (await session.exec(query.with_for_update(skip_locked=True))).all()
            if not news:
                return 0
            names = {name for row in news for name in row.names}
            watching = select(ThingWatchRow).where(col(ThingWatchRow.name).in_(names))
            concerned = {(row.kind, row.site, row.key) for row in (await session.exec(watching)).all()}
            await _make_due(session, concerned | {(n.kind, n.site, n.key) for n in news if n.kind in _KEPT}, at)
            await session.exec(delete(FactNewsRow).where(col(FactNewsRow.number).in_([row.number for row in news])))
            return len(news)

    async def find_untold(self, at: datetime) -> int:
        """How many things were found of which no news told."""
        known = select(ThingRow).where(
            ThingRow.kind == FactRow.kind, ThingRow.site == FactRow.site, ThingRow.key == FactRow.key
        )
        query = select(FactRow.kind, FactRow.site, FactRow.key).where(col(FactRow.kind).in_(_KEPT), ~known.exists())
        async with self._database.reading() as session:
            found = (await session.exec(query.limit(_AT_ONCE))).all()
        if found:
            async with self._database.transaction() as session:
                await _make_due(session, set(found), at)
        return len(found)

    async def judge_due(self, at: datetime) -> int:
        """How many things were judged anew, each as of when it became due: however late, nothing is dated later."""
        async with self._database.reading() as session:
            query = select(ThingRow).where(col(ThingRow.due_at) <= at).order_by(col(ThingRow.due_at))
            due = (await session.exec(query.limit(_AT_ONCE))).all()
            found = [await _judged(session, thing, at) for thing in due]
        if not due:
            return 0
        async with self._database.transaction() as session:
            rows = await _locked(session, {_key_of(thing) for thing in due})
            for thing, outcome in zip(due, found, strict=True):
                if (row := rows.get(_key_of(thing))) is not None and row.due_at == thing.due_at:
                    await _keep(session, row, outcome)
                # Else somebody judged it, or news came in the meantime.
        return len(due)

    async def history(self, kind: type[Fact], site: str, key: str, sites: Collection[str], at: datetime) -> History:
        """What was judged of the thing until *at*. Raises NotInSystem."""
        async with self._database.reading() as session:
            spells = await _spells(session, kind.kind, site, key) if site in sites else ()
            # One that is gone has its history; one that was never judged is there.
            if site not in sites or (not spells and await session.get(FactRow, (kind.kind, site, key)) is None):
                raise NotInSystem(f"There is no {in_words(kind.kind)} {key} at {site}.")
        return history((_spell(row) for row in spells), at)


async def _judged(session: AsyncSession, thing: ThingRow, at: datetime) -> _Found:
    kind = KINDS[thing.kind]
    try:
        known = await known_of(session, kind, thing.site, thing.key, thing.due_at or at)
    except NotInSystem:
        return _Found()
    except NoPolicy:
        return _Found(due_at=at + _LATER, kept=False)
    fact = known.readings[0].fact
    if is_over(fact):
        return _Found(names=itself(fact))
    try:
        judgements = judged(kind, thing.site, thing.key, known).judgements
    except Exception:
        # One that cannot be judged must not keep the others waiting.
        log.exception("readiness.broken", kind=thing.kind, site=thing.site, key=thing.key)
        return _Found(due_at=at + _LATER, kept=False)
    looks = (next_look(known), await begins_next(session, ReadinessPolicyRow, thing.site, known.now))
    return _Found(judgements, concerns(fact, known), min((look for look in looks if look is not None), default=None))


async def _keep(session: AsyncSession, row: ThingRow, found: _Found) -> None:
    """Ends the spells that are no longer so and begins those that are; both at the moment the thing became due."""
    assert row.due_at is not None
    began, row.due_at = row.due_at, found.due_at
    if not found.kept:
        return
    standing = {
        spell.predicate: spell
        for spell in await _spells(session, row.kind, row.site, row.key, col(SpellRow.until).is_(None))
    }
    for judgement in found.judgements:
        before = standing.pop(judgement.predicate, None)
        if before is not None and stands(_spell(before), judgement):
            continue
        if before is not None:
            before.until = began
            # Before the next one begins: there are never two.
            await session.flush()
        session.add(_begun(row, judgement, began))
    for gone in standing.values():
        gone.until = began
    await _watch(session, row, found.names)


async def _watch(session: AsyncSession, thing: ThingRow, names: frozenset[str]) -> None:
    of_thing = and_(
        col(ThingWatchRow.kind) == thing.kind,
        col(ThingWatchRow.site) == thing.site,
        col(ThingWatchRow.key) == thing.key,
    )
    known = set((await session.exec(select(ThingWatchRow.name).where(of_thing))).all())
    if gone := known - names:
        await session.exec(delete(ThingWatchRow).where(of_thing, col(ThingWatchRow.name).in_(gone)))
    session.add_all(
        ThingWatchRow(name=name, kind=thing.kind, site=thing.site, key=thing.key) for name in sorted(names - known)
    )


async def _locked(session: AsyncSession, things: Collection[_Key]) -> dict[_Key, ThingRow]:
    """Those of *things* that are known, locked in one order, so that nobody waits for each other."""
    key = col(ThingRow.kind), col(ThingRow.site), col(ThingRow.key)
    query = select(ThingRow).where(tuple_(*key).in_(things)).order_by(*key).with_for_update()
    return {_key_of(row): row for row in (await session.exec(query)).all()}


def _key_of(row: ThingRow) -> _Key:
    return row.kind, row.site, row.key


async def _make_due(session: AsyncSession, things: Collection[_Key], at: datetime) -> None:
    """Each of *things* is due at *at*, if it is not already; one that is new is known from now on."""
    known = await _locked(session, things)
    for kind, site, key in sorted(things):
        row = known.get((kind, site, key))
        if row is None:
            session.add(ThingRow(kind=kind, site=site, key=key, due_at=at))
        elif row.due_at is None or row.due_at > at:
            row.due_at = at


async def _spells(
    session: AsyncSession, kind: str, site: str, key: str, *which: ColumnElement[bool]
) -> Sequence[SpellRow]:
    query = select(SpellRow).where(SpellRow.site == site, SpellRow.kind == kind, SpellRow.key == key, *which)
    return (await session.exec(query.order_by(col(SpellRow.since)))).all()


def _begun(thing: ThingRow, judgement: Readiness, at: datetime) -> SpellRow:
    return SpellRow(
        kind=thing.kind, site=thing.site, key=thing.key, predicate=judgement.predicate, value=judgement.value,
        reasons=[reason.model_dump(mode="json") for reason in judgement.reasons], since=at, until=None,
        inputs=judgement.inputs, policy_version=judgement.policy_version,
    )  # fmt: skip


def _spell(row: SpellRow) -> Spell:
    return Spell.model_validate(row.model_dump(exclude={"number"}))
