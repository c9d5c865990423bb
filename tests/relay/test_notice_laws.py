"""Whatever fails and whoever answers when: nobody is left untold, told twice, or disturbed without need."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import time, timedelta

import pytest

from domain.calendar import Duration
from domain.contact import MAIL
from domain.notice import Occasion
from relay.notices import TAKEN_FOR, NoticeSpreader
from storage.addressing import Addressing
from storage.database import Database
from storage.notices import Notices
from storage.tables.notices import NoticeLineRow, NoticeRow
from storage.tables.questions import AnswerRow, QuestionRow
from tests.relay.record import Clock
from tests.relay.telling import reached, tell
from tests.storage.plant import answer, asked_to_decide, move, question_of, rows
from tests.support.mail_server import MailBox, mail_server

PLANNERS = ("boris", "petra")
MORNING, EVENING = time(7), time(18)
BY_THE_CLOCK, AT_WORK = Duration(clock=timedelta(hours=4)), Duration(working=timedelta(days=9))
STEPS = 60


@dataclass
class Days:
    """Some days in which anything may happen, in an order that chance decides."""

    record: Database
    box: MailBox
    gone: MailBox
    chance: random.Random
    clock: Clock = field(default_factory=Clock)
    waiting: dict[str, str] = field(default_factory=dict)
    """The open case about each order."""
    asked: int = 0

    async def go_on(self) -> None:
        """One thing happens."""
        happening = self.chance.choice((self.a_question, self.an_answer, self.telling, self.trouble, self.a_while))
        await happening()

    async def a_question(self) -> None:
        """Something is asked, in working time or by the clock."""
        free = [order for order in ("SO-1", "SO-3", "SO-5") if order not in self.waiting]
        if free:
            self.asked += 1
            order, within = self.chance.choice(free), self.chance.choice((BY_THE_CLOCK, AT_WORK))
            self.waiting[order] = await asked_to_decide(
                self.record, order=order, quantity=50 + self.asked, at=self.clock(), within=within
            )

    async def an_answer(self) -> None:
        """Somebody answers, or the case goes on without."""
        if self.waiting:
            case_id = self.waiting.pop(self.chance.choice(sorted(self.waiting)))
            if self.chance.random() < 0.7:
                who = self.chance.choice(PLANNERS)
                await answer(self.record, question_of(case_id), "reject", who, reason="No room.", at=self.clock())
            await move(self.record, case_id, 3, "rejected", at=self.clock())

    async def telling(self) -> None:
        """The relay gets round to it."""
        await tell(self.record, self.box, self.clock)

    async def trouble(self) -> None:
        """The server is down or takes nothing now, or a worker dies with a notice in its hands."""
        match self.chance.randrange(3):
            case 0:
                await tell(self.record, self.gone, self.clock)
            case 1:
                self.box.to_letters = ["451 4.3.0 Later", "250 OK"]
                await tell(self.record, self.box, self.clock)
            case _:
                await NoticeSpreader(Addressing(self.record, (MAIL,)), now=self.clock).once()
                await Notices(self.record).take(MAIL, self.clock(), self.clock() + TAKEN_FOR)

    async def a_while(self) -> None:
        """Time passes."""
        self.clock.run_on(timedelta(minutes=self.chance.choice((5, 60, 400))))


@pytest.mark.parametrize("seed", range(2))
async def test_in_the_end_everybody_was_told_the_last_word_once_and_in_his_hours(
    record: Database, box: MailBox, seed: int
) -> None:
    async with mail_server() as gone:
        pass
    days = Days(record, box, gone, random.Random(seed))  # noqa: S311 - nothing secret
    await reached(record, *PLANNERS, quiet_from=EVENING, quiet_until=MORNING, digest_at=time(12))

    for _ in range(STEPS):
        await days.go_on()
    for _ in range(48):
        await days.telling()
        days.clock.run_on(timedelta(hours=1))

    notices = {row.number: row for row in await rows(record, NoticeRow)}
    lines = sorted(await rows(record, NoticeLineRow), key=lambda line: line.message)
    questions = {row.id: row for row in await rows(record, QuestionRow)}
    answered = {(row.person, row.question_id) for row in await rows(record, AnswerRow)}
    assert questions
    assert {row.state for row in notices.values()} <= {"delivered", "overtaken"}
    assert set(Counter(str(message["Message-ID"]) for message in box.taken).values()) == {1}
    assert len(box.taken) == sum(row.state == "delivered" for row in notices.values())
    last = {
        (notices[line.notice].person, line.question_id): line.occasion
        for line in lines
        if notices[line.notice].state == "delivered"
    }
    for question in questions.values():
        for person in PLANNERS:
            told = last.get((person, question.id))
            if question.closed_at is None:
                assert told == Occasion.ASKED, f"{person} does not know of {question.id}"
            elif (person, question.id) not in answered:
                assert told != Occasion.ASKED, f"{person} still thinks of {question.id}"
    for number, row in notices.items():
        if row.sent_at is not None and not MORNING <= row.sent_at.time() < EVENING:
            told_of = [questions[line.question_id] for line in lines if line.notice == number]
            assert any(asked.draft["within"]["clock"] is not None for asked in told_of), f"{row.person} was disturbed"
