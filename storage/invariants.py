"""Looking through the whole record for what must not be: a few cases at a time, whatever else goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import or_, text, tuple_
from sqlmodel import SQLModel, col, exists, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.effect import EffectState
from domain.invariants import PATIENCE, Broken, RecordedCase, broken
from storage.database import Database
from storage.electronic_signatures import signatures_of
from storage.questions import as_it_stands
from storage.readiness import waiver_of
from storage.tables.access import RequestRow
from storage.tables.cases import CaseRow, EffectRow, TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.notices import NoticeLineRow, NoticeRow
from storage.tables.questions import AnswerRow, QuestionRow
from storage.tables.readiness import WaiverRow
from storage.trail import entry
from storage.waiver_signatures import signatures_under

AT_A_TIME = 200
"""Cases, or requests, in one look: what is held in memory does not grow with the plant."""

Row = TypeVar("Row", bound=SQLModel)


async def broken_invariants(database: Database, at: datetime, since: datetime | None = None) -> AsyncIterator[Broken]:
    """
    Every place in the record where an invariant does not hold, as it is looked at *at* this moment.

    Cases that were over, and requests that were answered, before *since* are left out if it is given.
    """
    async for found in _of_requests(database, since):
        yield found
    last = 0
    while True:
        async with database.reading(one_moment=True) as session:
            cases = await _cases(session, last, since)
            if not cases:
                break
            for case in await _recorded(session, cases):
                for found in broken(case, at):
                    yield found
            ids = [case.id for case in cases]
            for found in (*await _told_twice(session, ids), *await _altered(session, ids)):
                yield found
        last = cases[-1].number
    async for found in _of_waivers(database, since):
        yield found
    async with database.reading(one_moment=True) as session:
        for found in (*await _open_twice(session), *await _without_case(session), *await _waiting(session, at)):
            yield found


async def unguarded_trail(database: Database) -> Broken | None:
    """That the database itself would let a line of the trail be changed; nothing if it does not."""
    on_sqlite = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'trail'"
    on_postgresql = """
        SELECT count(*) FROM pg_trigger
        WHERE tgrelid = 'trail'::regclass AND tgname = 'trail_only_grows' AND tgenabled IN ('O', 'A')
    """
    async with database.reading() as session:
        connection = await session.connection()
        guards = (await connection.execute(text(on_sqlite if database.is_sqlite else on_postgresql))).scalar_one()
    if guards >= (3 if database.is_sqlite else 1):
        return None
    return Broken("I8", "table trail", "What keeps its lines from being changed and deleted is not there.")


async def _cases(session: AsyncSession, after: int, since: datetime | None) -> Sequence[CaseRow]:
    query = select(CaseRow).where(CaseRow.number > after)
    if since is not None:
        query = query.where(or_(col(CaseRow.closed_at).is_(None), col(CaseRow.closed_at) >= since))
    return (await session.exec(query.order_by(col(CaseRow.number)).limit(AT_A_TIME))).all()


async def _recorded(session: AsyncSession, cases: Sequence[CaseRow]) -> Iterator[RecordedCase]:
    ids = [case.id for case in cases]
    trail, effects = await _by_case(session, TrailRow, ids), await _by_case(session, EffectRow, ids)
    questions, answers = await _by_case(session, QuestionRow, ids), await _by_case(session, AnswerRow, ids)
    return (
        RecordedCase(
            id=case.id,
            process=PROCESSES[case.process],
            state=case.state,
            version=case.version,
            assessment=case.assessment,
            owner=case.owner,
            due_at=case.due_at,
            closed_at=case.closed_at,
            queued=case.queued,
            trail_length=case.trail_length,
            trail=tuple(map(entry, sorted(trail[case.id], key=lambda line: line.sequence))),
            questions=tuple(
                as_it_stands(question, [given for given in answers[case.id] if given.question_id == question.id])
                for question in questions[case.id]
            ),
            effects={row.key: EffectState(row.state) for row in effects[case.id]},
        )
        for case in cases
    )


async def _by_case(session: AsyncSession, kind: type[Row], ids: Sequence[str]) -> dict[str, list[Row]]:
    case_id: Any = kind.case_id  # type: ignore[attr-defined]
    found: dict[str, list[Row]] = defaultdict(list)
    for row in (await session.exec(select(kind).where(col(case_id).in_(ids)))).all():
        found[row.case_id].append(row)  # type: ignore[attr-defined]
    return found


async def _of_requests(database: Database, since: datetime | None) -> AsyncIterator[Broken]:
    """What the record lacks of what was acknowledged."""
    order = (col(RequestRow.at), col(RequestRow.caller), col(RequestRow.key))
    query = select(RequestRow).order_by(*order).limit(AT_A_TIME)
    if since is not None:
        query = query.where(RequestRow.at >= since)
    after = query
    while True:
        async with database.reading(one_moment=True) as session:
            requests = (await session.exec(after)).all()
            if not requests:
                return
            about = {(str(row.answer["case_id"]), row.at): row for row in requests if row.answer.get("case_id")}
            lines = select(TrailRow.case_id, TrailRow.at).where(
                col(TrailRow.case_id).in_({case_id for case_id, _ in about}),
                col(TrailRow.at).in_({at for _, at in about}),
            )
            told = set((await session.exec(lines)).all())
        for (case_id, at), request in about.items():
            if (case_id, at) not in told:
                row = f"request {request.key} of {request.caller}"
                yield Broken("I1", row, f"It was acknowledged at {at}, and the trail of {case_id} has no line of then.")
        last = requests[-1]
        after = query.where(tuple_(*order) > (last.at, last.caller, last.key))


async def _told_twice(session: AsyncSession, ids: Sequence[str]) -> list[Broken]:
    query = (
        select(NoticeLineRow.question_id, NoticeRow.person, NoticeRow.channel, func.count())
        .join(NoticeRow, col(NoticeRow.number) == col(NoticeLineRow.notice))
        .where(col(NoticeLineRow.question_id).in_(select(QuestionRow.id).where(col(QuestionRow.case_id).in_(ids))))
        .group_by(
            col(NoticeLineRow.message), col(NoticeLineRow.question_id), col(NoticeRow.person), col(NoticeRow.channel)
        )
        .having(func.count() > 1)
    )
    return [
        Broken("I11", f"question {question}", f"{person or 'A room'} is told the same {count} times by {channel}.")
        for question, person, channel, count in (await session.exec(query)).all()
    ]


async def _altered(session: AsyncSession, ids: Sequence[str]) -> list[Broken]:
    return [
        Broken("I12", f"question {one.signature.question}", f"Signed by {one.signature.name}: {what}")
        for one in await signatures_of(session, ids)
        for what in one.altered
    ]


async def _of_waivers(database: Database, since: datetime | None) -> AsyncIterator[Broken]:
    """What was altered of a consent that was signed."""
    query = select(WaiverRow).order_by(col(WaiverRow.number)).limit(AT_A_TIME)
    if since is not None:
        query = query.where(WaiverRow.expires_at >= since)
    last = 0
    while True:
        async with database.reading(one_moment=True) as session:
            rows = (await session.exec(query.where(col(WaiverRow.number) > last))).all()
            signatures = await signatures_under(session, [waiver_of(row) for row in rows])
        if not rows:
            return
        for one in signatures:
            for what in one.altered:
                yield Broken("I12", f"waiver {one.signature.question}", f"Signed by {one.signature.name}: {what}")
        last = rows[-1].number or last


async def _open_twice(session: AsyncSession) -> list[Broken]:
    query = (
        select(CaseRow.workflow_id, func.count())
        .where(col(CaseRow.closed_at).is_(None), col(CaseRow.queued).is_(False))
        .group_by(col(CaseRow.workflow_id))
        .having(func.count() > 1)
    )
    return [
        Broken("I2", f"workflow {workflow_id}", f"{count} cases are open about its subject.")
        for workflow_id, count in (await session.exec(query)).all()
    ]


async def _without_case(session: AsyncSession) -> list[Broken]:
    found = []
    for invariant, kind, name, key in (
        ("I3", EffectRow, "effect", EffectRow.key),
        ("I2", QuestionRow, "question", QuestionRow.id),
        ("I2", AnswerRow, "answer to", AnswerRow.question_id),
    ):
        lost = select(key).where(~exists().where(col(CaseRow.id) == kind.case_id)).limit(AT_A_TIME)
        found += [Broken(invariant, f"{name} {row}", "Its case is not there.") for row in (await session.exec(lost))]
    return found


async def _waiting(session: AsyncSession, at: datetime, patience: timedelta = PATIENCE) -> list[Broken]:
    query = (
        select(OutboxRow)
        .where(OutboxRow.state == "waiting", col(OutboxRow.created_at) < at - patience)
        .order_by(col(OutboxRow.number))
        .limit(AT_A_TIME)
    )
    return [
        Broken(
            "I7", f"message {row.number}", f"The {row.kind} of {row.case_id} waits since {row.created_at}. {row.error}"
        )
        for row in (await session.exec(query)).all()
    ]
