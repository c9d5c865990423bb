"""People are told that something waits for them, by a real mail server; a notice that is lost loses nothing."""

from __future__ import annotations

import asyncio
from datetime import time, timedelta

import pytest
from structlog.testing import capture_logs

from domain.contact import MAIL
from domain.decision import Channel, Principal, PrincipalKind
from domain.fact import Reading
from domain.master_data import Person
from domain.question import RungKind
from domain.roles import Role
from relay.notices import TAKEN_FOR, NoticeSpreader
from storage.acting import Acting
from storage.addressing import Addressing
from storage.attachments import Attachments
from storage.claims import Claims
from storage.database import Database
from storage.facts import FactStore
from storage.identity import Caller
from storage.notices import GIVE_UP_AFTER, Notices
from storage.tables.notices import NoticeRow
from tests.relay.record import Clock, messages, trail
from tests.relay.telling import PUBLIC, address, climb, reached, states, subjects, tell
from tests.storage.plant import answer, asked_to_decide, move, question_of, rows
from tests.support.documents import upload
from tests.support.mail_server import MailBox, mail_server
from tests.support.small_plant import SITE

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    """The relay's."""
    return Clock()


async def test_everybody_who_may_answer_is_told_once(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "anna", "boris", "petra")
    case_id = await asked_to_decide(record, at=clock())

    await tell(record, box, clock)
    await tell(record, box, clock)

    said = "[North] until Fri 20 Nov 17:00: SO-1:10 VALVE, 40 to 50: which way?"
    assert subjects(box) == [("boris", said), ("petra", said)]
    assert f"{PUBLIC}/questions/{question_of(case_id)}" in box.taken[0].as_string()
    assert [message.state for message in await messages(record, "notice")] == ["delivered"]


async def test_a_notice_says_how_much_is_attached_when_it_leaves(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "boris")
    case_id = await asked_to_decide(record, at=clock())
    anna = Acting(Caller(Principal(kind=PrincipalKind.PERSON, id="anna"), (SITE,), ()), Channel.API, clock())
    await Attachments(record).attach(case_id, upload(), anna)

    await tell(record, box, clock)

    assert "One document or picture is attached." in box.taken[0].as_string()


async def test_a_notice_says_what_will_have_to_be_signed(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "boris")
    await asked_to_decide(record, at=clock(), signed="I agree to this change")

    await tell(record, box, clock)

    text = box.taken[0].get_body(("plain",))
    assert text is not None
    assert "As asked (you sign: I agree to this change)" in " ".join(text.get_content().split())


async def test_who_has_no_address_is_not_told_and_the_question_waits_all_the_same(
    record: Database, box: MailBox, clock: Clock
) -> None:
    case_id = await asked_to_decide(record, at=clock())

    await tell(record, box, clock)

    assert box.taken == []
    assert [message.state for message in await messages(record, "notice")] == ["delivered"]
    assert (await answer(record, question_of(case_id), "accept_as_asked", "boris", at=clock())).settled


async def test_who_was_told_hears_that_somebody_else_has_answered(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "boris", "petra")
    case_id = await asked_to_decide(record, at=clock())
    await tell(record, box, clock)
    box.taken.clear()

    await answer(record, question_of(case_id), "accept_as_asked", "petra", at=clock())
    await tell(record, box, clock)

    (message,) = box.taken
    assert message["To"] == address("boris")
    assert str(message["Subject"]).strip().startswith("[North] Answered: SO-1:10 VALVE")
    assert "It came to: As asked. Settled by: Petra." in message.as_string()


async def test_nobody_is_told_of_what_was_answered_before_the_notice_left(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris", "petra")
    case_id = await asked_to_decide(record, at=clock())
    await NoticeSpreader(Addressing(record, (MAIL,)), now=clock).once()

    await answer(record, question_of(case_id), "accept_as_asked", "petra", at=clock())
    await tell(record, box, clock)

    assert box.taken == []
    assert {state for _, state in await states(record)} == {"overtaken"}


async def test_a_case_that_goes_on_without_an_answer_says_so(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "boris")
    case_id = await asked_to_decide(record, at=clock())
    await tell(record, box, clock)

    await move(record, case_id, 3, "withdrawn", at=clock())
    await tell(record, box, clock)

    assert str(box.taken[-1]["Subject"]).strip().startswith("[North] No longer asked: SO-1:10")
    assert box.taken[0]["References"] == box.taken[1]["References"]
    assert box.taken[0]["Message-ID"] != box.taken[1]["Message-ID"]


async def test_is_reminded_and_when_time_is_over_the_lead_is_told_as_well(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris", "paul")
    case_id = await asked_to_decide(record, at=clock())

    await tell(record, box, clock)
    await climb(record, case_id, RungKind.REMIND, 50, clock(), None)
    await tell(record, box, clock)
    await climb(record, case_id, RungKind.ESCALATE, 100, clock(), Role.PLANT_MANAGER)
    await tell(record, box, clock)

    told = sorted((person, subject.split(" Fri")[0]) for person, subject in subjects(box))
    assert told == [
        ("boris", "[North] Overdue: since"),
        ("boris", "[North] Reminder: until"),
        ("boris", "[North] until"),
        ("paul", "[North] Overdue: since"),
    ]


async def test_who_could_not_be_told_in_time_is_told_the_last_word_only(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris")
    case_id = await asked_to_decide(record, at=clock())
    async with mail_server() as gone:
        pass
    await tell(record, gone, clock)
    await climb(record, case_id, RungKind.ESCALATE, 100, clock(), Role.PLANT_MANAGER)

    clock.run_on(HOUR)
    await tell(record, box, clock)

    assert [subject.split(" Fri")[0] for _, subject in subjects(box)] == ["[North] Overdue: since"]
    assert await states(record) == [("boris", "overtaken"), ("boris", "delivered")]


async def test_a_server_that_is_down_for_an_hour_costs_no_notice(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "boris", "petra")
    await asked_to_decide(record, at=clock())
    async with mail_server() as gone:
        pass

    with capture_logs() as logs:
        for _ in range(12):
            await tell(record, gone, clock)
            clock.run_on(timedelta(minutes=5))
    while {state for _, state in await states(record)} == {"waiting"}:
        await tell(record, box, clock)
        clock.run_on(timedelta(minutes=5))

    assert [person for person, _ in subjects(box)] == ["boris", "petra"]
    assert {line["event"] for line in logs} == {"notice.delayed"}
    assert "plant.example" not in str(logs)


async def test_what_is_refused_for_now_comes_again_with_the_same_id(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris")
    await asked_to_decide(record, at=clock())
    box.to_letters = ["451 4.3.0 Later", "250 OK"]

    await tell(record, box, clock)
    after_first = await states(record)
    clock.run_on(timedelta(minutes=1))
    await tell(record, box, clock)

    assert after_first == [("boris", "waiting")]
    assert len(box.taken) == 1
    (row,) = await rows(record, NoticeRow)
    assert (
        box.taken[0]["Message-ID"] == f"<notice-{row.number}-{int(row.created_at.timestamp())}@lockstep.plant.example>"
    )
    assert (row.state, row.attempts, row.error) == ("delivered", 2, "")


async def test_what_is_refused_for_good_is_shown_and_goes_out_again_when_somebody_says_so(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris")
    case_id = await asked_to_decide(record, at=clock())
    box.to_recipients = ["550 5.1.1 No such user boris@plant.example", "250 OK"]
    notices = Notices(record)

    with capture_logs() as logs:
        await tell(record, box, clock)
        await tell(record, box, clock)
    (dead,) = await notices.undelivered()
    again = await notices.try_again(dead.number, clock())
    and_again = await notices.try_again(dead.number, clock())
    await tell(record, box, clock)

    assert (dead.person, dead.cases, dead.again_at) == ("boris", (case_id,), None)
    assert dead.why == "The mail server answered 550 5.1.1 No such user the address"
    assert [line["event"] for line in logs] == ["notice.dead"]
    assert "boris" not in str(logs)
    assert (again, and_again) == (True, False)
    assert len(box.taken) == 1
    told = [line for line in await trail(record, case_id) if line.action.startswith("notice_")]
    assert [line.action for line in told] == ["notice_undelivered", "notice_requeued"]
    assert "plant.example" not in str([line.model_dump() for line in told])


async def test_a_notice_that_is_never_taken_is_given_up_after_about_a_day(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris")
    await asked_to_decide(record, at=clock())
    box.to_letters = ["452 4.2.2 Mailbox full"]
    began = clock()

    while await states(record) != [("boris", "dead")]:
        await tell(record, box, clock)
        clock.run_on(timedelta(minutes=30))

    assert box.tries == GIVE_UP_AFTER
    assert timedelta(hours=20) < clock() - began < timedelta(hours=30)


async def test_what_waited_for_the_morning_comes_together_then(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "boris", quiet_from=time(13), quiet_until=time(18), digest_at=time(19))
    first = await asked_to_decide(record, at=clock())
    await tell(record, box, clock)
    await asked_to_decide(record, order="SO-3", quantity=6, at=clock())
    await move(record, first, 3, "withdrawn", at=clock())
    box.taken.clear()

    await tell(record, box, clock)
    urgent = [subject for _, subject in subjects(box)]
    clock.run_on(5 * HOUR)
    await tell(record, box, clock)
    too_early = len(box.taken) - len(urgent)
    clock.run_on(HOUR)
    await tell(record, box, clock)

    # The policy gives four hours by the clock, so what is asked does not wait; what asks nothing does.
    assert len(urgent) == 1
    assert too_early == 0
    assert str(box.taken[-1]["Subject"]).strip().startswith("[North] No longer asked: SO-1:10")
    assert len(box.taken) == 2


async def test_who_has_left_is_told_nothing_any_more(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "boris")
    await asked_to_decide(record, at=clock())
    await NoticeSpreader(Addressing(record, (MAIL,)), now=clock).once()
    gone = Person(site=SITE, person="boris", name="Boris", roles=(Role.PLANNER,), active=False)
    await FactStore(record).keep([Reading(fact=gone, source="/erp", version="2", as_of=clock())])

    await tell(record, box, clock)

    assert box.taken == []


async def test_a_sender_that_died_half_way_is_followed_by_another(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "boris")
    await asked_to_decide(record, at=clock())
    await NoticeSpreader(Addressing(record, (MAIL,)), now=clock).once()
    taken = await Notices(record).take(MAIL, clock(), clock() + TAKEN_FOR)

    await tell(record, box, clock)
    at_once = len(box.taken)
    clock.run_on(TAKEN_FOR)
    await tell(record, box, clock)

    assert taken is not None
    assert (at_once, len(box.taken)) == (0, 1)


async def test_several_workers_tell_everybody_once(
    record: Database, record_url: str, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris", "petra")
    for order in ("SO-1", "SO-3", "SO-5"):
        await asked_to_decide(record, order=order, quantity=7, at=clock())
    workers = [Database(record_url) for _ in range(4)]

    await asyncio.gather(*(tell(worker, box, clock) for worker in workers))

    for worker in workers:
        await worker.close()
    assert len(box.taken) == 6
    assert len({message["Message-ID"] for message in box.taken}) == 6


async def test_without_a_mail_server_messages_are_settled_at_once(record: Database, clock: Clock) -> None:
    await reached(record, "boris")
    await asked_to_decide(record, at=clock())

    assert await NoticeSpreader(Addressing(record, ()), now=clock).once() == 1

    assert await states(record) == []
    assert [message.state for message in await messages(record, "notice")] == ["delivered"]


async def test_whom_a_lead_gives_it_to_is_told_and_nobody_else(record: Database, box: MailBox, clock: Clock) -> None:
    await reached(record, "boris", "petra", "paul")
    case_id = await asked_to_decide(record, at=clock())
    await tell(record, box, clock)
    box.taken.clear()
    paul = Principal(kind=PrincipalKind.PERSON, id="paul")

    acting = Acting(Caller(paul, (SITE,), ()), Channel.API, clock())
    await Claims(record).assign(question_of(case_id), "petra", "Boris is in a meeting.", acting)
    await tell(record, box, clock)

    ((person, subject),) = subjects(box)
    assert (person, subject.split(": ")[0]) == ("petra", "[North] Given to you")


async def test_what_a_worker_was_late_with_waits_for_the_morning_unless_it_is_urgent(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris", quiet_from=time(18), quiet_until=time(7), digest_at=time(12))
    case_id = await asked_to_decide(record, at=clock())
    await tell(record, box, clock)
    await move(record, case_id, 3, "withdrawn", at=clock())
    await NoticeSpreader(Addressing(record, (MAIL,)), now=clock).once()
    box.taken.clear()

    clock.run_on(31 * HOUR)
    await tell(record, box, clock)
    in_the_evening = len(box.taken)
    clock.run_on(11 * HOUR)
    await tell(record, box, clock)

    assert (in_the_evening, len(box.taken)) == (0, 1)
    assert [row.attempts for row in await rows(record, NoticeRow)] == [1, 1]
