"""The laws of counting in working hours, whatever the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.calendar import DayException, Shift, WorkingCalendar

QUARTER = timedelta(minutes=15)

# Around changes of the clocks in four zones; Lord Howe Island moves them by half an hour.
CHANGES = {
    "Europe/Berlin": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "UTC": [date(2026, 2, 28)],
}
quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
amounts = st.timedeltas(timedelta(0), timedelta(hours=30))
short_waits = st.integers(0, 40).map(lambda n: n * QUARTER)


@st.composite
def calendars_and_starts(draw: st.DrawFn) -> tuple[WorkingCalendar, datetime]:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    change = draw(st.sampled_from(CHANGES[zone]))
    near = st.integers(-3, 3).map(lambda n: change + timedelta(days=n))
    exceptions = st.builds(
        DayException, date=near, shifts=st.lists(st.tuples(quarters, quarters), max_size=2).map(tuple)
    )
    shifts = st.builds(Shift, weekday=st.integers(0, 6), start=quarters, end=quarters)
    calendar = WorkingCalendar(
        name="any",
        zone=zone,
        shifts=tuple(draw(st.lists(shifts, min_size=2, max_size=9))),
        exceptions=tuple(draw(st.lists(exceptions, max_size=3))),
    )
    midnight = datetime.combine(change - timedelta(days=2), time(0), UTC)
    return calendar, midnight + draw(st.integers(0, 4 * 96)) * QUARTER


def quarters_worked(calendar: WorkingCalendar, start: datetime, count: int) -> list[bool]:
    """For each quarter of an hour from *start* whether it is worked, found by watching the clock on the wall.

    A boundary has been reached once the clock has shown its time, or a later one, for the first time.
    """
    zone = ZoneInfo(calendar.zone)
    special = {exception.date: exception.shifts for exception in calendar.exceptions}

    def hours_of(day: date) -> list[tuple[datetime, datetime]]:
        usual = [(s.start, s.end) for s in calendar.shifts if s.weekday == day.weekday()]
        return [
            (datetime.combine(day, a), datetime.combine(day, b) + timedelta(days=int(b <= a)))
            for a, b in special.get(day, usual)
        ]

    highest = datetime.min  # noqa: DTZ901 - a reading of the wall clock
    watched = []
    for n in range(-8, count):
        shown = (start + n * QUARTER).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        highest = max(highest, shown)
        hours = hours_of(highest.date()) + hours_of(highest.date() - timedelta(days=1))
        watched.append(any(a <= highest < b for a, b in hours))
    return watched[8:]


@settings(max_examples=150, deadline=None)
@given(calendars_and_starts())
def test_spans_are_what_a_watcher_of_the_clock_on_the_wall_sees(
    given_: tuple[WorkingCalendar, datetime],
) -> None:
    calendar, start = given_
    count = 3 * 96

    seen = quarters_worked(calendar, start, count)

    spans = list(calendar.spans(start, start + count * QUARTER))
    assert [any(a <= start + n * QUARTER < b for a, b in spans) for n in range(count)] == seen
    assert calendar.working_time_between(start, start + count * QUARTER) == sum(seen) * QUARTER
    assert all(calendar.is_working(start + n * QUARTER) == seen[n] for n in range(0, count, 7))
    assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))


@settings(max_examples=100, deadline=None)
@given(calendars_and_starts(), st.integers(1, 30))
def test_added_time_ends_with_the_quarter_a_watcher_counts_last(
    given_: tuple[WorkingCalendar, datetime], needed: int
) -> None:
    calendar, start = given_
    worked = [n for n, seen in enumerate(quarters_worked(calendar, start, 6 * 96)) if seen]
    assume(len(worked) >= needed)

    done = calendar.add_working_time(start, needed * QUARTER)

    assert done == start + (worked[needed - 1] + 1) * QUARTER


@settings(deadline=None)
@given(calendars_and_starts(), amounts)
def test_the_time_added_is_the_time_in_between(given_: tuple[WorkingCalendar, datetime], amount: timedelta) -> None:
    calendar, start = given_

    done = calendar.add_working_time(start, amount)

    assert calendar.working_time_between(start, done) == amount


@settings(deadline=None)
@given(calendars_and_starts(), amounts, amounts)
def test_adding_twice_is_adding_the_sum(
    given_: tuple[WorkingCalendar, datetime], first: timedelta, second: timedelta
) -> None:
    calendar, start = given_

    in_two_steps = calendar.add_working_time(calendar.add_working_time(start, first), second)

    assert in_two_steps == calendar.add_working_time(start, first + second)


@settings(deadline=None)
@given(calendars_and_starts(), short_waits, amounts, amounts)
def test_a_later_start_or_more_work_never_ends_earlier(
    given_: tuple[WorkingCalendar, datetime], wait: timedelta, amount: timedelta, more: timedelta
) -> None:
    calendar, start = given_

    done = calendar.add_working_time(start, amount)

    assert done <= calendar.add_working_time(start + wait, amount) or not amount
    assert done <= calendar.add_working_time(start, amount + more)


@settings(deadline=None)
@given(calendars_and_starts(), amounts)
def test_work_is_done_while_working_or_as_a_shift_ends(
    given_: tuple[WorkingCalendar, datetime], amount: timedelta
) -> None:
    calendar, start = given_
    assume(amount)

    done = calendar.add_working_time(start, amount)

    assert calendar.is_working(done - timedelta.resolution)


@settings(deadline=None)
@given(calendars_and_starts(), st.integers(1, 6), st.integers(1, 6))
def test_working_days_go_forward_and_never_leave_working_time(
    given_: tuple[WorkingCalendar, datetime], days: int, more: int
) -> None:
    calendar, start = given_

    reached = calendar.add_working_days(start, days)

    assert start < reached <= calendar.add_working_days(start, days + more)
    assert calendar.is_working(reached) or calendar.is_working(reached - timedelta.resolution)
