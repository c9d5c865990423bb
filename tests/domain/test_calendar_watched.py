"""The calendar against a watcher of the clock on the wall, who counts minutes and knows no arithmetic of dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from benchmarks.calendars import MINUTE, Disagreement, run, watch_around
from domain.calendar import DayException, Shift, WorkingCalendar

ST_JOHNS = ZoneInfo("America/St_Johns")


def test_hundreds_of_calendars_say_what_the_watcher_saw() -> None:
    told = run(cases=400, seed=2026)

    assert told.startswith("400 cases: ")


def test_the_watcher_notices_a_calendar_that_reckons_in_another_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.calendar.ZoneInfo", lambda _: ZoneInfo("Europe/Berlin"))

    with pytest.raises(Disagreement, match="to the watcher"):
        run(cases=50, seed=1)


def test_the_watcher_sees_the_hour_that_is_never_shown_and_the_one_that_is_shown_twice() -> None:
    spring, autumn = watch_around("Europe/Berlin", "2026-03-29"), watch_around("Europe/Berlin", "2026-10-25")

    jump = spring.reached(spring.reading(date(2026, 3, 29), time(2)))
    first = autumn.reached(autumn.reading(date(2026, 10, 25), time(2)))

    assert spring.reached(spring.reading(date(2026, 3, 29), time(2, 40))) == jump
    assert spring.shown(jump) - spring.shown(jump - 1) == 61
    assert autumn.shown(first + 60) == autumn.shown(first)


def test_a_sunday_that_had_begun_before_the_clocks_went_back_to_saturday_goes_on() -> None:
    sundays = WorkingCalendar(
        name="sundays", zone="America/St_Johns", shifts=(Shift(weekday=6, start=time(0), end=time(0)),)
    )
    sunday = datetime(2010, 11, 7, tzinfo=ST_JOHNS).astimezone(UTC)
    before, after = sunday - 30 * MINUTE, sunday + 30 * MINUTE

    assert before.astimezone(ST_JOHNS).time() == time(23, 30)
    assert after.astimezone(ST_JOHNS).replace(tzinfo=None) == datetime(2010, 11, 6, 23, 30)  # noqa: DTZ001
    assert list(sundays.spans(before, after)) == [(sunday, after)]
    assert sundays.is_working(after)


def test_a_day_that_never_was_is_no_working_day() -> None:
    daily = tuple(Shift(weekday=day, start=time(8), end=time(16)) for day in range(7))
    apia = WorkingCalendar(name="apia", zone="Pacific/Apia", shifts=daily)
    samoa = ZoneInfo("Pacific/Apia")
    thursday = datetime(2011, 12, 29, 10, tzinfo=samoa)

    assert apia.add_working_days(thursday, 1) == datetime(2011, 12, 31, 10, tzinfo=samoa)
    closed = apia.model_copy(update={"exceptions": (DayException(date=date(2011, 12, 31)),)})
    assert closed.add_working_time(thursday, 361 * MINUTE) == datetime(2012, 1, 1, 8, 1, tzinfo=samoa)
