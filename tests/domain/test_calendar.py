"""Deadlines counted in working hours: the plant's vectors and its odd nights."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from domain.calendar import DayException, Duration, NeverWorking, Shift, WorkingCalendar
from domain.master_data import Site

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = range(5)
MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)


def berlin(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


def weekly(*hours: tuple[int, int], days: range = WEEKDAYS) -> tuple[Shift, ...]:
    return tuple(Shift(weekday=day, start=time(start), end=time(end % 24)) for day in days for start, end in hours)


CHRISTMAS = (DayException(date=date(2026, 12, 24)), DayException(date=date(2026, 12, 25)))
TWO_SHIFTS = WorkingCalendar(name="two shifts", zone="Europe/Berlin", shifts=weekly((6, 14), (14, 22)))
OFFICE = WorkingCalendar(name="office", zone="Europe/Berlin", shifts=weekly((8, 17)), exceptions=CHRISTMAS)
NIGHTS = WorkingCalendar(name="nights", zone="Europe/Berlin", shifts=weekly((22, 6)))


def test_an_hour_from_half_past_nine_on_friday_night_ends_on_monday_at_half_past_six() -> None:
    done = TWO_SHIFTS.add_working_time(berlin(2026, 10, 2, 21, 30), timedelta(minutes=60))

    assert done == berlin(2026, 10, 5, 6, 30)
    assert done.tzinfo is UTC


def test_two_hours_from_the_afternoon_before_christmas_eve_end_after_the_holidays() -> None:
    done = OFFICE.add_working_time(berlin(2026, 12, 23, 16, 30), timedelta(minutes=120))

    assert done == berlin(2026, 12, 28, 9, 30)


def test_the_change_to_summer_time_on_a_free_sunday_leaves_the_local_result_as_it_is() -> None:
    done = OFFICE.add_working_time(berlin(2026, 3, 27, 16), timedelta(minutes=120))

    assert done == berlin(2026, 3, 30, 9)


def test_one_working_day_is_the_same_time_on_the_next_working_day() -> None:
    assert OFFICE.add_working_days(berlin(2026, 3, 27, 16), 1) == berlin(2026, 3, 30, 16)
    assert OFFICE.add_working_days(berlin(2026, 12, 23, 10), 1) == berlin(2026, 12, 28, 10)
    assert OFFICE.add_working_days(berlin(2026, 12, 21, 10), 3) == berlin(2026, 12, 28, 10)


def test_a_working_day_from_a_saturday_counts_from_monday_morning() -> None:
    assert OFFICE.add_working_days(berlin(2026, 3, 28, 12), 1) == berlin(2026, 3, 31, 8)


def test_after_midnight_the_night_shift_still_belongs_to_the_evening_before() -> None:
    saturday_at_two = berlin(2026, 10, 3, 2)

    assert NIGHTS.add_working_days(saturday_at_two, 1) == berlin(2026, 10, 6, 2)


def test_a_working_day_that_lands_on_a_short_day_ends_with_its_work() -> None:
    inventory = DayException(date=date(2026, 10, 6), shifts=((time(8), time(12)),))
    calendar = OFFICE.model_copy(update={"exceptions": (inventory,)})

    assert calendar.add_working_days(berlin(2026, 10, 5, 15), 1) == berlin(2026, 10, 6, 12)
    assert calendar.add_working_days(berlin(2026, 10, 5, 10), 1) == berlin(2026, 10, 6, 10)


def test_a_working_day_that_lands_before_a_late_opening_waits_for_it() -> None:
    late_opening = DayException(date=date(2026, 10, 6), shifts=((time(12), time(20)),))
    calendar = OFFICE.model_copy(update={"exceptions": (late_opening,)})

    assert calendar.add_working_days(berlin(2026, 10, 5, 9), 1) == berlin(2026, 10, 6, 12)


def test_a_special_saturday_is_worked() -> None:
    special = DayException(date=date(2026, 10, 3), shifts=((time(6), time(12)),))
    calendar = TWO_SHIFTS.model_copy(update={"exceptions": (special,)})

    done = calendar.add_working_time(berlin(2026, 10, 2, 21, 30), timedelta(minutes=60))

    assert done == berlin(2026, 10, 3, 6, 30)


def test_work_used_up_at_the_end_of_the_shift_is_done_then_and_not_on_the_next_morning() -> None:
    assert OFFICE.add_working_time(berlin(2026, 10, 2, 16), timedelta(hours=1)) == berlin(2026, 10, 2, 17)


def test_no_time_at_all_leaves_the_start_where_it_is() -> None:
    sunday = berlin(2026, 10, 4, 12)

    assert OFFICE.add_working_time(sunday, timedelta(0)) == sunday
    assert OFFICE.add_working_days(sunday, 0) == sunday


def test_time_and_days_are_never_taken_away() -> None:
    with pytest.raises(ValueError, match="below zero"):
        OFFICE.add_working_time(berlin(2026, 10, 2), -MINUTE)
    with pytest.raises(ValueError, match="below zero"):
        OFFICE.add_working_days(berlin(2026, 10, 2), -1)


@pytest.mark.parametrize(("night", "hours"), [(date(2026, 3, 28), 7), (date(2026, 6, 6), 8), (date(2026, 10, 24), 9)])
def test_a_night_shift_is_as_long_as_the_night_really_was(night: date, hours: int) -> None:
    saturdays = WorkingCalendar(name="saturdays", zone="Europe/Berlin", shifts=weekly((22, 6), days=range(5, 6)))
    noon = datetime.combine(night, time(12), BERLIN)

    worked = saturdays.working_time_between(noon, noon + timedelta(days=1))

    assert worked == timedelta(hours=hours)


def test_a_start_that_no_clock_shows_lies_at_the_jump() -> None:
    early = Shift(weekday=6, start=time(2, 30), end=time(4))
    calendar = WorkingCalendar(name="early", zone="Europe/Berlin", shifts=(early,))

    assert calendar.next_working_moment(berlin(2026, 3, 29)) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_shift_inside_the_hour_that_is_left_out_is_not_worked() -> None:
    lost = Shift(weekday=6, start=time(2, 15), end=time(2, 45))
    calendar = WorkingCalendar(name="lost", zone="Europe/Berlin", shifts=(lost,))

    assert list(calendar.spans(berlin(2026, 3, 29), berlin(2026, 3, 30))) == []


def test_boundaries_shown_twice_lie_at_their_first_showing() -> None:
    twice = Shift(weekday=6, start=time(2, 15), end=time(2, 45))
    calendar = WorkingCalendar(name="twice", zone="Europe/Berlin", shifts=(twice,))

    (span,) = calendar.spans(berlin(2026, 10, 25), berlin(2026, 10, 26))

    assert span == (datetime(2026, 10, 25, 0, 15, tzinfo=UTC), datetime(2026, 10, 25, 0, 45, tzinfo=UTC))


def test_a_calendar_that_always_works_counts_as_the_clock_does() -> None:
    always = WorkingCalendar.always("America/New_York")
    start = datetime(2026, 3, 7, 15, tzinfo=UTC)

    assert always.add_working_time(start, timedelta(hours=100)) == start + timedelta(hours=100)
    assert list(always.spans(start, start + timedelta(days=9))) == [(start, start + timedelta(days=9))]


def test_a_day_later_around_the_clock_is_the_same_local_time_across_the_change() -> None:
    new_york = ZoneInfo("America/New_York")
    saturday = datetime(2026, 3, 7, 15, tzinfo=new_york)

    sunday = WorkingCalendar.always("America/New_York").add_working_days(saturday, 1)

    assert sunday == datetime(2026, 3, 8, 15, tzinfo=new_york)
    assert sunday - saturday.astimezone(UTC) == timedelta(hours=23)


def test_adjoining_shifts_are_one_stretch_of_work() -> None:
    spans = list(TWO_SHIFTS.spans(berlin(2026, 10, 2, 5), berlin(2026, 10, 5, 7)))

    assert spans == [
        (berlin(2026, 10, 2, 6), berlin(2026, 10, 2, 22)),
        (berlin(2026, 10, 5, 6), berlin(2026, 10, 5, 7)),
    ]


def test_work_starts_with_the_shift_and_has_ended_when_it_ends() -> None:
    assert OFFICE.is_working(berlin(2026, 10, 2, 8))
    assert not OFFICE.is_working(berlin(2026, 10, 2, 17))
    assert OFFICE.next_working_moment(berlin(2026, 10, 2, 17)) == berlin(2026, 10, 5, 8)


def test_time_between_is_below_zero_backwards() -> None:
    assert OFFICE.working_time_between(berlin(2026, 10, 5, 9), berlin(2026, 10, 2, 16)) == -timedelta(hours=2)


@pytest.mark.parametrize(
    "calendar",
    [
        WorkingCalendar(name="empty", zone="UTC"),
        WorkingCalendar(
            name="closed",
            zone="UTC",
            shifts=weekly((8, 17)),
            exceptions=tuple(DayException(date=date(2026, 1, 1) + timedelta(days=n)) for n in range(1500)),
        ),
    ],
    ids=["without shifts", "closed for years"],
)
def test_a_calendar_that_never_works_says_so(calendar: WorkingCalendar) -> None:
    start = datetime(2026, 10, 2, tzinfo=UTC)

    with pytest.raises(NeverWorking, match=f"'{calendar.name}' has no working time"):
        calendar.add_working_time(start, MINUTE)
    with pytest.raises(NeverWorking):
        calendar.add_working_days(start, 1)
    with pytest.raises(NeverWorking):
        calendar.next_working_moment(start)
    assert not calendar.is_working(start)
    assert calendar.working_time_between(start, start + timedelta(days=400)) == timedelta(0)


def test_a_shutdown_of_eighteen_months_is_waited_for() -> None:
    shut = tuple(DayException(date=date(2026, 1, 1) + timedelta(days=n)) for n in range(550))
    calendar = OFFICE.model_copy(update={"exceptions": shut})

    assert calendar.next_working_moment(berlin(2026, 1, 1)) == berlin(2027, 7, 5, 8)


def test_a_duration_is_counted_in_its_own_measure() -> None:
    friday = berlin(2026, 10, 2, 16)

    assert OFFICE.after(friday, Duration(working_days=1)) == berlin(2026, 10, 5, 16)
    assert OFFICE.after(friday, Duration(working=timedelta(hours=2))) == berlin(2026, 10, 5, 9)
    assert OFFICE.after(friday, Duration(clock=timedelta(hours=2))) == berlin(2026, 10, 2, 18)
    assert OFFICE.after(friday, Duration(clock=timedelta(0))) == friday


@pytest.mark.parametrize(
    "measures",
    [{}, {"working_days": 1, "clock": timedelta(1)}, {"working_days": -1}, {"clock": -timedelta(1)}],
)
def test_a_duration_has_one_measure_and_is_not_below_zero(measures: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Duration.model_validate(measures)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="IANA"):
        WorkingCalendar(name="nowhere", zone=zone)
    with pytest.raises(ValidationError, match="IANA"):
        Site(site="nowhere", name="Nowhere", zone=zone, calendar="always")


def test_shift_times_with_an_offset_are_refused() -> None:
    with pytest.raises(ValidationError, match="wall"):
        Shift(weekday=0, start=time(6, tzinfo=UTC), end=time(14))


def test_a_time_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        OFFICE.is_working(datetime(2026, 10, 2, 9))  # noqa: DTZ001 - that is the point


def test_a_calendar_survives_being_written_down() -> None:
    assert WorkingCalendar.model_validate_json(OFFICE.model_dump_json()) == OFFICE


def test_a_day_within_a_longer_shift_of_the_day_before_does_not_lead_back() -> None:
    # Round the clock from Sunday 00:30 to Monday 00:30, and a quarter of an hour on Monday from midnight.
    calendar = WorkingCalendar(
        name="overlap",
        zone="UTC",
        shifts=(
            Shift(weekday=6, start=time(0, 30), end=time(0, 30)),
            Shift(weekday=0, start=time(0), end=time(0, 15)),
            Shift(weekday=1, start=time(8), end=time(16)),
        ),
    )
    tuesday = datetime(2026, 10, 6, 8, tzinfo=UTC)

    reached = [calendar.add_working_days(tuesday, days) for days in (1, 2)]

    assert reached == [datetime(2026, 10, 11, 8, tzinfo=UTC), datetime(2026, 10, 13, 8, tzinfo=UTC)]
