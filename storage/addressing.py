"""Addressing: who is told of each message of the outbox, by which ways, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.contact import Contact
from domain.notice import Occasion, Room, Sending, addressees, read_as, sending, urgency
from domain.roles import Role
from storage.calendars import calendar_for
from storage.contacts import contacts
from storage.daily_reports import readers
from storage.database import Database
from storage.hold_lists import list_readers
from storage.identity import people_at, roles_at
from storage.moves import concerned_by
from storage.notices import Notices
from storage.outbox import MessageKind
from storage.questions import open_question, turn_of
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.notices import NoticeLineRow, NoticeRow
from storage.tables.questions import QuestionRow


class Addressing:
    """Messages of kind NOTICE on their way to becoming notices."""

    def __init__(self, database: Database, channels: Collection[str], rooms: Collection[Room] = ()) -> None:
        """People are told by *channels*, besides what is told in *rooms*."""
        self._database = database
        self._channels = tuple(channels)
        self._rooms = tuple(rooms)

    async def set_aside_others(self, at: datetime) -> int:
        """How many notices are given up because nobody is told any more by the way they were to go."""
        ways = [*self._channels, *(room.name for room in self._rooms)]
        async with self._database.reading() as session:
            query = select(NoticeRow.number).where(NoticeRow.state == "waiting", col(NoticeRow.channel).not_in(ways))
            waiting = (await session.exec(query)).all()
        for number in waiting:
            assert number is not None
            await Notices(self._database).give_up(number, at, "This way of telling people is not set any more.")
        return len(waiting)

    async def spread(self, at: datetime, limit: int = 50) -> int:
        """How many messages have their notices now; one that reaches nobody is settled as well."""
        query = (
            select(OutboxRow)
            .where(OutboxRow.kind == MessageKind.NOTICE, OutboxRow.state == "waiting")
            .order_by(col(OutboxRow.number))
            .limit(limit)
        )
        async with self._database.reading() as session:
            if (await session.exec(query.limit(1))).first() is None:
                return 0
        async with self._database.transaction() as session:
            messages = (await session.exec(query.with_for_update())).all()
            for message in messages:
                if self._channels or self._rooms:
                    await self._tell_of(session, message, at)
                message.state, message.sent_at = "delivered", at
                session.add(message)
            return len(messages)

    async def _tell_of(self, session: AsyncSession, message: OutboxRow, at: datetime) -> None:
        occasion = Occasion(message.body["occasion"])
        if occasion.about_site:
            await self._tell_of_site(session, message, occasion, at)
        elif occasion.about_case:
            await self._tell_of_case(session, message, occasion, at)
        else:
            await self._tell_of_question(session, message, occasion, at)

    async def _tell_of_question(
        self, session: AsyncSession, message: OutboxRow, occasion: Occasion, at: datetime
    ) -> None:
        question = await session.get_one(QuestionRow, message.body["question"])
        asked = await open_question(session, question)
        told = await _told(session, question.id, *([occasion] if occasion is Occasion.LATE else Occasion))
        people = await people_at(session, question.site)
        only: str | None = message.body.get("only")
        if only is not None:
            people = {person: roles for person, roles in people.items() if person == only}
        found = addressees(occasion, asked, people, {person for person, _ in told})
        known = await contacts(session, found)
        for person, role in found.items():
            contact = known.get(person, Contact())
            if channels := self._reaching(contact, occasion):
                working = await calendar_for(session, question.site, role)
                when = sending(urgency(occasion, turn_of(question).within), contact, working, at, question.due_at)
                for channel in channels:
                    await _add(session, message, _Way(person, channel, role, when), occasion, question.site, at)
        for room in self._rooms if only is None else ():
            role_here = room.told_as(occasion, asked, question.site, told=("", room.name) in told)
            if role_here is not None:
                way = _Way("", room.name, role_here, Sending(at, held=False))
                await _add(session, message, way, occasion, question.site, at)

    async def _tell_of_case(self, session: AsyncSession, message: OutboxRow, occasion: Occasion, at: datetime) -> None:
        case = await session.get_one(CaseRow, message.case_id)
        only: str | None = message.body.get("only")
        if only is not None:
            concerned: Sequence[tuple[str, Occasion]] = [(only, occasion)]
        else:
            line = await session.get_one(TrailRow, (case.id, message.body["line"]))
            if occasion.raised:
                people = await people_at(session, case.site)
                concerned = [(person, occasion) for person, roles in people.items() if line.role in roles]
            else:
                concerned = await concerned_by(session, case, line)
        known = await contacts(session, {person for person, _ in concerned})
        told = set()
        for person, as_what in concerned:
            contact = known.get(person, Contact())
            channels = self._reaching(contact, as_what)
            role = read_as(await roles_at(session, person, case.site))
            if channels and role is not None and person not in told:
                told.add(person)
                working = await calendar_for(session, case.site, role)
                when = sending(urgency(as_what), contact, working, at, collected=as_what.collected)
                for channel in channels:
                    await _add(session, message, _Way(person, channel, role, when), as_what, case.site, at)

    async def _tell_of_site(self, session: AsyncSession, message: OutboxRow, occasion: Occasion, at: datetime) -> None:
        site = str(message.body["site"])
        weekly = occasion is Occasion.LISTED
        found = await list_readers(session, site, at) if weekly else await readers(session, site)
        known = await contacts(session, found)
        for person, role in found.items():
            contact = known.get(person, Contact())
            if channels := self._reaching(contact, occasion):
                working = await calendar_for(session, site, role)
                # Several days are told together on the morning after a weekend.
                when = sending(urgency(occasion), contact, working, at, collected=True)
                for channel in channels:
                    await _add(session, message, _Way(person, channel, role, when), occasion, site, at)

    def _reaching(self, contact: Contact, occasion: Occasion) -> list[str]:
        """By which channels somebody wants to be told of it."""
        wanted = occasion.concern not in contact.without
        return [channel for channel in self._channels if wanted and contact.address(channel) is not None]


@dataclass(frozen=True)
class _Way:
    """One way in which one person, or a room, is told."""

    person: str
    channel: str
    role: Role
    when: Sending


async def _told(session: AsyncSession, question_id: str, *occasions: Occasion) -> frozenset[tuple[str, str]]:
    """Who may have been told of the question on any of *occasions*, by which way: a try may have reached him."""
    query = (
        select(NoticeRow.person, NoticeRow.channel)
        .join(NoticeLineRow, col(NoticeLineRow.notice) == col(NoticeRow.number))
        .where(
            NoticeLineRow.question_id == question_id,
            NoticeRow.attempts > 0,
            col(NoticeLineRow.occasion).in_(occasions),
        )
    )
    return frozenset((await session.exec(query)).all())


async def _add(
    session: AsyncSession, message: OutboxRow, way: _Way, occasion: Occasion, site: str, at: datetime
) -> None:
    """A line for *message*, in the notice that waits for the same hour or in a new one."""
    notice = await _waiting(session, way) if way.when.held else None
    if notice is None:
        notice = NoticeRow(
            person=way.person, channel=way.channel, held=way.when.held, created_at=at, due_at=way.when.at
        )
        session.add(notice)
        await session.flush()
    assert notice.number is not None
    assert message.number is not None
    session.add(
        NoticeLineRow(
            notice=notice.number, message=message.number, occasion=occasion,
            question_id=message.body.get("question", ""), case_id=message.case_id, site=site, role=way.role,
            trail_line=message.body.get("line"),
            day=date.fromisoformat(message.body["day"]) if "day" in message.body else None,
        )
    )  # fmt: skip


async def _waiting(session: AsyncSession, way: _Way) -> NoticeRow | None:
    query = select(NoticeRow).where(
        NoticeRow.person == way.person,
        NoticeRow.channel == way.channel,
        NoticeRow.state == "waiting",
        col(NoticeRow.held),
        NoticeRow.attempts == 0,
        NoticeRow.due_at == way.when.at,
    )
    return (await session.exec(query.with_for_update())).first()
