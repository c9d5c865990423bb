"""Who is told of what, and when: what waits reaches whoever may answer, and nobody is disturbed without need."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.calendar import Duration, Shift, WorkingCalendar
from domain.contact import Concern, Contact
from domain.decision import GivenAnswer, OpenQuestion
from domain.notice import (
    COLLECTED_FOR,
    Occasion,
    Room,
    Urgency,
    addressees,
    goes_without_saying,
    read_as,
    sending,
    told_as,
    urgency,
)
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind, Turn
from domain.roles import Role

NIGHT = Contact(quiet_from=time(22), quiet_until=time(5))
MONDAY = datetime(2026, 10, 5, 8, tzinfo=UTC)
WAITING = (Occasion.ASKED, Occasion.REMINDED, Occasion.OVERDUE)
OVER = (Occasion.SETTLED, Occasion.WITHDRAWN)
DAY_SHIFT = WorkingCalendar(
    name="day", zone="Europe/Berlin", shifts=tuple(Shift(weekday=day, start=time(6), end=time(14)) for day in range(5))
)
HOURS = Duration(working=timedelta(hours=4))

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


PEOPLE = {
    "anna": frozenset({Role.SALES}),
    "boris": frozenset({Role.PLANNER}),
    "petra": frozenset({Role.PRODUCTION, Role.PLANNER}),
    "paul": frozenset({Role.PLANT_MANAGER}),
}


def question(kind: QuestionKind = QuestionKind.DECISION, requester: str = "anna", **more: object) -> OpenQuestion:
    yes = Choice(name="yes", title="Yes", require=(Requirement(role=Role.PLANNER, count=2),))
    draft = QuestionDraft(kind=kind, topic="decision", title="Which way?", choices=(yes,), within=HOURS)
    return OpenQuestion.model_validate(
        {"id": "OC-1-2-1", "draft": draft, "evidence": "e", "requester": requester, **more}
    )


def answered(name: str, on_behalf_of: str | None = None) -> GivenAnswer:
    return GivenAnswer(person=name, role=Role.PLANNER, choice="yes", at=MONDAY, on_behalf_of=on_behalf_of)


@pytest.mark.parametrize("occasion", WAITING)
def test_everybody_who_may_answer_is_told_that_it_waits(occasion: Occasion) -> None:
    told = addressees(occasion, question(), PEOPLE, ())

    assert told == {"boris": Role.PLANNER, "petra": Role.PLANNER}


def test_whom_the_question_was_opened_to_is_told_as_well() -> None:
    told = addressees(Occasion.OVERDUE, question(further_roles=(Role.PLANT_MANAGER,)), PEOPLE, ())

    assert told == {"boris": Role.PLANNER, "petra": Role.PLANNER, "paul": Role.PLANT_MANAGER}


def test_who_is_asked_later_is_told_when_his_turn_has_come_and_nobody_then_hears_it_twice() -> None:
    requirements = (Requirement(role=Role.PLANNER), Requirement(role=Role.SALES, stage=2))
    yes = Choice(name="yes", title="Yes", require=requirements)
    draft = QuestionDraft(
        kind=QuestionKind.INFORMATION, topic="decision", title="Which way?", choices=(yes,), within=HOURS
    )
    first, then = question(draft=draft), question(draft=draft, given=(answered("petra"),))
    room = Room("all")

    assert set(addressees(Occasion.ASKED, first, PEOPLE, ())) == {"boris", "petra"}
    assert addressees(Occasion.ASKED, then, PEOPLE, ("boris", "petra")) == {"anna": Role.SALES}
    assert room.told_as(Occasion.ASKED, first, "north", told=False) is Role.PLANNER
    assert room.told_as(Occasion.ASKED, then, "north", told=True) is None


def test_whom_a_turn_waits_for_is_reminded_and_nobody_who_had_his() -> None:
    requirements = (Requirement(role=Role.PLANNER), Requirement(role=Role.PLANT_MANAGER, stage=2, within=HOURS))
    ways = tuple(Choice(name=name, title=name, require=requirements) for name in ("yes", "later"))
    draft = QuestionDraft(kind=QuestionKind.DECISION, topic="decision", title="Which way?", choices=ways, within=HOURS)
    turn = Turn(within=HOURS, waited_for=(Role.PLANT_MANAGER,), known=(Role.PLANNER,), answers=1)
    then = question(draft=draft, given=(answered("petra"),), turn=turn)

    # Boris could still speak for the other way; the time that runs is not his.
    assert addressees(Occasion.REMINDED, then, PEOPLE, ("boris", "petra")) == {"paul": Role.PLANT_MANAGER}


def test_who_could_only_waive_it_is_told_when_it_is_given_to_him_and_not_before() -> None:
    take_over = Choice(name="acknowledge", title="Taken over", require=(Requirement(role=Role.PLANNER),))
    waive = Choice(name="waive", title="Not needed", require=(Requirement(role=Role.PLANT_MANAGER),))
    draft = QuestionDraft(
        kind=QuestionKind.HANDOFF, topic="planner", title="Take over", choices=(take_over, waive), within=HOURS
    )
    handoff = question(draft=draft)

    assert set(addressees(Occasion.ASKED, handoff, PEOPLE, ())) == {"boris", "petra"}
    assert addressees(Occasion.ASSIGNED, handoff, {"paul": PEOPLE["paul"]}, ()) == {"paul": Role.PLANT_MANAGER}


def test_a_room_is_told_of_its_roles_and_sites_and_of_the_end_of_what_it_was_told() -> None:
    planners = Room("planners", sites=("north",), roles=(Role.PLANNER,))
    closed = question(closed_at=MONDAY)

    assert planners.told_as(Occasion.ASKED, question(), "north", told=False) is Role.PLANNER
    assert planners.told_as(Occasion.ASKED, question(), "south", told=False) is None
    assert Room("buyers", roles=(Role.BUYER,)).told_as(Occasion.ASKED, question(), "north", told=False) is None
    assert Room("all").told_as(Occasion.REMINDED, closed, "north", told=True) is None
    assert planners.told_as(Occasion.SETTLED, closed, "north", told=True) is Role.PLANNER
    assert planners.told_as(Occasion.SETTLED, closed, "north", told=False) is None


def test_who_asked_for_the_change_is_not_told_to_decide_it_but_told_what_else_is_asked() -> None:
    decision, repair = (question(kind, requester="boris") for kind in (QuestionKind.DECISION, QuestionKind.REPAIR))

    assert set(addressees(Occasion.ASKED, decision, PEOPLE, ())) == {"petra"}
    assert set(addressees(Occasion.ASKED, repair, PEOPLE, ())) == {"boris", "petra"}


@pytest.mark.parametrize("given", [answered("petra"), answered("petra", on_behalf_of="boris")])
def test_who_has_answered_or_was_answered_for_is_not_told_again(given: GivenAnswer) -> None:
    told = addressees(Occasion.REMINDED, question(given=(given,)), PEOPLE, ("boris", "petra"))

    assert set(told) == {"boris", "petra"} - given.people


@pytest.mark.parametrize("occasion", OVER)
def test_only_who_was_told_that_it_waits_is_told_that_it_does_no_more(occasion: Occasion) -> None:
    closed = question(choice="yes", closed_at=MONDAY, given=(answered("petra"),))

    assert addressees(occasion, closed, PEOPLE, ("boris", "petra")) == {"boris": Role.PLANNER}
    assert addressees(occasion, closed, PEOPLE, ()) == {}


@pytest.mark.parametrize("occasion", WAITING)
def test_nobody_is_told_that_something_waits_which_is_closed(occasion: Occasion) -> None:
    assert addressees(occasion, question(closed_at=MONDAY), PEOPLE, ("boris",)) == {}


def test_what_comes_back_to_somebody_is_his_whom_it_is_asked_of_and_what_he_parked_his_who_parked_it() -> None:
    planner, lead = PEOPLE["boris"], PEOPLE["paul"]
    over = question(closed_at=MONDAY)

    assert told_as(Occasion.RETURNED, question(), "boris", planner) is Role.PLANNER
    assert told_as(Occasion.RETURNED, question(), "paul", lead) is None
    assert told_as(Occasion.RESUMED, question(), "paul", lead) is Role.PLANT_MANAGER
    assert told_as(Occasion.RESUMED, question(given=(answered("paul"),)), "paul", lead) is None
    for occasion in (Occasion.RETURNED, Occasion.RESUMED, Occasion.TAKEN_BACK):
        assert told_as(occasion, over, "boris", planner) is None
        assert told_as(occasion, question(), "boris", frozenset()) is None


def test_that_an_answer_was_late_is_told_once() -> None:
    over = question(closed_at=MONDAY, choice="yes")
    boris = {"boris": PEOPLE["boris"]}

    assert addressees(Occasion.LATE, over, boris, ()) == {"boris": Role.PLANNER}
    assert addressees(Occasion.LATE, over, boris, ("boris",)) == {}


def test_somebody_reads_in_a_role_that_is_asked_if_he_holds_one() -> None:
    assert read_as(PEOPLE["petra"], (Role.PRODUCTION,)) is Role.PRODUCTION
    assert read_as(PEOPLE["petra"]) is Role.PLANNER
    assert read_as(frozenset()) is None


@pytest.mark.parametrize(
    ("told", "later", "same", "needless"),
    [
        (Occasion.ASKED, Occasion.OVERDUE, True, True),
        (Occasion.ASKED, Occasion.OVERDUE, False, False),
        (Occasion.MOVED, Occasion.MOVED, True, True),
        (Occasion.MOVED, Occasion.ASKED, False, True),
        (Occasion.MOVED, Occasion.SETTLED, False, False),
        (Occasion.DECIDED, Occasion.ENDED, True, True),
        (Occasion.DECIDED, Occasion.MOVED, True, False),
        (Occasion.MENTIONED, Occasion.MENTIONED, True, False),
        (Occasion.ENDED, Occasion.MENTIONED, True, False),
    ],
)
def test_what_a_later_word_says_as_well_need_not_be_said(
    told: Occasion, later: Occasion, same: bool, needless: bool
) -> None:
    assert goes_without_saying(told, later, same_question=same) is needless


def test_each_occasion_is_part_of_what_somebody_can_do_without() -> None:
    assert {occasion.concern for occasion in Occasion} == set(Concern)
    assert not any(occasion.waits for occasion in Occasion if occasion.about_case)


def test_what_is_late_or_counts_by_the_clock_is_urgent_and_what_asks_nothing_is_not() -> None:
    by_the_clock = Duration(clock=timedelta(hours=1))

    assert urgency(Occasion.ASKED, HOURS) is Urgency.NORMAL
    assert urgency(Occasion.ASKED, by_the_clock) is Urgency.URGENT
    assert urgency(Occasion.OVERDUE, HOURS) is Urgency.URGENT
    assert urgency(Occasion.SETTLED, by_the_clock) is Urgency.LOW
    assert urgency(Occasion.MOVED) is Urgency.LOW
    assert urgency(Occasion.MENTIONED) is Urgency.NORMAL


@pytest.mark.parametrize(
    ("what", "urgent", "contact", "now", "due", "at", "held"),
    [
        ("at work", Urgency.NORMAL, Contact(), (5, 9), (6, 9), (5, 9), False),
        ("in the evening", Urgency.NORMAL, Contact(), (5, 20), (7, 9), (6, 6), True),
        ("on Friday evening", Urgency.LOW, Contact(), (9, 20), (13, 9), (12, 6), True),
        ("urgent in the night", Urgency.URGENT, Contact(), (5, 23), (7, 9), (5, 23), False),
        ("late by the morning", Urgency.NORMAL, Contact(), (5, 23), (6, 5), (5, 23), False),
        ("nothing asked, late", Urgency.LOW, Contact(), (5, 23), (6, 5), (6, 6), True),
        ("digest", Urgency.LOW, Contact(digest_at=time(13)), (5, 9), (6, 9), (5, 13), True),
        ("digest is over today", Urgency.LOW, Contact(digest_at=time(7)), (5, 9), (6, 9), (6, 7), True),
        ("digest on Sunday", Urgency.LOW, Contact(digest_at=time(7)), (10, 9), (13, 9), (12, 6), True),
        ("digest and asked", Urgency.NORMAL, Contact(digest_at=time(13)), (5, 9), (6, 9), (5, 9), False),
        ("own hours", Urgency.NORMAL, NIGHT, (5, 20), (6, 9), (5, 20), False),
        ("own night", Urgency.NORMAL, NIGHT, (5, 23), (6, 9), (6, 5), True),
        ("nap", Urgency.NORMAL, Contact(quiet_from=time(12), quiet_until=time(13)), (5, 12), (6, 9), (5, 13), True),
    ],
)  # fmt: skip
def test_what_can_wait_waits_for_a_better_hour(
    what: str, urgent: Urgency, contact: Contact, now: tuple[int, int], due: tuple[int, int], at: tuple[int, int],
    held: bool,
) -> None:  # fmt: skip
    def local(day: int, hour: int) -> datetime:
        return datetime(2026, 10, day, hour, tzinfo=ZoneInfo("Europe/Berlin"))

    found = sending(urgent, contact, DAY_SHIFT, local(*now), local(*due))

    assert (found.at, found.held) == (local(*at), held), what


def test_a_calendar_without_any_hours_holds_nothing_back() -> None:
    never = WorkingCalendar(name="never", zone="UTC")

    assert sending(Urgency.NORMAL, Contact(), never, MONDAY, MONDAY + timedelta(days=3)).at == MONDAY


@given(moments, st.timedeltas(timedelta(0), COLLECTED_FOR))
def test_how_a_case_goes_on_leaves_once_in_so_many_minutes(now: datetime, later: timedelta) -> None:
    always = WorkingCalendar.always()

    first = sending(Urgency.LOW, Contact(), always, now, collected=True)
    then = sending(Urgency.LOW, Contact(), always, now + later, collected=True)

    assert first.held
    assert now < first.at <= now + COLLECTED_FOR
    assert then.at - first.at in (timedelta(0), COLLECTED_FOR)


@pytest.mark.parametrize("said", [{"quiet_from": "22:00"}, {"quiet_from": "22:00", "quiet_until": "22:00"}])
def test_quiet_hours_have_two_ends(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="quiet hours"):
        Contact.model_validate(said)


@pytest.mark.parametrize(
    "address",
    ["boris", "boris@", "b@a\nBcc: c@d.example", "b b@plant.example", '"b"@plant.example', "b@plant..example"],
)
def test_what_is_no_mail_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        Contact(mail=address)


times = st.times().map(lambda shown: shown.replace(microsecond=0))
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])


@st.composite
def people(draw: st.DrawFn) -> tuple[Contact, WorkingCalendar]:
    """Somebody, and the hours of his role."""
    start, end = draw(times), draw(times)
    working = WorkingCalendar(
        name="shifts",
        zone=draw(zones),
        shifts=tuple(Shift(weekday=day, start=start, end=end) for day in draw(st.sets(st.integers(0, 6), min_size=1))),
    )
    since, until = draw(times), draw(times)
    quiet = draw(st.booleans())
    assume(not quiet or since != until)
    contact = Contact(
        quiet_from=since if quiet else None, quiet_until=until if quiet else None, digest_at=draw(st.none() | times)
    )
    return contact, working


@given(people(), moments, st.timedeltas(timedelta(0), timedelta(days=9)), st.sampled_from(Urgency))
def test_nothing_is_told_early_nor_in_quiet_hours_without_need_nor_too_late(
    who: tuple[Contact, WorkingCalendar], now: datetime, left: timedelta, urgent: Urgency
) -> None:
    contact, working = who
    due = now + left

    found = sending(urgent, contact, working, now, due)

    assert found.at >= now
    assert found.held == (found.at > now)
    if urgent is Urgency.URGENT:
        assert found.at == now
    if urgent is Urgency.NORMAL:
        assert found.at == now or found.at < due
    if urgent is Urgency.LOW or found.held:
        assert contact.hours(working).is_working(found.at)
    # Whoever may be told at some hour of the week is told within it, with a day for the digest to come round.
    assert found.at <= now + timedelta(days=9)
