"""Notices on their way: what each says when it leaves, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.contact import Contact
from domain.letter import Line
from domain.master_data import Site
from domain.notice import Occasion
from domain.ports import NotInSystem
from domain.question import QuestionDraft
from domain.roles import Role
from storage.cases import locked
from storage.contacts import contacts
from storage.database import Database
from storage.facts import fact
from storage.identity import roles_at
from storage.tables.notices import NoticeLineRow, NoticeRow
from storage.tables.questions import QuestionRow
from storage.trail import append

GIVE_UP_AFTER = 50
"""Tries, over about a day; then the notice is dead and shown, never dropped."""
LONGEST_PAUSE = timedelta(minutes=30)
"""Between two tries: what is told is a matter of hours."""


@dataclass(frozen=True)
class DueNotice:
    """A notice that leaves now."""

    number: int
    created_at: datetime
    to: str | None
    """The address, empty for a room; nothing if the person has none any more."""
    lines: tuple[Line, ...]
    """What it tells; none if all of it is over."""


@dataclass(frozen=True)
class Undelivered:
    """A notice that has not arrived."""

    number: int
    person: str
    channel: str
    cases: tuple[str, ...]
    created_at: datetime
    attempts: int
    again_at: datetime | None
    """When it is tried next; nothing if it was given up."""
    why: str


class Notices:
    """Notices on their way to people, each tried until it is taken."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, channel: str, at: datetime, until: datetime) -> DueNotice | None:
        """The notice that is due first by *channel*; nobody else takes it before *until*."""
        query = (
            select(NoticeRow)
            .where(NoticeRow.channel == channel, NoticeRow.state == "waiting", col(NoticeRow.due_at) <= at)
            .order_by(col(NoticeRow.due_at), col(NoticeRow.number))
            .limit(1)
        )
        async with self._database.reading() as session:
            if (await session.exec(query)).first() is None:
                return None
        async with self._database.transaction() as session:
            row = (await session.exec(query.with_for_update(skip_locked=True))).first()
            if row is None:
                return None
            row.due_at, row.attempts = until, row.attempts + 1
            session.add(row)
        # Only now that the try is known to have begun: who settles the question meanwhile sees that he was told.
        async with self._database.reading() as session:
            assert row.number is not None
            to: str | None = ""
            if row.person:
                to = (await contacts(session, [row.person])).get(row.person, Contact()).address(channel)
            return DueNotice(row.number, row.created_at, to, await _lines(session, row))

    async def delivered(self, number: int, at: datetime) -> None:
        """The notice was taken for delivery."""
        async with self._database.transaction() as session:
            row = await session.get_one(NoticeRow, number, with_for_update=True)
            row.state, row.sent_at, row.error = "delivered", at, ""

    async def overtaken(self, number: int) -> None:
        """There is nothing left to tell: the questions were closed before the notice left."""
        async with self._database.transaction() as session:
            row = await session.get_one(NoticeRow, number, with_for_update=True)
            row.state = "overtaken"

    async def later(self, number: int, at: datetime, why: str) -> bool:
        """Whether the notice is tried again, after a pause that grows with each try."""
        async with self._database.transaction() as session:
            row = await session.get_one(NoticeRow, number, with_for_update=True)
            if row.attempts < GIVE_UP_AFTER:
                row.due_at, row.error = at + _pause(row.attempts), why[:500]
                return True
        await self.give_up(number, at, why)
        return False

    async def give_up(self, number: int, at: datetime, why: str) -> None:
        """The notice is dead until somebody has it tried again; the trail of each case says so."""
        async with self._database.transaction() as session:
            row = await _with_its_cases(session, number, at, "notice_undelivered", "It could not be delivered.")
            row.state, row.error = "dead", why[:500]

    async def undelivered(self) -> tuple[Undelivered, ...]:
        """The notices that were given up, and those that are tried again, oldest first."""
        state = col(NoticeRow.state)
        stuck = or_(state == "dead", and_(state == "waiting", col(NoticeRow.error) != ""))
        async with self._database.reading() as session:
            query = select(NoticeRow).where(stuck).order_by(col(NoticeRow.number))
            return tuple([await _undelivered(session, row) for row in (await session.exec(query)).all()])

    async def try_again(self, number: int, at: datetime) -> bool:
        """Whether the dead notice *number* is on its way again."""
        async with self._database.transaction() as session:
            row = await session.get(NoticeRow, number)
            if row is None or row.state != "dead":
                return False
            row = await _with_its_cases(session, number, at, "notice_requeued", "It is to be tried again.")
            # One, not none: it may have reached him although we were told otherwise.
            row.state, row.due_at, row.attempts = "waiting", at, 1
            return True


async def _lines(session: AsyncSession, notice: NoticeRow) -> tuple[Line, ...]:
    """What *notice* still has to tell: nothing of what its person is told anew, is closed, or is his no more."""
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
    query = select(NoticeLineRow).where(NoticeLineRow.notice == notice.number, ~told_anew.exists())
    rows = (await session.exec(query.order_by(col(NoticeLineRow.message)))).all()
    lines = [await _line(session, row) for row in rows if await _reads(session, notice.person, row.site)]
    return tuple(line for line in lines if line is not None)


async def _reads(session: AsyncSession, person: str, site: str) -> bool:
    """Whether what is told of *site* is still for *person*: always in a room, which is nobody."""
    return not person or bool(await roles_at(session, person, site))


async def _line(session: AsyncSession, row: NoticeLineRow) -> Line | None:
    question = await session.get(QuestionRow, row.question_id)
    assert question is not None
    occasion = Occasion(row.occasion)
    if occasion.waits and question.closed_at is not None:
        return None
    draft = QuestionDraft.model_validate(question.draft)
    titles = {choice.name: choice.title for choice in draft.choices}
    try:
        plant = (await fact(session, Site, row.site, row.site)).fact
        name, zone = plant.name, plant.zone
    except NotInSystem:
        name, zone = row.site, "UTC"
    return Line(
        occasion=occasion,
        role=Role(row.role),
        plant=name,
        zone=zone,
        process=PROCESSES[question.process].title,
        case_id=question.case_id,
        subject=question.subject,
        question_id=question.id,
        title=draft.title,
        asked=(*draft.roles, *map(Role, question.further_roles)),
        due_at=question.due_at,
        answers=tuple(titles.values()),
        answer=titles.get(question.choice or "", ""),
        settled_by=question.closed_by or "",
    )


async def _with_its_cases(session: AsyncSession, number: int, at: datetime, action: str, reason: str) -> NoticeRow:
    """The notice, locked, with a line on the trail of each case that it tells of."""
    told = (await session.exec(select(NoticeLineRow).where(NoticeLineRow.notice == number))).all()
    # The case first, always: one order of locks, so that nobody waits for each other.
    cases = [await locked(session, case_id) for case_id in sorted({row.case_id for row in told})]
    notice = await session.get_one(NoticeRow, number, with_for_update=True)
    for case in cases:
        questions = sorted({row.question_id for row in told if row.case_id == case.id})
        details = {"notice": number, "person": notice.person, "by": notice.channel, "questions": questions}
        await append(session, case, at=at, action=action, reason=reason, details=details)
    return notice


async def _undelivered(session: AsyncSession, row: NoticeRow) -> Undelivered:
    told = select(NoticeLineRow.case_id).where(NoticeLineRow.notice == row.number).distinct()
    assert row.number is not None
    return Undelivered(
        number=row.number,
        person=row.person,
        channel=row.channel,
        cases=tuple(sorted((await session.exec(told)).all())),
        created_at=row.created_at,
        attempts=row.attempts,
        again_at=None if row.state == "dead" else row.due_at,
        why=row.error,
    )


def _pause(attempts: int) -> timedelta:
    """15 s, 45 s … up to the longest pause."""
    grown: int = 3 ** min(attempts, 8)
    return min(timedelta(seconds=5) * grown, LONGEST_PAUSE)
