"""What the record has of one day of a site, for its daily report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.adjustment.recovery import COMPARED
from domain.claim import Claim
from domain.force import ForcedMove
from domain.leaving.ship_notice import TIMED, UNTOLD
from domain.policy_publishing import EVERYWHERE, PolicyEvent, PolicyStep
from domain.processes.quality_hold import QUALITY_HOLD
from domain.question import QuestionDraft
from domain.report import (
    Asked,
    CaseLine,
    DailyReport,
    Day,
    DayToCome,
    Delegated,
    OpenHold,
    RecordedDay,
    daily_report,
)
from domain.substitution import Substitution
from domain.words import in_words
from storage.bypasses import bypasses_within
from storage.calendars import day_at, plant_at
from storage.database import Database
from storage.questions import turn_of
from storage.reading_force import as_move
from storage.reading_policies import policy_event
from storage.standing_in import standing_delegations
from storage.substitutions import substitution
from storage.tables.cases import CaseRow, ForcedMoveRow, TrailRow
from storage.tables.questions import DelegationRow, QuestionRow, SubstitutionRow
from storage.trail import entry

_TOLD = ("opened", "escalated", "answer_refused", "force_refused", COMPARED, TIMED, UNTOLD)
_MOVES = ("entered", "forced")
_SETTLING = ("answered", "decided")


class ReportReader:
    """Daily reports, written anew whenever somebody reads one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, site: str, wanted: date | None, at: datetime) -> DailyReport:
        """The report of the day *wanted*, as it stands *at* now; of yesterday without one. Raises DayToCome."""
        async with self._database.reading(one_moment=True) as session:
            today = await day_at(session, site, at)
            if wanted is not None and wanted > today:
                raise DayToCome(f"{wanted} has not begun at {site}: it is {today} there.")
            return await report_of(session, site, wanted or today - timedelta(days=1))


async def report_of(session: AsyncSession, site: str, day: date) -> DailyReport:
    """The report of one day, within a transaction."""
    return daily_report(await _recorded(session, await site_day(session, site, day)))


async def site_day(session: AsyncSession, site: str, day: date) -> Day:
    """The day by the clocks of the site: in UTC where nobody said where it is."""
    plant = await plant_at(session, site)
    return Day(site=site, plant=plant.name, zone=plant.zone, date=day)


async def _recorded(session: AsyncSession, day: Day) -> RecordedDay:
    return RecordedDay(
        day=day,
        lines=await _lines(session, day),
        forced=await _forced(session, day),
        late=await _late(session, day),
        waiting=await _waiting(session, day),
        policies=await _policies(session, day),
        substitutions=await _substitutions(session, day),
        delegations=await _delegations(session, day),
        holds=await _holds(session, day),
        bypasses=await bypasses_within(session, day.site, day.begins, day.ends),
    )


async def _lines(session: AsyncSession, day: Day) -> list[CaseLine]:
    closes = and_(col(CaseRow.closed_at) == col(TrailRow.at), col(CaseRow.state) == col(TrailRow.to_state))
    told = or_(
        col(TrailRow.action).in_(_TOLD),
        and_(col(TrailRow.action).in_(_MOVES), or_(closes, col(TrailRow.details)["automatic"].as_boolean())),
    )
    query = (
        select(TrailRow, CaseRow)
        .join(CaseRow, col(CaseRow.id) == col(TrailRow.case_id))
        # Named once more in one list, so that the index by action serves all of it.
        .where(CaseRow.site == day.site, _done(day, *_TOLD, *_MOVES), told)
        .order_by(col(TrailRow.at), col(CaseRow.number), col(TrailRow.sequence))
    )
    return [
        CaseLine(
            case_id=case.id,
            process=case.process,
            subject=case.subject,
            line=entry(line),
            closes=line.to_state == case.state and line.at == case.closed_at,
        )
        for line, case in (await session.exec(query)).all()
    ]


async def _forced(session: AsyncSession, day: Day) -> list[ForcedMove]:
    query = (
        select(ForcedMoveRow, CaseRow)
        .join(CaseRow, col(CaseRow.id) == col(ForcedMoveRow.case_id))
        .where(ForcedMoveRow.site == day.site, *_within(col(ForcedMoveRow.at), day))
        .order_by(col(ForcedMoveRow.at))
    )
    return [as_move(row, case) for row, case in (await session.exec(query)).all()]


async def _late(session: AsyncSession, day: Day) -> list[Asked]:
    settled = select(col(TrailRow.details)["question"].as_string()).where(_done(day, *_SETTLING))
    query = select(QuestionRow).where(
        QuestionRow.site == day.site,
        col(QuestionRow.id).in_(settled),
        col(QuestionRow.choice).is_not(None),
        *_within(col(QuestionRow.closed_at), day),
        col(QuestionRow.closed_at) > col(QuestionRow.due_at),
    )
    rows = (await session.exec(query.order_by(col(QuestionRow.due_at), col(QuestionRow.id)))).all()
    return [_asked(row, row.closed_by or "") for row in rows]


async def _waiting(session: AsyncSession, day: Day) -> list[Asked]:
    query = select(QuestionRow).where(
        QuestionRow.site == day.site,
        col(QuestionRow.due_at) < day.ends,
        or_(col(QuestionRow.closed_at).is_(None), col(QuestionRow.closed_at) >= day.ends),
    )
    rows = (await session.exec(query.order_by(col(QuestionRow.due_at), col(QuestionRow.id)))).all()
    in_hands = {
        one.question_id: one.delegate for one in await standing_delegations(session, {r.id for r in rows}, day.ends)
    }
    return [_asked(row, in_hands.get(row.id) or _with_whom(row, day.ends)) for row in rows]


async def _policies(session: AsyncSession, day: Day) -> list[PolicyEvent]:
    query = select(TrailRow).where(
        _done(day, *PolicyStep), col(TrailRow.details)["site"].as_string().in_([day.site, EVERYWHERE])
    )
    lines = (await session.exec(query.order_by(col(TrailRow.at), col(TrailRow.case_id), col(TrailRow.sequence)))).all()
    return list(map(policy_event, lines))


async def _substitutions(session: AsyncSession, day: Day) -> list[Substitution]:
    query = select(SubstitutionRow).where(
        SubstitutionRow.site == day.site,
        SubstitutionRow.first_day == day.date,
        or_(col(SubstitutionRow.ended_at).is_(None), col(SubstitutionRow.ended_at) >= day.begins),
    )
    return list(map(substitution, (await session.exec(query.order_by(col(SubstitutionRow.number)))).all()))


async def _delegations(session: AsyncSession, day: Day) -> list[Delegated]:
    query = (
        select(DelegationRow)
        .join(QuestionRow, col(QuestionRow.id) == col(DelegationRow.question_id))
        .where(QuestionRow.site == day.site, *_within(col(DelegationRow.at), day))
        .order_by(col(DelegationRow.number))
    )
    return [
        Delegated(question=row.question_id, by=row.delegator, to=row.delegate, reason=row.reason)
        for row in (await session.exec(query)).all()
    ]


async def _holds(session: AsyncSession, day: Day) -> list[OpenHold]:
    query = select(CaseRow).where(
        CaseRow.site == day.site,
        CaseRow.process == QUALITY_HOLD.name,
        col(CaseRow.opened_at) < day.ends,
        or_(col(CaseRow.closed_at).is_(None), col(CaseRow.closed_at) >= day.ends),
    )
    cases = (await session.exec(query.order_by(col(CaseRow.opened_at), col(CaseRow.number)))).all()
    return [OpenHold(case_id=case.id, subject=case.subject, since=case.opened_at) for case in cases]


def _done(day: Day, *actions: str) -> ColumnElement[bool]:
    return and_(col(TrailRow.action).in_(actions), *_within(col(TrailRow.at), day))


def _within(moment: SQLColumnExpression[Any], day: Day) -> Sequence[ColumnElement[bool]]:
    return moment >= day.begins, moment < day.ends


def _asked(row: QuestionRow, with_whom: str) -> Asked:
    draft = QuestionDraft.model_validate(row.draft)
    return Asked(
        question=row.id, case_id=row.case_id, subject=row.subject, title=draft.title, kind=draft.kind,
        due_at=row.due_at, with_whom=with_whom, settled_at=row.closed_at,
    )  # fmt: skip


def _with_whom(row: QuestionRow, at: datetime) -> str:
    """Who has claimed it, or else everybody whose word it waits for."""
    if row.claim is not None and (claim := Claim.model_validate(row.claim)).stands(at):
        return claim.person
    asked = dict.fromkeys((*turn_of(row).waited_for, *row.further_roles))
    return ", ".join(map(in_words, asked))
