"""What a notice still has to tell when it leaves, in words, and whether now is an hour to tell it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.contact import Contact
from domain.letter import Line
from domain.master_data import Site
from domain.notice import Occasion, sending, urgency
from domain.ports import NotInSystem
from domain.question import QuestionDraft
from domain.roles import Role
from storage.calendars import calendar_for
from storage.facts import fact
from storage.identity import roles_at
from storage.tables.notices import NoticeLineRow, NoticeRow
from storage.tables.questions import QuestionRow

Told: TypeAlias = tuple[NoticeLineRow, QuestionRow]


async def still_told(session: AsyncSession, notice: NoticeRow) -> tuple[Told, ...]:
    """The lines of *notice* without what its person is told anew, what is closed by now, and what is his no more."""
    later = aliased(NoticeLineRow)
    its_notice = aliased(NoticeRow)
    told_anew = (
        select(later.message)
        .join(its_notice, col(later.notice) == col(its_notice.number))
        .where(
            col(later.question_id) == col(NoticeLineRow.question_id),
            col(later.message) > col(NoticeLineRow.message),
            col(its_notice.person) == notice.person,
            col(its_notice.channel) == notice.channel,
        )
    )
    query = (
        select(NoticeLineRow, QuestionRow)
        .join(QuestionRow, col(QuestionRow.id) == col(NoticeLineRow.question_id))
        .where(NoticeLineRow.notice == notice.number, ~told_anew.exists())
        .order_by(col(NoticeLineRow.message))
    )
    return tuple(
        [
            (line, question)
            for line, question in (await session.exec(query)).all()
            if not (Occasion(line.occasion).waits and question.closed_at is not None)
            # A room is nobody, and keeps its roles.
            if not notice.person or await roles_at(session, notice.person, line.site)
        ]
    )


async def better_hour(
    session: AsyncSession, notice: NoticeRow, told: Sequence[Told], contact: Contact, at: datetime
) -> datetime:
    """When the person of *notice* may be told: *at* itself unless all of it can wait for the end of his quiet hours."""
    if not notice.person:
        return at
    # The digest is not waited for again: this is it, or what was kept back by a server or a worker that was away.
    by_hours = contact.model_copy(update={"digest_at": None})
    moments = []
    for line, question in told:
        working = await calendar_for(session, line.site, Role(line.role))
        within = QuestionDraft.model_validate(question.draft).within
        moments.append(sending(urgency(Occasion(line.occasion), within), by_hours, working, at, question.due_at).at)
    return min(moments, default=at)


async def in_words(session: AsyncSession, told: Sequence[Told]) -> tuple[Line, ...]:
    """What is *told*, with the names and clocks of its plant."""
    return tuple([await _line(session, line, question) for line, question in told])


async def _line(session: AsyncSession, row: NoticeLineRow, question: QuestionRow) -> Line:
    draft = QuestionDraft.model_validate(question.draft)
    titles = {choice.name: choice.title for choice in draft.choices}
    try:
        plant = (await fact(session, Site, row.site, row.site)).fact
        name, zone = plant.name, plant.zone
    except NotInSystem:
        name, zone = row.site, "UTC"
    return Line(
        occasion=Occasion(row.occasion),
        role=Role(row.role),
        plant=name,
        zone=zone,
        process=PROCESSES[question.process].title,
        case_id=question.case_id,
        subject=question.subject,
        question_id=question.id,
        title=draft.title,
        asked=tuple(dict.fromkeys((*draft.waited_for, *map(Role, question.further_roles)))),
        due_at=question.due_at,
        answers=tuple(titles.values()),
        answer=titles.get(question.choice or "", ""),
        settled_by=question.closed_by or "",
    )
