"""Lots that are on hold for too long: whoever leads hears of it, each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.diagram import length
from domain.notice import Occasion
from domain.ports import NotInSystem
from domain.question import QuestionDraft
from domain.release import Hold
from domain.timing import Age
from domain.words import in_words
from storage.calendars import calendar_for
from storage.cases import locked
from storage.database import Database
from storage.facts import fact
from storage.outbox import MessageKind, post, post_notice
from storage.questions import open_to
from storage.readiness_policies import timing_at
from storage.reading_holds import AGED, on_hold
from storage.steps import event_of
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.questions import QuestionRow
from storage.trail import CLOCK, append, is_written


class Ageing:
    """Raises holds that reach an age of which somebody else has to hear."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def raise_aged(self, at: datetime) -> int:
        """How many holds were raised at *at*, each to one role."""
        async with self._database.reading() as session:
            reached = await _reached(session, at)
        raised = 0
        for case_id, age in reached:
            async with self._database.transaction() as session:
                raised += await _raise(session, case_id, age, at)
        return raised


async def _reached(session: AsyncSession, at: datetime) -> list[tuple[str, Age]]:
    """The cases about lots that are as old *at* that moment, with the age of which nobody has heard yet."""
    cases = (await session.exec(select(CaseRow).where(*on_hold()).order_by(col(CaseRow.number)))).all()
    found = []
    for site in sorted({case.site for case in cases}):
        here = [case for case in cases if case.site == site]
        for age in (await timing_at(session, site, at)).hold_ages:
            working = await calendar_for(session, site, age.to)
            old = [case for case in here if age.reached(case.opened_at, at, working)]
            known = await _written(session, [_once(case.id, age) for case in old])
            found += [(case.id, age) for case in old if _once(case.id, age) not in known]
    return found


async def _raise(session: AsyncSession, case_id: str, age: Age, at: datetime) -> int:
    case = await locked(session, case_id)
    # Looked at again: it may have been decided on, or let go on conditions, or raised by somebody else who looked.
    if case.closed_at is not None or await is_written(session, _once(case_id, age)):
        return 0
    try:
        held = (await fact(session, Hold, case.site, case.subject)).fact.active
    except NotInSystem:
        held = False
    if not held:
        return 0
    why = f"On hold since {case.opened_at:%Y-%m-%d}, longer than {length(age.after)}; now {in_words(case.state)}."
    await append(
        session, case, at=at, action=AGED, by=CLOCK, role=age.to, reason=why,
        details={"since": case.opened_at.isoformat(), "after": age.after.model_dump(mode="json", exclude_none=True)},
        once=_once(case_id, age),
    )  # fmt: skip
    asked = select(QuestionRow).where(QuestionRow.case_id == case_id, col(QuestionRow.closed_at).is_(None))
    for question in (await session.exec(asked)).all():
        if age.to not in QuestionDraft.model_validate(question.draft).waited_for:
            await open_to(session, question, age.to)
    post(session, MessageKind.EVENT, case, at=at, body={**event_of(case, case.state), "happened": AGED, "to": age.to})
    post_notice(session, case, Occasion.AGED, at=at, line=case.trail_length)
    return 1


def _once(case_id: str, age: Age) -> str:
    return f"{case_id}/aged/{age.to}"


async def _written(session: AsyncSession, once: Sequence[str]) -> set[str | None]:
    return set((await session.exec(select(TrailRow.once).where(col(TrailRow.once).in_(once)))).all())
