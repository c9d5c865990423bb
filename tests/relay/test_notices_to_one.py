"""People are told of what concerns them besides a question that waits: what they follow, asked for, have in hands."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from domain.contact import MAIL, Concern
from domain.decision import Channel, QuestionClosed
from domain.fact import Reading
from domain.master_data import Person
from domain.notice import COLLECTED_FOR
from domain.parking import Cause
from domain.roles import Role
from relay.notices import NoticeSpreader
from storage.acting import Acting
from storage.addressing import Addressing
from storage.cases import Cases
from storage.comments import Comments
from storage.contacts import Contacts
from storage.database import Database
from storage.delegations import Delegations
from storage.facts import FactStore
from storage.followings import Followings
from storage.identity import Caller
from storage.notices import Notices
from storage.parkings import Parkings
from storage.returning import Returning
from storage.tables.notices import NoticeRow
from tests.relay.record import Clock, messages, trail
from tests.relay.telling import PUBLIC, reached, states, subjects, tell
from tests.storage.plant import answer, ask, asked_to_decide, more_valves, move, person, question_of, rows
from tests.support.mail_server import MailBox, mail_server
from tests.support.small_plant import SITE

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    """The relay's."""
    return Clock()


def caller(name: str) -> Caller:
    return Caller(person(name), (SITE,), ())


def does(name: str, clock: Clock) -> Acting:
    return Acting(caller(name), Channel.API, clock())


async def told_later(record: Database, box: MailBox, clock: Clock) -> list[tuple[str, str]]:
    """Who is told what within the time in which it is collected."""
    box.taken.clear()
    await tell(record, box, clock)
    clock.run_on(COLLECTED_FOR)
    await tell(record, box, clock)
    return subjects(box)


async def leaves(record: Database, name: str, clock: Clock) -> None:
    gone = Person(site=SITE, person=name, name=name.title(), roles=(Role.PLANNER,), active=False)
    await FactStore(record).keep([Reading(fact=gone, source="/erp", version="2", as_of=clock())])


async def test_who_is_called_in_a_comment_reads_it_and_nobody_else_does(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "anna", "boris", "petra")
    case_id = (await ask(record, at=clock())).case_id

    await Comments(record).comment(case_id, "@boris @petra is 50 right?", does("petra", clock))
    await tell(record, box, clock)
    await tell(record, box, clock)

    assert subjects(box) == [("boris", "[North] SO-1:10: Petra calls you")]
    text = box.taken[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Petra writes: @boris @petra is 50 right?" in text
    assert f"{PUBLIC}/cases/{case_id}#comments" in text
    assert "You are told as planner at North." in text


async def test_who_follows_hears_once_within_minutes_where_the_case_is_by_then(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "emma")
    case_id = (await ask(record, at=clock())).case_id
    await Followings(record).follow_case(case_id, caller("emma"), clock())
    await move(record, case_id, 1, "assessing", at=clock(), assessment=1)
    await move(record, case_id, 2, "rejected", at=clock())

    await tell(record, box, clock)
    at_once = len(box.taken)
    told = await told_later(record, box, clock)

    assert (at_once, told) == (0, [("emma", "[North] Moved on: SO-1:10: rejected")])
    assert "On to rejected." in box.taken[0].as_string()
    assert [row.person for row in await rows(record, NoticeRow)] == ["emma"]


async def test_who_follows_an_order_is_told_of_all_its_cases_in_one_mail(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "emma")
    for order in ("SO-1", "SO-3"):
        await Followings(record).follow_order(SITE, order, caller("emma"), clock())
        await move(record, (await ask(record, more_valves(7, order), at=clock())).case_id, 1, "assessing", at=clock())

    told = await told_later(record, box, clock)

    assert told == [("emma", "[North] 2 notices, nothing waits for you")]


async def test_who_began_to_follow_later_is_not_told_of_what_was(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "emma")
    case_id = (await ask(record, at=clock())).case_id
    await Followings(record).follow_case(case_id, caller("emma"), clock() + HOUR)

    await move(record, case_id, 1, "assessing", at=clock())

    assert await told_later(record, box, clock) == []


async def test_a_case_that_is_back_where_it_was_is_no_news(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "emma")
    case_id = (await ask(record, at=clock())).case_id
    await move(record, case_id, 1, "assessing", at=clock(), assessment=1)
    await Followings(record).follow_case(case_id, caller("emma"), clock())

    await move(record, case_id, 2, "needs_information", at=clock(), assessment=1)
    await move(record, case_id, 3, "assessing", at=clock(), assessment=2)
    back = await told_later(record, box, clock)
    await move(record, case_id, 4, "needs_information", at=clock(), assessment=2)
    gone = await told_later(record, box, clock)

    assert (back, await states(record)) == ([], [("emma", "overtaken"), ("emma", "delivered")])
    assert gone == [("emma", "[North] Moved on: SO-1:10: needs information")]


async def test_who_is_asked_about_a_case_is_not_told_besides_where_it_is(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris")
    await Followings(record).follow_order(SITE, "SO-1", caller("boris"), clock())
    await asked_to_decide(record, at=clock())

    told = await told_later(record, box, clock)

    assert [subject.split(" Fri")[0] for _, subject in told] == ["[North] until"]


async def test_who_asked_for_it_hears_what_was_decided_and_how_it_ended(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "anna", "petra")
    case_id = await asked_to_decide(record, at=clock())

    await answer(record, question_of(case_id), "accept_as_asked", "boris", at=clock())
    await move(record, case_id, 3, "committing", at=clock(), chosen="accept_as_asked", assessment=1)
    decided = [one for one in await told_later(record, box, clock) if one[0] == "anna"]
    await move(record, case_id, 4, "commit_failed", at=clock(), assessment=1)
    await move(record, case_id, 5, "abandoned", at=clock(), assessment=1)
    ended = [one for one in await told_later(record, box, clock) if one[0] == "anna"]

    assert decided == [("anna", "[North] Your request is decided: SO-1:10: As asked")]
    assert ended == [("anna", "[North] Your request is over: SO-1:10: abandoned")]


async def test_who_asked_and_follows_is_told_once(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "anna")
    case_id = (await ask(record, at=clock())).case_id
    await Followings(record).follow_case(case_id, caller("anna"), clock())

    await move(record, case_id, 1, "assessing", at=clock())
    await move(record, case_id, 2, "rejected", at=clock())

    assert await told_later(record, box, clock) == [("anna", "[North] Your request is over: SO-1:10: rejected")]


async def test_who_takes_his_request_back_knows_it_and_who_had_it_taken_back_is_told(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "anna")
    for by, order in (("anna", "SO-1"), ("boris", "SO-3")):
        case_id = await asked_to_decide(record, order=order, quantity=7, at=clock())
        await Cases(record).withdraw(case_id, "Not needed.", person(by), Channel.API, clock())
        await move(record, case_id, 3, "withdrawn", at=clock())

    assert await told_later(record, box, clock) == [("anna", "[North] Your request is over: SO-3:10: withdrawn")]


async def test_each_who_asked_for_it_hears_how_it_ended_but_who_took_his_request_back(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "anna", "emma", "petra")
    case_id = await asked_to_decide(record, at=clock())
    for by in ("emma", "petra"):
        assert (await ask(record, by=by, at=clock())).result == "known"
    await Cases(record).withdraw(case_id, "Not needed.", person("anna"), Channel.API, clock())

    await answer(record, question_of(case_id), "accept_as_asked", "boris", at=clock())
    await move(record, case_id, 3, "committing", at=clock(), chosen="accept_as_asked", assessment=1)
    decided = await told_later(record, box, clock)
    await move(record, case_id, 4, "commit_failed", at=clock(), assessment=1)
    await move(record, case_id, 5, "abandoned", at=clock(), assessment=1)
    ended = await told_later(record, box, clock)

    for told, subject in ((decided, "is decided: SO-1:10: As asked"), (ended, "is over: SO-1:10: abandoned")):
        assert sorted(told) == [(who, f"[North] Your request {subject}") for who in ("emma", "petra")]


async def test_who_waits_and_is_overtaken_by_another_hears_it(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "anna", "emma")
    running = await asked_to_decide(record, at=clock())
    await move(record, running, 3, "committing", at=clock(), chosen="accept_as_asked", assessment=1)
    waiting = await ask(record, more_valves(60), by="emma", at=clock())
    await told_later(record, box, clock)

    await ask(record, more_valves(70), by="anna", at=clock())

    assert waiting.result == "queued"
    assert await told_later(record, box, clock) == [("emma", "[North] Your request is over: SO-1:10: superseded")]


async def test_whose_answer_came_too_late_hears_who_decided_and_hears_it_once(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "petra")
    case_id = await asked_to_decide(record, at=clock())
    await answer(record, question_of(case_id), "accept_as_asked", "boris", at=clock())

    for _ in range(2):
        with pytest.raises(QuestionClosed):
            await answer(record, question_of(case_id), "accept_later", "petra", at=clock())
        await tell(record, box, clock)

    ((who, subject),) = subjects(box)
    assert (who, subject.split(": ")[0]) == ("petra", "[North] Your answer came too late")
    text = " ".join(box.taken[0].as_string().split())
    assert "You answered: Later. It came to: As asked. Settled by: Boris." in text


async def test_what_is_delegated_and_given_back_is_told_to_the_other_of_the_two(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris", "petra", without=[Concern.QUESTIONS])
    case_id = await asked_to_decide(record, at=clock())
    question = question_of(case_id)
    delegations, told = Delegations(record), []

    for ends in ("petra", "boris"):
        await delegations.delegate(question, "petra", None, "She knows the customer.", does("boris", clock))
        await tell(record, box, clock)
        await delegations.give_back(question, does(ends, clock))
        await tell(record, box, clock)
    told = [(str(mail["To"]).split("@")[0], str(mail["Subject"]).split(": ")[0].strip()) for mail in box.taken]

    assert told == [
        ("petra", "[North] Given to you"), ("boris", "[North] Back with you"),
        ("petra", "[North] Given to you"), ("petra", "[North] No longer in your hands"),
    ]  # fmt: skip
    assert "Boris gave it to you: She knows the customer." in box.taken[0].as_string()
    assert "Petra gave it back." in box.taken[1].as_string()
    assert "Boris took it back." in box.taken[3].as_string()


async def test_what_was_parked_or_delegated_until_then_comes_back_by_itself_and_once(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris", "petra", without=[Concern.QUESTIONS])
    case_id = await asked_to_decide(record, at=clock())
    question, until = question_of(case_id), clock() + HOUR
    await Parkings(record).park(question, Cause.CUSTOMER, until, "He asks his site.", does("petra", clock))
    await Delegations(record).delegate(question, "petra", until, "I am away.", does("boris", clock))
    await tell(record, box, clock)
    box.taken.clear()

    early = await Returning(record).note_returned(clock())
    clock.run_on(HOUR)
    back = [await Returning(record).note_returned(clock()) for _ in range(2)]
    await tell(record, box, clock)

    assert (early, back) == (0, [2, 0])
    assert [(who, subject.split(": ")[0]) for who, subject in subjects(box)] == [
        ("boris", "[North] Back with you"), ("petra", "[North] Taken up again"),
    ]  # fmt: skip
    noted = [(line.action, line.by["id"]) for line in await trail(record, case_id)][-2:]
    assert noted == [("resumed", "clock"), ("delegation_returned", "clock")]


async def test_what_somebody_does_without_is_not_told_even_if_it_waited_to_leave(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "anna", "boris")
    case_id = (await ask(record, at=clock())).case_id
    await Comments(record).comment(case_id, "@boris look", does("petra", clock))
    await NoticeSpreader(Addressing(record, (MAIL,)), now=clock).once()

    await reached(record, "anna", without=[Concern.REQUESTS])
    await reached(record, "boris", without=[Concern.MENTIONS])
    await move(record, case_id, 1, "assessing", at=clock())
    await move(record, case_id, 2, "rejected", at=clock())

    assert await told_later(record, box, clock) == []
    assert [message.state for message in await messages(record, "notice")] == ["delivered", "delivered"]
    assert await states(record) == [("boris", "overtaken")]


async def test_who_has_lost_his_part_at_the_site_is_told_nothing_of_its_cases(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris")
    case_id = (await ask(record, at=clock())).case_id
    await Followings(record).follow_case(case_id, caller("boris"), clock())
    await Comments(record).comment(case_id, "@boris look", does("petra", clock))
    await move(record, case_id, 1, "assessing", at=clock())
    await NoticeSpreader(Addressing(record, (MAIL,)), now=clock).once()

    await leaves(record, "boris", clock)

    assert await told_later(record, box, clock) == []
    assert set(await states(record)) == {("boris", "overtaken")}


async def test_quiet_hours_and_the_digest_hold_for_what_asks_nothing(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "emma", quiet_from=time(13), quiet_until=time(18), digest_at=time(19))
    case_id = (await ask(record, at=clock())).case_id
    await Followings(record).follow_case(case_id, caller("emma"), clock())
    await move(record, case_id, 1, "assessing", at=clock())
    await Comments(record).comment(case_id, "@emma look", does("petra", clock))

    told = []
    for _ in range(7):
        await tell(record, box, clock)
        told.append(len(box.taken))
        clock.run_on(HOUR)

    # It is one o'clock: what calls her comes at the end of her quiet hours, how the case goes on with the digest.
    assert told == [0, 0, 0, 0, 0, 1, 2]


async def test_a_mention_that_cannot_be_delivered_is_set_aside_and_seen(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris")
    case_id = (await ask(record, at=clock())).case_id
    await Comments(record).comment(case_id, "@boris look", does("petra", clock))
    async with mail_server() as gone:
        pass
    box.to_recipients = ["550 5.1.1 No such user"]

    await tell(record, gone, clock)
    clock.run_on(HOUR)
    await tell(record, box, clock)

    (dead,) = await Notices(record).undelivered()
    assert (dead.person, dead.cases, dead.attempts, dead.again_at) == ("boris", (case_id,), 2, None)
    assert (await trail(record, case_id))[-1].action == "notice_undelivered"


async def test_a_contact_says_what_it_is_without(record: Database) -> None:
    await reached(record, "boris", without=["followed"])

    assert (await Contacts(record).of("boris")).without == (Concern.FOLLOWED,)
