"""Lists of what is worked out from facts: a page reads so many things, however many there are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.fact import F, Fact, Reading
from domain.facts import OVER, Job, JobStatus, LineStatus, Lot, OrderLine, Shipment
from domain.order_line.known import OpenCase
from domain.order_line.precedence import CARRIER
from domain.order_line.stage import LineStage
from domain.process import SYSTEM
from domain.roles import Role
from domain.standing.jobs import JobStage
from domain.standing.lots import LotStage
from domain.standing.shipments import ShipmentStage
from domain.standing.standing import Cause, Standing
from domain.status import OrderLineStatus
from domain.views import Page
from domain.words import in_words
from storage.facts import reading_of
from storage.paging import cursor_behind, keys_of, page_size
from storage.tables.cases import CaseRow
from storage.tables.plant import FactRow

MOST_LOOKED_AT = 500
"""Things that one page works out. Where few fit, it comes with fewer than asked for and says where it got to."""

_STATUS = col(FactRow.body)["status"].as_string()
_OPEN: Final[Mapping[type[Fact], ColumnElement[bool]]] = {
    Job: _STATUS.not_in([JobStatus.COMPLETE, JobStatus.CLOSED]),
    OrderLine: _STATUS == LineStatus.OPEN,
    Lot: col(FactRow.body)["quantity"].as_string() != "0",
    Shipment: _STATUS.not_in(OVER),
}
"""What still concerns somebody, as far as the source says."""

_STAGES: Final[Mapping[type[Fact], type[StrEnum]]] = {
    Job: JobStage,
    OrderLine: LineStage,
    Lot: LotStage,
    Shipment: ShipmentStage,
}
_AWAITED: Final = (*Role, CARRIER, SYSTEM)
"""Who a thing may wait for."""

Shown = TypeVar("Shown", Standing, OrderLineStatus)


class NoSuchStatus(ValueError):
    """No thing of the kind can ever have that status."""

    def __init__(self, kind: type[Fact], status: str) -> None:
        super().__init__(f"No {in_words(kind.kind)} is ever {status}. It is one of {', '.join(_STAGES[kind])}.")


class NobodyAwaited(ValueError):
    """Nothing ever waits for that."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Nothing ever waits for {name}. It waits for one of {', '.join(_AWAITED)}.")


@dataclass(frozen=True)
class Wanted:
    """Which are wanted; what is not given does not matter."""

    status: str | None = None
    waiting_on: str | None = None
    cause: Cause | None = None
    late: bool | None = None
    is_open: bool | None = None
    """Whether anybody still waits for it, as its source says."""

    def must_make_sense(self, kind: type[Fact]) -> None:
        """Raises NoSuchStatus, NobodyAwaited."""
        if self.status is not None and self.status not in list(_STAGES[kind]):
            raise NoSuchStatus(kind, self.status)
        if self.waiting_on is not None and self.waiting_on not in _AWAITED:
            raise NobodyAwaited(self.waiting_on)

    def fits(self, shown: Standing | OrderLineStatus) -> bool:
        """Whether what was worked out is wanted."""
        return (
            self.status in (None, shown.status)
            and self.waiting_on in (None, shown.waiting_on)
            and self.cause in (None, shown.cause)
            and self.late in (None, bool(shown.lateness))
        )


EVERYTHING: Final = Wanted()


async def page_of_wanted(
    session: AsyncSession,
    kind: type[F],
    site: str,
    work_out: Callable[[Sequence[Reading[F]]], Awaitable[Sequence[Shown]]],
    wanted: Wanted,
    cursor: str | None,
    limit: int,
) -> Page[Shown]:
    """
    What *work_out* makes of the things of *kind* at *site*, as far as it is *wanted*; by key.

    Raises BadCursor, NoSuchStatus, NobodyAwaited.
    """
    wanted.must_make_sense(kind)
    size = page_size(limit)
    after = keys_of(cursor, str)[0] if cursor is not None else ""
    found: list[Shown] = []
    looked_at, more = 0, True
    while more and len(found) < size and looked_at < MOST_LOOKED_AT:
        query = select(FactRow).where(FactRow.kind == kind.kind, FactRow.site == site, col(FactRow.key) > after)
        if wanted.is_open is not None:
            query = query.where(_OPEN[kind] if wanted.is_open else ~_OPEN[kind])
        rows = (await session.exec(query.order_by(col(FactRow.key)).limit(size + 1))).all()
        chunk, more = rows[:size], len(rows) > size
        if not chunk:
            break
        for row, shown in zip(chunk, await work_out([reading_of(row, kind) for row in chunk]), strict=True):
            if len(found) == size:
                more = True
                break
            after = row.key
            if wanted.fits(shown):
                found.append(shown)
        looked_at += len(chunk)
    return Page[Any](items=tuple(found), next=cursor_behind(after) if more else None)


async def open_cases(
    session: AsyncSession, kind: type[Fact], site: str, subjects: Collection[str]
) -> dict[str, tuple[OpenCase, ...]]:
    """The cases about each of *subjects*, which are of *kind*, that have not ended: the oldest first."""
    about = [process.name for process in PROCESSES.values() if process.about is kind]
    query = select(CaseRow).where(
        col(CaseRow.subject).in_(subjects),
        CaseRow.site == site,
        col(CaseRow.process).in_(about),
        col(CaseRow.closed_at).is_(None),
    )
    found: dict[str, tuple[OpenCase, ...]] = dict.fromkeys(subjects, ())
    for row in (await session.exec(query.order_by(col(CaseRow.number)))).all():
        case = OpenCase(
            id=row.id,
            process=row.process,
            state=row.state,
            owner=row.owner,
            opened_at=row.opened_at,
            since=row.since,
            due_at=row.due_at,
            interruptible=PROCESSES[row.process].state(row.state).interruptible,
        )
        found[row.subject] = (*found[row.subject], case)
    return found
