"""Notices on their way: what each says when it leaves, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.contact import Contact
from domain.letter import Line
from storage.alone import alone
from storage.cases import locked
from storage.contacts import contacts
from storage.database import Database
from storage.notice_lines import as_lines, better_hour, still_told
from storage.tables.notices import NoticeLineRow, NoticeRow
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
    messages: tuple[int, ...]
    """Of the outbox, that tell it."""


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
        """The notice that leaves first by *channel*; nobody else takes it before *until*."""
        while (row := await self._claimed(channel, at, until)) is not None:
            assert row.number is not None
            # Only now that the try is known to have begun: who settles the question meanwhile sees that he was told.
            async with self._database.reading() as session:
                contact = (await contacts(session, [row.person])).get(row.person, Contact())
                told = await still_told(session, row, contact)
                leaves_at = await better_hour(session, row, told, contact, at)
                if leaves_at <= at:
                    to = contact.address(channel) if row.person else ""
                    lines, messages = await as_lines(session, told, at), tuple(one.line.message for one in told)
                    return DueNotice(row.number, row.created_at, to, lines, messages)
            await self._hold(row.number, leaves_at)
        return None

    async def delivered(self, notice: DueNotice, at: datetime) -> None:
        """The notice was taken for delivery."""
        async with self._database.transaction() as session:
            row = await session.get_one(NoticeRow, notice.number, with_for_update=True)
            row.state, row.sent_at, row.error = "delivered", at, ""
            for message in notice.messages:
                (await session.get_one(NoticeLineRow, (notice.number, message))).told = True

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

    async def _claimed(self, channel: str, at: datetime, until: datetime) -> NoticeRow | None:
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
            if row is not None:
                row.due_at, row.attempts = until, row.attempts + 1
                session.add(row)
            return row

    async def _hold(self, number: int, until: datetime) -> None:
        """It should have left before, and now is no hour to disturb anybody: this was no try."""
        async with self._database.transaction() as session:
            row = await session.get_one(NoticeRow, number, with_for_update=True)
            row.due_at, row.attempts = until, row.attempts - 1


async def _with_its_cases(session: AsyncSession, number: int, at: datetime, action: str, reason: str) -> NoticeRow:
    """The notice, locked, with a line on the trail of each case that it tells of."""
    told = (await session.exec(select(NoticeLineRow).where(NoticeLineRow.notice == number))).all()
    await alone(session)
    cases = [await locked(session, case_id) for case_id in sorted({row.case_id for row in told if row.case_id})]
    notice = await session.get_one(NoticeRow, number, with_for_update=True)
    for case in cases:
        questions = sorted({row.question_id for row in told if row.case_id == case.id and row.question_id})
        details = {"notice": number, "person": notice.person, "by": notice.channel, "questions": questions}
        await append(session, case, at=at, action=action, reason=reason, details=details)
    return notice


async def _undelivered(session: AsyncSession, row: NoticeRow) -> Undelivered:
    told = select(NoticeLineRow.case_id).where(NoticeLineRow.notice == row.number, NoticeLineRow.case_id != "")
    assert row.number is not None
    return Undelivered(
        number=row.number,
        person=row.person,
        channel=row.channel,
        cases=tuple(sorted(set((await session.exec(told)).all()))),
        created_at=row.created_at,
        attempts=row.attempts,
        again_at=None if row.state == "dead" else row.due_at,
        why=row.error,
    )


def _pause(attempts: int) -> timedelta:
    """15 s, 45 s … up to the longest pause."""
    grown: int = 3 ** min(attempts, 8)
    return min(timedelta(seconds=5) * grown, LONGEST_PAUSE)
