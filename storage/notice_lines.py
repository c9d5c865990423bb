"""What a notice still has to tell when it leaves, in words, and whether now is an hour to tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.contact import Contact
from domain.decision import Principal, PrincipalKind
from domain.letter import Line
from domain.notice import Occasion, goes_without_saying, read_as, sending, told_as, urgency
from domain.question import QuestionDraft
from domain.report_page import sentences, title
from domain.roles import Role
from domain.words import in_words
from storage.calendars import calendar_for, plant_at
from storage.daily_reports import readers
from storage.identity import roles_at
from storage.questions import open_question, turn_of
from storage.reading_attachments import attachments_by_case
from storage.reading_holds import hold_list
from storage.reading_report import report_of
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.notices import NoticeLineRow, NoticeRow
from storage.tables.questions import QuestionRow


@dataclass(frozen=True)
class Told:
    """A line of a notice, and what it tells of, as that stands now."""

    line: NoticeLineRow
    case: CaseRow | None
    """Nothing where it tells of a day of the site."""
    question: QuestionRow | None
    """Nothing where it tells of the case itself, or of no case."""
    noted: TrailRow | None
    """What the trail says of it, if it is more than the question does."""

    @property
    def occasion(self) -> Occasion:
        """Why he is told."""
        return Occasion(self.line.occasion)


async def still_told(session: AsyncSession, notice: NoticeRow, contact: Contact) -> tuple[Told, ...]:
    """
    The lines of *notice* without what its person is told anew, what is over by now, what is not his to read any more,
    and what he does not want to hear of.
    """
    query = select(NoticeLineRow).where(NoticeLineRow.notice == notice.number).order_by(col(NoticeLineRow.message))
    lines = (await session.exec(query)).all()
    since = await _told_since(session, notice, lines)
    found = []
    for line in lines:
        told = await _told(session, line)
        over = told.occasion.concern in contact.without or _said_anew(told, since)
        if told.case is not None and told.occasion is Occasion.MOVED and not over:
            over = await _stands_where_it_stood(session, notice, told.case)
        if not over and await _concerns_him(session, notice, told):
            found.append(told)
    return tuple(found)


async def better_hour(
    session: AsyncSession, notice: NoticeRow, told: Sequence[Told], contact: Contact, at: datetime
) -> datetime:
    """When the person of *notice* may be told: *at* itself unless all of it can wait for the end of his quiet hours."""
    if not notice.person:
        return at
    # The digest is not waited for again: this is it, or what was kept back by a server or a worker that was away.
    by_hours = contact.model_copy(update={"digest_at": None})
    moments = []
    for one in told:
        working = await calendar_for(session, one.line.site, Role(one.line.role))
        within, due_at = None, None
        if one.question is not None:
            within, due_at = turn_of(one.question).within, one.question.due_at
        moments.append(sending(urgency(one.occasion, within), by_hours, working, at, due_at).at)
    return min(moments, default=at)


async def as_lines(session: AsyncSession, told: Sequence[Told], at: datetime) -> tuple[Line, ...]:
    """What is *told*, with the names and clocks of its plant."""
    return tuple([await _line(session, one, at) for one in told])


async def _told(session: AsyncSession, line: NoticeLineRow) -> Told:
    return Told(
        line=line,
        case=await session.get_one(CaseRow, line.case_id) if line.case_id else None,
        question=await session.get_one(QuestionRow, line.question_id) if line.question_id else None,
        noted=None if line.trail_line is None else await session.get_one(TrailRow, (line.case_id, line.trail_line)),
    )


async def _told_since(session: AsyncSession, notice: NoticeRow, lines: Sequence[NoticeLineRow]) -> list[NoticeLineRow]:
    """What the person of *notice* is told by the same way of the same cases, from the first of *lines* on."""
    if not lines:
        return []
    query = (
        select(NoticeLineRow)
        .join(NoticeRow, col(NoticeLineRow.notice) == col(NoticeRow.number))
        .where(
            NoticeRow.person == notice.person,
            NoticeRow.channel == notice.channel,
            col(NoticeLineRow.case_id).in_({line.case_id for line in lines}),
            col(NoticeLineRow.message) > lines[0].message,
        )
    )
    return list((await session.exec(query)).all())


def _said_anew(told: Told, later: Sequence[NoticeLineRow]) -> bool:
    line = told.line
    return any(
        goes_without_saying(
            told.occasion, Occasion(other.occasion), same_question=other.question_id == line.question_id
        )
        for other in later
        if other.message > line.message and other.case_id == line.case_id
    )


async def _concerns_him(session: AsyncSession, notice: NoticeRow, told: Told) -> bool:
    """Whether it is still for whom *notice* is to, by the roles he holds now."""
    if not notice.person:  # a room is nobody, and keeps its roles
        return told.question is None or told.question.closed_at is None or not told.occasion.waits
    if told.occasion is Occasion.REPORTED:
        return notice.person in await readers(session, told.line.site)
    roles = await roles_at(session, notice.person, told.line.site)
    if told.occasion is Occasion.LISTED:
        return told.line.role in roles
    if told.question is not None:
        asked = await open_question(session, told.question)
        return told_as(told.occasion, asked, notice.person, roles) is not None
    return read_as(roles) is not None


async def _stands_where_it_stood(session: AsyncSession, notice: NoticeRow, case: CaseRow) -> bool:
    """Whether *case* is back where it was when the person of *notice* last heard of it."""
    query = (
        select(NoticeLineRow.trail_line, NoticeLineRow.told)
        .join(NoticeRow, col(NoticeLineRow.notice) == col(NoticeRow.number))
        .where(
            NoticeRow.person == notice.person,
            NoticeRow.channel == notice.channel,
            NoticeLineRow.case_id == case.id,
            NoticeLineRow.occasion == Occasion.MOVED,
        )
        .order_by(col(NoticeLineRow.message))
    )
    untold: list[int | None] = []
    for line, told in (await session.exec(query)).all():
        untold = [] if told else [*untold, line]
    first = await session.get_one(TrailRow, (case.id, untold[0]))
    return first.from_state == case.state


async def _line(session: AsyncSession, told: Told, at: datetime) -> Line:
    name, zone = await plant_at(session, told.line.site)
    line = Line(
        occasion=told.occasion,
        role=Role(told.line.role),
        plant=name,
        zone=zone,
        by=_who(told.noted),
        said="" if told.noted is None else told.noted.reason,
    )
    if told.occasion is Occasion.LISTED:
        return replace(line, **await _of_holds(session, told.line, zone, at))
    if told.case is None:
        return replace(line, **await _of_day(session, told.line))
    line = replace(
        line,
        process=PROCESSES[told.case.process].title,
        case_id=told.case.id,
        subject=told.case.subject,
        attachments=(await attachments_by_case(session, (told.case.id,))).get(told.case.id, 0),
    )
    if told.question is None:
        return replace(line, **_of_case(told, told.case, line))
    return replace(line, **_of_question(told, told.question))


async def _of_day(session: AsyncSession, line: NoticeLineRow) -> dict[str, Any]:
    assert line.day is not None
    report = await report_of(session, line.site, line.day)
    return {
        "title": title(report),
        "report": sentences(report),
        "place": f"sites/{line.site}/reports/daily?date={line.day}",
    }


async def _of_holds(session: AsyncSession, line: NoticeLineRow, zone: str, at: datetime) -> dict[str, Any]:
    found = await hold_list(session, line.site, at)
    return {
        "title": f"Lots on hold: {len(found.holds)}",
        "report": found.sentences(zone),
        "place": f"sites/{line.site}/reports/holds",
    }


def _of_case(told: Told, case: CaseRow, line: Line) -> dict[str, Any]:
    match told.occasion:
        case Occasion.MENTIONED:
            return {"title": f"{line.by} calls you"}
        case Occasion.DECIDED if case.chosen is not None:
            return {"title": case.chosen["title"], "goes_on": PROCESSES[case.process].by_steps}
        case Occasion.ENDED if told.noted is not None:
            return {"title": in_words(told.noted.to_state or "")}
        case Occasion.AGED | Occasion.UNTOLD:
            return {"title": in_words(case.state)}
        case _:
            return {"title": in_words(case.state), "said": case.because}


def _of_question(told: Told, question: QuestionRow) -> dict[str, Any]:
    draft = QuestionDraft.model_validate(question.draft)
    titles = {choice.name: choice.title for choice in draft.choices}
    return {
        "question_id": question.id,
        "title": draft.title,
        "asked": tuple(dict.fromkeys((*draft.turn(question.turn).waited_for, *map(Role, question.further_roles)))),
        "due_at": question.due_at,
        "answers": tuple(
            choice.title if choice.signed is None else f"{choice.title} (you sign: {choice.signed})"
            for choice in draft.choices
        ),
        "answer": titles.get(question.choice or "", ""),
        "settled_by": question.closed_by or "",
        **_late(told, titles),
    }


def _late(told: Told, titles: Mapping[str, str]) -> dict[str, str]:
    """What was said too late, in words."""
    if told.occasion is not Occasion.LATE or told.noted is None:
        return {}
    choice = told.noted.details["choice"]
    return {"said": titles.get(choice, choice)}


def _who(noted: TrailRow | None) -> str:
    """Who did it; nobody where time did."""
    if noted is None:
        return ""
    by = Principal.model_validate(noted.by)
    return "" if by.kind is PrincipalKind.TIMER else by.name or by.id
