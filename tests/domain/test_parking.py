"""Parking: who may, and that only what is waited for outside stops the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.calendar import Duration, Shift, WorkingCalendar
from domain.decision import NotAllowed, OpenQuestion, QuestionClosed, UntilWrong
from domain.parking import (
    LONGEST_PARKING,
    Cause,
    NothingParked,
    ParkedAlready,
    Parking,
    admit_parking,
    admit_resuming,
    put_off,
    put_off_ladder,
)
from domain.question import ladder
from domain.roles import Role
from tests.domain.asked import FOUR_HOURS, NOW, PLANNER, PLANT_MANAGER, draft, person, question
from tests.domain.test_calendar_laws import calendars_and_starts

PLANNERS = frozenset({PLANNER})
LATER = NOW + timedelta(days=1)
WORKING = Duration(working=timedelta(hours=8))
EIGHT_TO_FOUR = WorkingCalendar(
    name="day", zone="UTC", shifts=tuple(Shift(weekday=day, start=time(8), end=time(16)) for day in range(5))
)


def parking(cause: Cause = Cause.CUSTOMER, at: datetime = NOW, until: datetime = LATER) -> Parking:
    return Parking(cause=cause, reason="He asks.", by="boris", at=at, until=until)


def test_who_may_answer_parks_it_and_who_leads_him() -> None:
    admit_parking(question(), None, LATER, person("boris"), PLANNERS, NOW)
    admit_parking(question(), None, LATER, person("paul"), frozenset({PLANT_MANAGER}), NOW)
    admit_resuming(question(), parking(), person("petra"), PLANNERS)

    for by, roles in (("dev", frozenset({Role.BUYER})), ("anna", PLANNERS)):
        with pytest.raises(NotAllowed):
            admit_parking(question(), None, LATER, person(by), roles, NOW)
        with pytest.raises(NotAllowed):
            admit_resuming(question(), parking(), person(by), roles)


@pytest.mark.parametrize(
    "asked", [question(requester="paul"), question(also_asked={"paul": 4})], ids=["first", "as well"]
)
def test_a_lead_who_asked_for_the_change_neither_parks_the_question_about_it_nor_resumes_it(
    asked: OpenQuestion,
) -> None:
    with pytest.raises(NotAllowed, match="nor when it is decided"):
        admit_parking(asked, None, LATER, person("paul"), frozenset({PLANT_MANAGER}), NOW)
    with pytest.raises(NotAllowed, match="nor when it is decided"):
        admit_resuming(asked, parking(), person("paul"), frozenset({PLANT_MANAGER}))


def test_what_is_parked_is_not_parked_again_and_what_is_not_is_not_resumed() -> None:
    with pytest.raises(ParkedAlready, match="boris parked this until 2026-10-06 09:00"):
        admit_parking(question(), parking(), LATER, person("petra"), PLANNERS, NOW)
    with pytest.raises(NothingParked):
        admit_resuming(question(), None, person("petra"), PLANNERS)
    with pytest.raises(QuestionClosed):
        admit_parking(
            question(choice="expedite", closed_by="Petra", closed_at=NOW), None, LATER, person("boris"), PLANNERS, NOW
        )


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=1), NOW + LONGEST_PARKING + timedelta(seconds=1)])
def test_it_is_parked_until_a_moment_to_come_and_not_for_ever(until: datetime) -> None:
    with pytest.raises(UntilWrong):
        admit_parking(question(), None, until, person("boris"), PLANNERS, NOW)


def test_it_stands_until_its_time() -> None:
    assert parking().stands(LATER - timedelta(seconds=1))
    assert not parking().stands(LATER)


@pytest.mark.parametrize("cause", list(Cause))
def test_only_what_is_waited_for_outside_puts_the_deadlines_off(cause: Cause) -> None:
    due, rungs = ladder(draft(), NOW, [EIGHT_TO_FOUR])

    later, moved = put_off_ladder(due, rungs, parking(cause), LATER, FOUR_HOURS, [EIGHT_TO_FOUR])

    by = timedelta(0) if cause is Cause.INTERNAL else timedelta(days=1)
    assert later == due + by
    assert [rung.at for rung in moved] == [rung.at + by for rung in rungs]
    assert [(rung.percent, rung.kind, rung.role) for rung in moved] == [(r.percent, r.kind, r.role) for r in rungs]


def test_what_passed_before_it_was_parked_stays_where_it_was() -> None:
    before, after = NOW - timedelta(hours=1), NOW + timedelta(hours=1)

    assert put_off((before, NOW, after), NOW, LATER, FOUR_HOURS, []) == (before, NOW, after + timedelta(days=1))


def test_a_weekend_takes_nothing_from_a_deadline_in_working_hours() -> None:
    friday, monday = datetime(2026, 10, 9, 16, tzinfo=UTC), datetime(2026, 10, 12, 8, tzinfo=UTC)
    due = datetime(2026, 10, 12, 10, tzinfo=UTC)

    assert put_off((due,), friday, monday, WORKING, [EIGHT_TO_FOUR]) == (due,)
    assert put_off((due,), friday, monday + timedelta(hours=3), WORKING, [EIGHT_TO_FOUR]) == (due + timedelta(hours=3),)


hours = st.integers(0, 200).map(lambda n: n * timedelta(minutes=15))


@given(calendars_and_starts(), st.lists(hours, min_size=1, max_size=5), hours, hours)
def test_so_much_working_time_is_left_as_when_it_was_parked_whatever_the_calendar(
    calendar_and_start: tuple[WorkingCalendar, datetime],
    ahead: list[timedelta],
    parked_for: timedelta,
    resumed: timedelta,
) -> None:
    calendar, since = calendar_and_start
    assume(any(shift.start != shift.end for shift in calendar.shifts))
    until = since + parked_for
    moments = sorted(calendar.add_working_time(since, left) for left in ahead)

    moved = put_off(moments, since, until, WORKING, [calendar])

    for moment, later in zip(moments, moved, strict=True):
        left = calendar.working_time_between(since, moment)
        assert calendar.working_time_between(since, later) == left + (
            calendar.working_time_between(since, until) if moment > since else timedelta(0)
        )
        assert later >= moment
    assert all(first <= second for first, second in pairwise(moved))
    # Who resumes sooner is chased no later than who does not.
    sooner = put_off(moments, since, since + min(parked_for, resumed), WORKING, [calendar])
    assert all(early <= late for early, late in zip(sooner, moved, strict=True))
