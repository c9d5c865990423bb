"""Room on a work centre: found where it is, never found where it is not."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import NeverWorking, Shift, WorkingCalendar
from domain.capacity import ImpossibleCapacity, Load, Slot, WorkCenterCapacity

BERLIN = ZoneInfo("Europe/Berlin")
TWO_SHIFTS = WorkingCalendar(
    name="two shifts",
    zone="Europe/Berlin",
    shifts=tuple(
        Shift(weekday=day, start=time(start), end=time(end)) for day in range(5) for start, end in ((6, 14), (14, 22))
    ),
)
ONE = Decimal(1)
HOUR = Decimal(60)


def october(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """In 2026: the 5th is a Monday; the clocks go back on the 25th."""
    return datetime(2026, 10, day, hour, minute, tzinfo=BERLIN)


def load(job: str, start: datetime, end: datetime) -> Load:
    minutes = Decimal(TWO_SHIFTS.working_time_between(start, end) // timedelta(minutes=1))
    return Load(job, 10, minutes, start, end, due=end, priority=5)


def work_center(*loads: Load, machines: int = 1, efficiency: Decimal = ONE) -> WorkCenterCapacity:
    return WorkCenterCapacity(TWO_SHIFTS, machines, efficiency, loads)


def test_free_minutes_are_working_time_less_what_is_booked() -> None:
    saw = work_center(load("A", october(5, 6), october(5, 10)), machines=2)

    assert saw.free_minutes(october(5), october(6)) == 2 * 16 * 60 - 4 * 60


def test_efficiency_counts_for_what_gets_done() -> None:
    saw = work_center(machines=2, efficiency=Decimal("0.8"))

    assert saw.free_minutes(october(5), october(6)) == Decimal("0.8") * 2 * 16 * 60
    assert saw.earliest_finish(Decimal(48), october(5, 6)) == october(5, 7)


def test_work_goes_into_the_first_gap_long_enough_for_it() -> None:
    saw = work_center(
        load("A", october(5, 6), october(5, 8)),
        load("B", october(5, 9), october(5, 12)),
    )

    assert saw.earliest_slot(HOUR, october(5, 6)) == Slot(october(5, 8), october(5, 9))
    assert saw.earliest_slot(2 * HOUR, october(5, 6)) == Slot(october(5, 12), october(5, 14))


def test_work_pauses_over_the_weekend_but_is_not_interrupted_by_other_work() -> None:
    saw = work_center(load("A", october(5, 7), october(5, 9)))

    assert saw.earliest_slot(2 * HOUR, october(2, 21)) == Slot(october(2, 21), october(5, 7))
    assert saw.earliest_slot(3 * HOUR, october(2, 21)) == Slot(october(5, 9), october(5, 12))


def test_a_second_machine_takes_work_beside_the_first() -> None:
    booked = load("A", october(5, 6), october(5, 22))

    assert work_center(booked, machines=2).earliest_finish(HOUR, october(5, 6)) == october(5, 7)
    assert work_center(booked, machines=1).earliest_finish(HOUR, october(5, 6)) == october(6, 7)


def test_one_machine_fewer_than_booked_leaves_no_room() -> None:
    overbooked = work_center(*(load(job, october(5, 6), october(5, 10)) for job in "ABC"), machines=2)

    assert overbooked.free_minutes(october(5, 6), october(5, 10)) == 0
    assert overbooked.earliest_slot(HOUR, october(5, 6)) == Slot(october(5, 10), october(5, 11))


def test_without_machines_or_beyond_the_horizon_there_is_no_finish() -> None:
    assert work_center(machines=0).earliest_finish(HOUR, october(5)) is None
    assert work_center().earliest_finish(HOUR, october(5), horizon=timedelta(hours=6)) is None


def test_work_that_does_not_fit_in_time_needs_overtime_for_the_rest() -> None:
    saw = work_center(load("A", october(5, 6), october(5, 20)))

    assert saw.fits(2 * HOUR, october(5, 6), october(5, 22))
    assert not saw.fits(3 * HOUR, october(5, 6), october(6, 6))
    assert saw.overtime_needed(3 * HOUR, october(5, 6), october(6, 6)) == HOUR
    assert saw.overtime_needed(2 * HOUR, october(5, 6), october(5, 22)) == 0


def test_the_hour_won_as_the_clocks_go_back_is_there_to_be_used() -> None:
    around_the_clock = WorkCenterCapacity(WorkingCalendar.always("Europe/Berlin"), 1, ONE)

    assert around_the_clock.fits(25 * HOUR, october(25), october(26))
    assert around_the_clock.overtime_needed(25 * HOUR, october(25), october(26)) == 0
    assert around_the_clock.overtime_needed(26 * HOUR, october(25), october(26)) is None


def test_overtime_cannot_make_a_night_longer_than_it_is() -> None:
    saw = work_center(load("A", october(5, 6), october(5, 20)))

    assert saw.overtime_needed(11 * HOUR, october(5, 6), october(6, 6)) is None


def test_overtime_is_never_more_than_the_work() -> None:
    saw = work_center(efficiency=Decimal("0.9"))

    assert saw.overtime_needed(Decimal(10), october(4, 6), october(4, 22)) == 10


def test_minutes_come_with_four_decimals_and_never_promise_more_than_there_is() -> None:
    saw = work_center(efficiency=Decimal("0.7"))
    a_second = timedelta(seconds=1)

    assert saw.free_minutes(october(5, 6), october(5, 6) + a_second) == Decimal("0.0116")
    assert saw.overtime_needed(Decimal(42), october(5, 21), october(5, 22) - a_second) is None
    assert saw.overtime_needed(Decimal(42), october(5, 21) + a_second, october(6)) == Decimal("0.0117")


def test_a_calendar_without_work_is_named_instead_of_searched_for_ever() -> None:
    closed = WorkCenterCapacity(WorkingCalendar(name="closed", zone="UTC"), 1, ONE)

    with pytest.raises(NeverWorking, match="'closed'"):
        closed.earliest_finish(HOUR, october(5))


def test_a_work_center_that_cannot_be_is_refused() -> None:
    with pytest.raises(ImpossibleCapacity, match="efficiency of 0"):
        work_center(efficiency=Decimal(0))
    with pytest.raises(ImpossibleCapacity, match="-1 machines"):
        work_center(machines=-1)
    with pytest.raises(ImpossibleCapacity, match="job A ends before it starts"):
        Load("A", 10, HOUR, october(6), october(5), october(7), 5)


# The laws. Loads here lie on quarters of an hour, over the weekend on which the clocks go back.
QUARTER = timedelta(minutes=15)
FRIDAY = october(23, 16).astimezone(UTC)
COUNT = 5 * 96
quarter_counts = st.integers(1, 60)
moments = st.integers(0, 3 * 96).map(lambda n: FRIDAY + n * QUARTER)
load_lists = st.lists(st.tuples(moments, quarter_counts), max_size=6).map(
    lambda rows: [load(f"J{n}", start, start + count * QUARTER) for n, (start, count) in enumerate(rows)]
)
work_centers = st.builds(lambda loads, machines: work_center(*loads, machines=machines), load_lists, st.integers(1, 3))


def free_by_quarter(saw: WorkCenterCapacity) -> list[int]:
    return [
        saw.machines - sum(load.start <= FRIDAY + n * QUARTER < load.end for load in saw.loads) for n in range(COUNT)
    ]


@settings(max_examples=60, deadline=None)
@given(work_centers, st.integers(0, 96), quarter_counts)
def test_the_earliest_finish_is_the_one_found_by_trying_every_quarter_of_an_hour(
    saw: WorkCenterCapacity, first: int, needed: int
) -> None:
    free = free_by_quarter(saw)
    works = [TWO_SHIFTS.is_working(FRIDAY + n * QUARTER) for n in range(COUNT)]
    finishes = []
    for begin in range(first, COUNT):
        done = 0
        for n in range(begin, COUNT):
            if free[n] < 1 or done == needed:
                break
            done += works[n]
            if done == needed:
                finishes.append(FRIDAY + (n + 1) * QUARTER)

    found = saw.earliest_finish(Decimal(15 * needed), FRIDAY + first * QUARTER, horizon=QUARTER * (COUNT - first))

    assert found == min(finishes, default=None)


@settings(max_examples=60, deadline=None)
@given(work_centers)
def test_free_minutes_are_those_counted_quarter_by_quarter(saw: WorkCenterCapacity) -> None:
    counted = sum(
        15 * max(0, free) for n, free in enumerate(free_by_quarter(saw)) if TWO_SHIFTS.is_working(FRIDAY + n * QUARTER)
    )

    assert saw.free_minutes(FRIDAY, FRIDAY + COUNT * QUARTER) == counted


@settings(deadline=None)
@given(work_centers, st.decimals(1, 900, places=1), moments, moments)
def test_work_fits_exactly_when_its_earliest_finish_is_in_time(
    saw: WorkCenterCapacity, minutes: Decimal, one: datetime, other: datetime
) -> None:
    not_before, by = sorted([one, other])

    finish = saw.earliest_finish(minutes, not_before)

    assert finish is not None
    assert saw.fits(minutes, not_before, by) == (finish <= by)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.decimals(1, 900, places=1), min_size=1, max_size=12),
    st.integers(1, 3),
    st.sampled_from([Decimal("0.5"), Decimal("0.8"), ONE]),
)
def test_never_more_is_booked_than_working_time_times_machines_times_efficiency(
    jobs: list[Decimal], machines: int, efficiency: Decimal
) -> None:
    saw = work_center(machines=machines, efficiency=efficiency)
    for number, minutes in enumerate(jobs):
        slot = saw.earliest_slot(minutes, FRIDAY)
        assert slot is not None
        saw = saw.with_loads([*saw.loads, Load(f"J{number}", 10, minutes, slot.start, slot.end, slot.end, 5)])

    last = max(load.end for load in saw.loads)
    capacity = TWO_SHIFTS.working_time_between(FRIDAY, last) * machines
    held = sum((TWO_SHIFTS.working_time_between(load.start, load.end) for load in saw.loads), timedelta(0))
    assert sum(jobs) <= Decimal(held / timedelta(minutes=1)) * efficiency + Decimal("1e-9")
    assert held <= capacity
    assert saw.free_minutes(FRIDAY, last) == saw.standard_minutes(capacity - held)
