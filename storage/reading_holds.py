"""The lots on hold at a site, from the record."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.facts import Lot
from domain.held_lot.hold_list import HoldList, LotOnHold
from domain.master_data import Item
from domain.ports import NotInSystem
from domain.processes.quality_hold import QUALITY_HOLD
from domain.release import Hold
from domain.roles import Role
from storage.database import Database
from storage.facts import told_of, under
from storage.questions import turn_of
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.plant import FactRow
from storage.tables.questions import QuestionRow

AGED = "hold_aged"
"""What the trail says once somebody has heard that a lot is on hold for long."""


class HoldReader:
    """Looks at what is on hold, and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold_list(self, site: str, sites: Collection[str], at: datetime) -> HoldList:
        """The lots on hold at *site* at *at*. Raises NotInSystem."""
        if site not in sites:
            raise NotInSystem(f"There is no site {site}.")
        async with self._database.reading() as session:
            return await hold_list(session, site, at)


def on_hold(*which: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """The open cases about lots on hold, of those that fit."""
    open_ones = (col(CaseRow.closed_at).is_(None), ~col(CaseRow.queued))
    return (col(CaseRow.process) == QUALITY_HOLD.name, *open_ones, *which)


async def hold_list(session: AsyncSession, site: str, at: datetime) -> HoldList:
    """The lots on hold at *site*, within a transaction."""
    here = on_hold(col(CaseRow.site) == site)
    cases = (await session.exec(select(CaseRow).where(*here))).all()
    lots = col(FactRow.key).in_(select(CaseRow.subject).where(*here))
    told = await told_of(session, site, and_(col(FactRow.kind).in_([Hold.kind, Lot.kind]), lots))
    holds = {one.fact.key: one.fact for one in told if isinstance(one.fact, Hold) and one.fact.active}
    there = {one.fact.key: one.fact for one in told if isinstance(one.fact, Lot)}
    items = await told_of(session, site, under(Item, {hold.item for hold in holds.values()}))
    costs = {one.fact.item: one.fact.cost for one in items}
    ids = select(CaseRow.id).where(*here)
    asked = select(QuestionRow).where(col(QuestionRow.closed_at).is_(None), col(QuestionRow.case_id).in_(ids))
    questions = (await session.exec(asked)).all()
    raised = select(TrailRow).where(TrailRow.action == AGED, col(TrailRow.case_id).in_(ids))
    lines = (await session.exec(raised.order_by(col(TrailRow.case_id), col(TrailRow.sequence)))).all()
    found = []
    for case in cases:
        if (hold := holds.get(case.subject)) is not None:
            quantity = there[case.subject].quantity if case.subject in there else Decimal(0)
            found.append(
                LotOnHold(
                    case_id=case.id, item=hold.item, lot=hold.lot, quantity=quantity,
                    value=quantity * costs.get(hold.item, Decimal(0)), severity=hold.severity, because=hold.because,
                    state=case.state, since=case.opened_at, age=at - case.opened_at,
                    raised_to=tuple(Role(line.role) for line in lines if line.case_id == case.id and line.role),
                    **_asked([question for question in questions if question.case_id == case.id]),
                )
            )  # fmt: skip
    return HoldList.of(site, at, tuple(found))


def _asked(questions: Sequence[QuestionRow]) -> dict[str, Any]:
    """Who is waited for, since when and until when."""
    roles = (
        role
        for question in sorted(questions, key=lambda one: one.due_at)
        for role in (*turn_of(question).waited_for, *map(Role, question.further_roles))
    )
    return {
        "asked": tuple(dict.fromkeys(roles)),
        "asked_since": min((question.asked_at for question in questions), default=None),
        "due_at": min((question.due_at for question in questions), default=None),
    }
