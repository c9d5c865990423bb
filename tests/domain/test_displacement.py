"""Who gives way to urgent work, and that nobody else does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Shift, WorkingCalendar
from domain.capacity import Load, WorkCenterCapacity
from domain.displacement import Displacement, Moved, displace

BERLIN = ZoneInfo("Europe/Berlin")
DAY_SHIFT = WorkingCalendar(
    name="day shift",
    zone="Europe/Berlin",
    shifts=tuple(Shift(weekday=day, start=time(6), end=time(16)) for day in range(5)),
)
HOUR = Decimal(60)
URGENT = 1


def october(day: int, hour: int = 0) -> datetime:
    """In 2026; the 5th is a Monday."""
    return datetime(2026, 10, day, hour, tzinfo=BERLIN)


def load(job: str, start: datetime, hours: int, due: datetime, priority: int = 5, *, started: bool = False) -> Load:
    end = DAY_SHIFT.add_working_time(start, timedelta(hours=hours))
    return Load(job, 10, hours * HOUR, start, end, due, priority, f"SO-{job}", started)


def work_center(*loads: Load, machines: int = 1) -> WorkCenterCapacity:
    return WorkCenterCapacity(DAY_SHIFT, machines, Decimal(1), loads)


FULL_MONDAY = (
    load("A", october(5, 6), 4, due=october(7, 16), priority=3),
    load("B", october(5, 10), 3, due=october(9, 16), priority=5),
    load("C", october(5, 13), 3, due=october(6, 8), priority=5),
)


def test_work_that_fits_moves_nobody() -> None:
    done = displace(work_center(*FULL_MONDAY), 2 * HOUR, october(5, 6), october(6, 16), october(5), URGENT)

    assert done == Displacement(october(6, 6), october(6, 8), (), Decimal(0))


def test_the_least_important_with_the_latest_due_date_gives_way() -> None:
    done = displace(work_center(*FULL_MONDAY), 2 * HOUR, october(5, 6), october(5, 16), october(5), URGENT)

    assert done.finish == october(5, 12)
    assert done.overtime_minutes == 0
    assert done.moved == (
        Moved(
            job="B",
            operation=10,
            order="SO-B",
            old_start=october(5, 10),
            old_end=october(5, 13),
            new_start=october(6, 6),
            new_end=october(6, 9),
            lateness=timedelta(0),
        ),
    )


def test_the_one_who_gives_way_is_told_how_late_it_gets() -> None:
    done = displace(work_center(FULL_MONDAY[2]), 9 * HOUR, october(5, 6), october(5, 16), october(5), URGENT)

    (moved,) = done.moved
    assert moved.new_end == october(6, 8)
    assert moved.lateness == timedelta(0)

    done = displace(work_center(FULL_MONDAY[2]), 10 * HOUR, october(5, 6), october(5, 16), october(5), URGENT)

    (moved,) = done.moved
    assert moved.new_end == october(6, 9)
    assert moved.lateness == timedelta(hours=1)


def test_who_was_set_aside_in_vain_stays() -> None:
    short = load("short", october(5, 6), 1, due=october(9), priority=9)
    long = load("long", october(5, 7), 9, due=october(9), priority=5)

    done = displace(work_center(short, long), 9 * HOUR, october(5, 6), october(5, 16), october(5), URGENT)

    assert [moved.job for moved in done.moved] == ["long", "short"]

    done = displace(
        work_center(short, replace(long, start=october(5, 7))),
        8 * HOUR,
        october(5, 7),
        october(5, 16),
        october(5),
        1,
    )

    assert [moved.job for moved in done.moved] == ["long"]


def test_who_gives_way_does_not_land_on_who_stays() -> None:
    long = load("long", october(5, 6), 4, due=october(9), priority=5)
    short = load("short", october(5, 10), 3, due=october(9), priority=9)

    done = displace(work_center(long, short), 4 * HOUR, october(5, 6), october(5, 11), october(5), URGENT)

    assert done.finish == october(5, 10)
    assert [(m.job, m.new_start, m.new_end) for m in done.moved] == [("long", october(5, 13), october(6, 7))]


def test_those_who_give_way_queue_up_by_importance() -> None:
    done = displace(work_center(*FULL_MONDAY), 10 * HOUR, october(5, 6), october(5, 16), october(5), URGENT)

    assert [(m.job, m.new_start, m.new_end) for m in done.moved] == [
        ("A", october(6, 6), october(6, 10)),
        ("C", october(6, 10), october(6, 13)),
        ("B", october(6, 13), october(6, 16)),
    ]


def test_what_has_started_is_frozen_or_matters_as_much_does_not_move() -> None:
    started = load("started", october(5, 6), 4, due=october(9), priority=9, started=True)
    frozen = load("frozen", october(5, 10), 3, due=october(9), priority=9)
    equal = load("equal", october(5, 13), 3, due=october(9), priority=URGENT)

    done = displace(
        work_center(started, frozen, equal), 2 * HOUR, october(5, 6), october(5, 16), october(5, 11), URGENT
    )

    assert done.moved == ()
    assert done.finish == october(6, 8)


def test_when_nobody_may_give_way_the_missing_time_is_overtime() -> None:
    equal = load("equal", october(5, 6), 9, due=october(9), priority=URGENT)

    done = displace(work_center(equal), 2 * HOUR, october(5, 6), october(6, 6), october(5), URGENT)

    assert done == Displacement(october(5, 15), october(6, 7), (), HOUR)


def test_without_a_machine_there_is_neither_finish_nor_overtime() -> None:
    none = work_center(*FULL_MONDAY, machines=0)

    assert displace(none, HOUR, october(5, 6), october(5, 16), october(5), URGENT) == Displacement(None, None, (), None)


START = october(22, 6).astimezone(UTC)
hours = st.integers(1, 14)
moments = st.integers(0, 24 * 8).map(lambda n: START + n * timedelta(hours=1))


@st.composite
def booked_work_centers(draw: st.DrawFn) -> WorkCenterCapacity:
    """A work centre whose plan can be carried out, over the weekend on which the clocks go back."""
    mill = work_center(machines=draw(st.integers(1, 2)))
    for number in range(draw(st.integers(0, 9))):
        minutes = draw(hours) * HOUR
        slot = mill.earliest_slot(minutes, draw(moments))
        assert slot is not None
        mill = mill.with_loads(
            [
                *mill.loads,
                Load(
                    f"J{number}",
                    10,
                    minutes,
                    slot.start,
                    slot.end,
                    draw(moments),
                    draw(st.integers(1, 4)),
                    None,
                    draw(st.booleans()),
                ),
            ]
        )
    return mill


def afterwards(loads: Sequence[Load], done: Displacement) -> list[Load]:
    places = {moved.job: moved for moved in done.moved}
    plan = []
    for booked in loads:
        if (moved := places.get(booked.job)) is None:
            plan.append(booked)
        else:
            assert moved.new_start is not None
            assert moved.new_end is not None
            plan.append(replace(booked, start=moved.new_start, end=moved.new_end))
    return plan


@settings(max_examples=200, deadline=None)
@given(booked_work_centers(), hours, moments, moments, moments)
def test_every_plan_with_urgent_work_in_it_can_be_carried_out(
    mill: WorkCenterCapacity, work: int, one: datetime, other: datetime, frozen_until: datetime
) -> None:
    not_before, by = sorted([one, other])

    done = displace(mill, work * HOUR, not_before, by, frozen_until, priority=2)

    assert done.start is not None
    assert done.finish is not None
    urgent = Load("urgent", 10, work * HOUR, done.start, done.finish, by, 2)
    plan = [*afterwards(mill.loads, done), urgent]
    assert urgent.start >= not_before
    for booked in plan:
        assert sum(other.start <= booked.start < other.end for other in plan) <= mill.machines
        assert DAY_SHIFT.working_time_between(booked.start, booked.end) == mill.working_time_for(booked.minutes)


@settings(max_examples=200, deadline=None)
@given(booked_work_centers(), hours, moments, moments, moments)
def test_only_less_important_work_that_is_neither_started_nor_frozen_moves_and_only_later(
    mill: WorkCenterCapacity, work: int, one: datetime, other: datetime, frozen_until: datetime
) -> None:
    not_before, by = sorted([one, other])
    loads = {booked.job: booked for booked in mill.loads}

    done = displace(mill, work * HOUR, not_before, by, frozen_until, priority=2)

    for moved in done.moved:
        booked = loads[moved.job]
        assert booked.priority > 2
        assert not booked.started
        assert moved.new_start is not None
        assert moved.new_end is not None
        assert moved.new_start > moved.old_start >= frozen_until
        assert moved.lateness == max(timedelta(0), moved.new_end - booked.due)


@settings(max_examples=200, deadline=None)
@given(booked_work_centers(), hours, moments, moments, moments)
def test_nobody_moves_without_need_and_moving_never_makes_the_urgent_work_later(
    mill: WorkCenterCapacity, work: int, one: datetime, other: datetime, frozen_until: datetime
) -> None:
    not_before, by = sorted([one, other])
    left_alone = mill.earliest_finish(work * HOUR, not_before)

    done = displace(mill, work * HOUR, not_before, by, frozen_until, priority=2)

    assert done.finish is not None
    assert left_alone is not None
    assert done.finish <= left_alone
    assert (done.finish <= by) == (done.overtime_minutes == 0)
    if left_alone <= by:
        assert done.moved == ()
