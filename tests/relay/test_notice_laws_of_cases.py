"""Whatever happens to cases and whoever comes and goes: what concerns somebody reaches him once, and nobody else."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from domain.contact import Concern
from domain.decision import Channel, DecisionRefused
from domain.fact import Reading
from domain.master_data import Person
from domain.notice import COLLECTED_FOR
from domain.parking import Cause
from domain.roles import Role
from domain.words import in_words
from storage.acting import Acting
from storage.comments import Comments
from storage.database import Database
from storage.delegations import Delegations
from storage.facts import FactStore
from storage.followings import Followings
from storage.identity import Caller
from storage.parkings import Parkings
from storage.returning import Returning
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.notices import NoticeRow
from tests.relay.record import Clock
from tests.relay.telling import reached, tell
from tests.storage.plant import answer, ask, asked_to_decide, more_valves, move, person, question_of, rows
from tests.support.mail_server import MailBox, mail_server
from tests.support.small_plant import SITE

STEPS = 200
MOVING, ASKING = ("SO-2", "SO-4"), ("SO-1", "SO-3", "SO-5")
OF_CASES = set(Concern) - {Concern.REPORT, Concern.HOLDS}
EVERYBODY = ("anna", "boris", "emma", "petra")
"""Anna asks, Boris and Petra answer and have themselves taken off and put on again, Emma follows everything."""


_BEGINS = {
    "Moved on": Concern.FOLLOWED, "Your request": Concern.REQUESTS, "Your answer came too late": Concern.LATE,
    "Given to you": Concern.GIVEN, "Back with you": Concern.GIVEN, "No longer in your hands": Concern.GIVEN,
    "Taken up again": Concern.GIVEN,
}  # fmt: skip


@dataclass(frozen=True)
class Read:
    """One thing that somebody read in a mail."""

    person: str
    concern: Concern
    case_id: str
    title: str
    at: datetime


def paragraphs(mail: EmailMessage, at: datetime) -> list[Read]:
    """What the mail tells, one by one."""
    body = mail.get_body(("plain",))
    assert body is not None
    read = []
    for part in "\n".join(body.get_content().splitlines()).split("\n\n")[:-1]:
        title, about, *_ = part.splitlines()
        concern = next((of for begin, of in _BEGINS.items() if title.startswith(begin)), Concern.QUESTIONS)
        if title.endswith("calls you"):
            concern = Concern.MENTIONS
        case_id = about.removeprefix("Order change ").split()[0]
        read.append(Read(str(mail["To"]).partition("@")[0], concern, case_id, title, at))
    return read


@dataclass
class Days:
    """Some days of cases that move, and of people who write, delegate, park, come too late, leave and return."""

    record: Database
    box: MailBox
    gone: MailBox
    chance: random.Random
    clock: Clock = field(default_factory=Clock)
    moving: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The open case about each order that moves on by itself, and how many steps it made."""
    asking: dict[str, str] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    without: dict[str, Concern] = field(default_factory=dict)
    read: list[Read] = field(default_factory=list)
    watched: int = 0
    """Mails that were looked at."""
    asked: int = 0

    async def go_on(self) -> None:
        """One thing happens, and whoever reads something upon it was to read it."""
        happenings = (
            self.a_case, self.a_move, self.a_move, self.a_comment, self.a_question, self.hands, self.hands,
            self.an_answer, self.telling, self.telling, self.trouble, self.somebody_changes, self.a_while,
        )  # fmt: skip
        await self.chance.choice(happenings)()
        self.watch()

    async def a_case(self) -> None:
        """Anna asks for something that nobody needs to decide."""
        if free := [order for order in MOVING if order not in self.moving]:
            self.asked += 1
            order = self.chance.choice(free)
            opened = await ask(self.record, more_valves(50 + self.asked, order), at=self.clock())
            self.moving[order] = (opened.case_id, 0)

    async def a_move(self) -> None:
        """A case goes to and fro, or ends."""
        if not self.moving:
            return
        order = self.chance.choice(sorted(self.moving))
        case_id, steps = self.moving[order]
        to = (
            "assessing"
            if steps % 2 == 0
            else self.chance.choice(("needs_information", "needs_information", "rejected"))
        )
        self.moving[order] = (case_id, steps + 1)
        await move(self.record, case_id, steps + 1, to, at=self.clock(), assessment=1)
        if to == "rejected":
            del self.moving[order]

    async def a_question(self) -> None:
        """Something is asked of the planners."""
        if free := [order for order in ASKING if order not in self.asking]:
            self.asked += 1
            order = self.chance.choice(free)
            self.asking[order] = await asked_to_decide(
                self.record, order=order, quantity=50 + self.asked, at=self.clock()
            )

    async def a_comment(self) -> None:
        """Somebody calls somebody."""
        case_id = self._some_case()
        if case_id is not None:
            by, called = self.chance.sample([one for one in EVERYBODY if one not in self.away], 2)
            await Comments(self.record).comment(case_id, f"@{called} look", self._does(by))

    async def hands(self) -> None:
        """A planner delegates, gives back, parks or resumes, as far as he may."""
        if not self.asking:
            return
        question, until = question_of(self.chance.choice(sorted(self.asking.values()))), self._later()
        by, other = self.chance.sample(("boris", "petra"), 2)
        try:
            match self.chance.randrange(4):
                case 0:
                    await Delegations(self.record).delegate(question, other, until, "Yours.", self._does(by))
                case 1:
                    await Delegations(self.record).give_back(question, self._does(by))
                case 2:
                    await Parkings(self.record).park(question, Cause.CUSTOMER, until, "He asks.", self._does(by))
                case _:
                    await Parkings(self.record).resume(question, self._does(by))
        except DecisionRefused:
            pass

    async def an_answer(self) -> None:
        """A question is answered, or answered too late."""
        if self.answered and self.chance.random() < 0.5:
            question, by = self.chance.choice(self.answered), self.chance.choice(("boris", "petra"))
            with pytest.raises(DecisionRefused):
                await answer(self.record, question, "accept_later", by, at=self.clock())
        elif self.asking:
            case_id = self.asking.pop(self.chance.choice(sorted(self.asking)))
            if here := sorted({"boris", "petra"} - self.away):
                await answer(
                    self.record, question_of(case_id), "reject", self.chance.choice(here), reason="No room.",
                    at=self.clock(),
                )  # fmt: skip
                self.answered.append(question_of(case_id))
            await move(self.record, case_id, 3, "rejected", at=self.clock())

    async def telling(self) -> None:
        """The sweep and the relay get round to it."""
        await Returning(self.record).note_returned(self.clock())
        await tell(self.record, self.box, self.clock)

    async def trouble(self) -> None:
        """The server is down, or takes nothing now."""
        if self.chance.random() < 0.5:
            await tell(self.record, self.gone, self.clock)
        else:
            self.box.to_letters = ["451 4.3.0 Later", "250 OK"]
            await tell(self.record, self.box, self.clock)

    async def somebody_changes(self) -> None:
        """A planner leaves or returns, or wants to hear less or all again."""
        who = self.chance.choice(("boris", "petra"))
        if self.away or self.chance.random() < 0.3:
            who = min(self.away, default=who)
            self.away ^= {who}
            await self._is_there(who)
        elif who in self.without:
            del self.without[who]
            await reached(self.record, who)
        else:
            self.without[who] = self.chance.choice(list(Concern))
            await reached(self.record, who, without=[self.without[who]])

    async def a_while(self) -> None:
        """Time passes."""
        self.clock.run_on(timedelta(minutes=self.chance.choice((1, 3, 10, 90))))

    def watch(self) -> None:
        """Nobody who is away, or does without it, has just read anything of it."""
        for mail in self.box.taken[self.watched :]:
            self.watched += 1
            for read in paragraphs(mail, self.clock()):
                assert read.person not in self.away, f"{read.person} is away and reads {read.title}"
                assert read.concern is not self.without.get(read.person), f"{read.person} reads {read.title}"
                self.read.append(read)

    async def _is_there(self, who: str) -> None:
        fact = Person(site=SITE, person=who, name=who.title(), roles=(Role.PLANNER,), active=who not in self.away)
        version = f"{self.asked}/{self.clock()}/{self.chance.random()}"
        await FactStore(self.record).keep([Reading(fact=fact, source="/erp", version=version, as_of=self.clock())])

    def _some_case(self) -> str | None:
        cases = sorted([case_id for case_id, _ in self.moving.values()] + list(self.asking.values()))
        return self.chance.choice(cases) if cases else None

    def _does(self, who: str) -> Acting:
        return Acting(Caller(person(who), (SITE,), ()), Channel.API, self.clock())

    def _later(self) -> datetime:
        return self.clock() + timedelta(minutes=self.chance.choice((5, 60)))


@pytest.mark.parametrize("seed", range(2))
async def test_what_concerns_somebody_reaches_him_once_and_nobody_who_may_not_read_it(
    record: Database, box: MailBox, seed: int
) -> None:
    async with mail_server() as gone:
        pass
    days = Days(record, box, gone, random.Random(seed))  # noqa: S311 - nothing secret
    await reached(record, *EVERYBODY)
    for order in (*MOVING, *ASKING):
        await Followings(record).follow_order(SITE, order, Caller(person("emma"), (SITE,), ()), days.clock())

    for _ in range(STEPS):
        await days.go_on()
    for _ in range(24):
        await days.telling()
        days.watch()
        days.clock.run_on(timedelta(minutes=30))

    notices = await rows(record, NoticeRow)
    cases = {row.id: row for row in await rows(record, CaseRow)}
    trail = [line for case_id in cases for line in await rows(record, TrailRow, case_id=case_id)]
    assert {concern for concern in Concern if any(read.concern is concern for read in days.read)} == OF_CASES
    assert {row.state for row in notices} <= {"delivered", "overtaken"}
    assert set(Counter(str(mail["Message-ID"]) for mail in box.taken).values()) == {1}
    assert len(box.taken) == sum(row.state == "delivered" for row in notices)

    followed = [read for read in days.read if (read.person, read.concern) == ("emma", Concern.FOLLOWED)]
    last = {read.case_id: read.title for read in followed}
    assert last == {case.id: f"Moved on: {in_words(case.state)}" for case in cases.values() if case.version}
    windows = Counter(
        (read.case_id, (read.at - datetime.min.replace(tzinfo=UTC)) // COLLECTED_FOR) for read in followed
    )
    assert set(windows.values()) == {1}, "a case was told of twice within minutes"

    over = Counter(read.case_id for read in days.read if read.title.startswith("Your request is over"))
    assert over == {case.id: 1 for case in cases.values() if case.closed_at is not None}
    late = Counter((read.person, read.case_id) for read in days.read if read.concern is Concern.LATE)
    assert set(late.values()) <= {1}
    for who in ("anna", "emma"):
        calls = [line for line in trail if who in line.details.get("mentions", ())]
        assert sum((read.person, read.concern) == (who, Concern.MENTIONS) for read in days.read) == len(calls)
    for read in days.read:
        if read.concern is Concern.GIVEN:
            of_case = [line for line in trail if line.case_id == read.case_id]
            assert any(read.person in (line.by["id"], *map(str, line.details.values())) for line in of_case)
