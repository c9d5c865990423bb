"""Cases as people and systems look at them. What is at a site the caller may not see is not there for him."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.effect import Effect, EffectState, KeptEffect
from domain.evidence import pack_digest
from domain.ports import NotInSystem
from domain.trail import TrailEntry
from domain.views import CaseDetail, CaseSummary, Page, QuestionSummary
from storage.case_files import case_file
from storage.cases import allowed_commands
from storage.corrections import corrections_of
from storage.database import Database
from storage.paging import cursor_behind, keys_of, page_size
from storage.reading_attachments import attachments_of
from storage.reading_force import forced_moves, forced_targets
from storage.reading_plans import plan_of
from storage.reading_questions import question_summary
from storage.tables.cases import CaseRow, EffectRow, TrailRow
from storage.tables.questions import QuestionRow
from storage.trail import entry

_EFFECT: TypeAdapter[Effect] = TypeAdapter(Effect)


class CaseReader:
    """Looks at cases and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cases(  # noqa: PLR0913
        self,
        *,
        sites: Collection[str],
        process: str | None = None,
        site: str | None = None,
        state: str | None = None,
        subject: str | None = None,
        owner: str | None = None,
        is_open: bool | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[CaseSummary]:
        """The cases at *sites* that fit all that is given, newest first. Raises BadCursor."""
        query = select(CaseRow).where(col(CaseRow.site).in_(sites)).order_by(col(CaseRow.number).desc())
        wanted = {"process": process, "site": site, "state": state, "subject": subject, "owner": owner}
        query = query.filter_by(**{name: value for name, value in wanted.items() if value is not None})
        if is_open is not None:
            closed = col(CaseRow.closed_at)
            query = query.where(closed.is_(None) if is_open else closed.is_not(None))
        if cursor is not None:
            (number,) = keys_of(cursor, int)
            query = query.where(col(CaseRow.number) < number)
        size = page_size(limit)
        async with self._database.reading() as session:
            rows = (await session.exec(query.limit(size + 1))).all()
        more = len(rows) > size
        return Page[CaseSummary](
            items=tuple(CaseSummary.model_validate(_summary(row)) for row in rows[:size]),
            next=cursor_behind(rows[size - 1].number) if more else None,
        )

    async def site_of(self, case_id: str, sites: Collection[str]) -> str:
        """Where the case is, if it is at one of *sites*. Raises NotInSystem."""
        async with self._database.reading() as session:
            return (await visible_case(session, case_id, sites)).site

    async def case(self, case_id: str, sites: Collection[str], at: datetime) -> CaseDetail:
        """Everything about the case as it is at *at*, but its trail. Raises NotInSystem."""
        async with self._database.reading() as session:
            row = await visible_case(session, case_id, sites)
            file = await case_file(session, row)
            became, held = await plan_of(session, row)
            successor = await session.exec(select(CaseRow.id).where(CaseRow.supersedes == case_id))
            return CaseDetail.model_validate(
                {
                    **_summary(row),
                    "request": row.request,
                    "before": file.before,
                    "channel": row.channel,
                    "policy": row.policy,
                    "also_asked": tuple(row.also_asked or ()),
                    "taken_back": tuple(row.taken_back or ()),
                    "assessment": row.assessment,
                    "evidence": file.evidence,
                    "evidence_digest": pack_digest(file.evidence),
                    "proposal": file.proposal,
                    "chosen_option": file.chosen,
                    "questions": await _questions(session, case_id, at),
                    "effects": await _effects(session, case_id),
                    "attachments": await attachments_of(session, case_id),
                    "caused_by": row.caused_by,
                    "supersedes": row.supersedes,
                    "superseded_by": successor.first(),
                    "corrected_by": await corrections_of(session, case_id),
                    "plan": became,
                    "recovered": held,
                    "workflow_id": row.workflow_id,
                    "allowed_commands": allowed_commands(row),
                    "forced_moves": await forced_moves(session, row),
                    "can_be_forced_to": await forced_targets(session, row),
                }
            )

    async def trail(self, case_id: str, sites: Collection[str], after: int = 0, limit: int = 200) -> Page[TrailEntry]:
        """The lines of the case's history behind number *after*, oldest first. Raises NotInSystem."""
        size = page_size(limit)
        query = (
            select(TrailRow)
            .where(TrailRow.case_id == case_id, col(TrailRow.sequence) > after)
            .order_by(col(TrailRow.sequence))
            .limit(size + 1)
        )
        async with self._database.reading() as session:
            await visible_case(session, case_id, sites)
            rows = (await session.exec(query)).all()
        return Page[TrailEntry](
            items=tuple(entry(row) for row in rows[:size]),
            next=str(rows[size - 1].sequence) if len(rows) > size else None,
        )

    async def last_lines(self, case_id: str, sites: Collection[str], number: int) -> tuple[TrailEntry, ...]:
        """The last lines of the case's history, newest first. Raises NotInSystem."""
        query = select(TrailRow).where(TrailRow.case_id == case_id).order_by(col(TrailRow.sequence).desc())
        async with self._database.reading() as session:
            await visible_case(session, case_id, sites)
            return tuple(entry(row) for row in (await session.exec(query.limit(number))).all())


async def visible_case(session: AsyncSession, case_id: str, sites: Collection[str]) -> CaseRow:
    """The case, if it is at one of *sites*. Raises NotInSystem, whether it is elsewhere or nowhere."""
    row = await session.get(CaseRow, case_id)
    if row is None or row.site not in sites:
        raise NotInSystem(f"There is no case {case_id}.")
    return row


async def _questions(session: AsyncSession, case_id: str, at: datetime) -> tuple[QuestionSummary, ...]:
    query = select(QuestionRow).where(QuestionRow.case_id == case_id)
    rows = (await session.exec(query.order_by(col(QuestionRow.asked_at).desc(), QuestionRow.id))).all()
    return tuple(question_summary(row, at) for row in rows)


async def _effects(session: AsyncSession, case_id: str) -> tuple[KeptEffect, ...]:
    query = select(EffectRow).where(EffectRow.case_id == case_id).order_by(EffectRow.key)
    return tuple(
        KeptEffect(
            key=row.key,
            effect=_EFFECT.validate_python(row.body),
            state=EffectState(row.state),
            answer=row.answer,
        )
        for row in (await session.exec(query)).all()
    )


def _summary(row: CaseRow) -> dict[str, Any]:
    return {
        **row.model_dump(include=set(CaseSummary.model_fields) - {"reason", "chosen"}),
        "reason": row.request["reason"],
        "chosen": None if row.chosen is None else row.chosen["name"],
    }
