"""What is not ready, over all sites, by what is kept of readiness over time: no page judges anything."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, tuple_
from sqlmodel import col, select

from domain.facts import KINDS
from domain.readiness.not_ready import GATES, NotReady, Waiting, due_at
from domain.views import Page
from storage.database import Database
from storage.derived_lists import MOST_LOOKED_AT
from storage.facts import reading_of
from storage.paging import BadCursor, cursor_behind, keys_of, page_size
from storage.tables.plant import FactRow
from storage.tables.readiness import SpellRow

_NAMES = ("kind", "site", "key")


class NotReadyReader:
    """Looks at what cannot start or leave, and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def not_ready(
        self,
        *,
        sites: Collection[str],
        site: str | None = None,
        owner: str | None = None,
        kind: Waiting | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[NotReady]:
        """What is not ready at *sites* and fits all that is given, longest first. Raises BadCursor."""
        size = page_size(limit)
        query = (
            select(SpellRow, FactRow)
            .join(FactRow, and_(*(getattr(FactRow, name) == getattr(SpellRow, name) for name in _NAMES)))
            .where(
                col(SpellRow.until).is_(None),
                # Written out, as in the index that this is found by.
                col(SpellRow.value) != literal("true", literal_execute=True),
                # Not the column itself: a database would look up all of a site by it and sort that, instead of reading
                # in the order of the index as many as a page has.
                col(SpellRow.site).concat("").in_([one for one in sites if site in (None, one)]),
                or_(*(_kept_back(each) for each in ([kind] if kind else Waiting))),
            )
            .order_by(col(SpellRow.since), col(SpellRow.number))
        )
        if cursor is not None:
            query = query.where(tuple_(col(SpellRow.since), col(SpellRow.number)) > _behind(cursor))
        most = size if owner is None else MOST_LOOKED_AT
        async with self._database.reading() as session:
            rows = (await session.exec(query.limit(most + 1))).all()
        found: list[NotReady] = []
        looked_at = 0
        for spell, fact in rows[:most]:
            if len(found) == size:
                break
            looked_at += 1
            shown = _shown(spell, fact)
            if owner is None or owner in shown.owners:
                found.append(shown)
        last = rows[looked_at - 1][0] if looked_at < len(rows) else None
        return Page[NotReady](
            items=tuple(found), next=None if last is None else cursor_behind(last.since.isoformat(), last.number or 0)
        )


def _kept_back(waiting: Waiting) -> ColumnElement[bool]:
    gate = GATES[waiting]
    return and_(
        col(SpellRow.kind) == gate.kind.kind,
        col(SpellRow.predicate) == gate.predicate,
        col(FactRow.body)["status"].as_string().in_(gate.at),
    )


def _shown(spell: SpellRow, row: FactRow) -> NotReady:
    said: dict[str, Any] = spell.model_dump(include=set(NotReady.model_fields))
    return NotReady(**said, due_at=due_at(reading_of(row, KINDS[row.kind]).fact))


def _behind(cursor: str) -> tuple[datetime, int]:
    since, number = keys_of(cursor, str, int)
    try:
        moment = datetime.fromisoformat(str(since))
    except ValueError as mistake:
        raise BadCursor from mistake
    if moment.tzinfo is None:
        raise BadCursor
    return moment, int(number)
