"""The solver makes room for urgent work: never worse than the rules, and as well as can be."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.solver.sequencing import CpSatDisplacer, SolverMissing
from domain.calendar import Shift, WorkingCalendar
from domain.capacity import Load, WorkCenterCapacity
from domain.displacement import Displacement, displace

DAY_SHIFT = WorkingCalendar(
    name="day shift",
    zone="Europe/Berlin",
    shifts=tuple(Shift(weekday=day, start=time(6), end=time(16)) for day in range(5)),
)
HOUR = Decimal(60)
URGENT = 2
MONDAY = datetime(2026, 10, 5, 4, tzinfo=UTC)
"""Six in the morning in Berlin."""

by_solver = CpSatDisplacer(timedelta(seconds=2))


def at(hour: int) -> datetime:
    """When the *hour* of work begins, the first on Monday being 0 and the first on Tuesday 10."""
    return DAY_SHIFT.next_working_moment(DAY_SHIFT.add_working_time(MONDAY, timedelta(hours=hour)))


def load(job: str, begin: int, hours: int, due: int, priority: int = 5, *, started: bool = False) -> Load:
    end = DAY_SHIFT.add_working_time(at(begin), timedelta(hours=hours))
    due_at = DAY_SHIFT.add_working_time(MONDAY, timedelta(hours=due))
    return Load(job, 10, hours * HOUR, at(begin), end, due_at, priority, f"{job}:10", started)


def work_center(*loads: Load, machines: int = 1, efficiency: Decimal = Decimal(1)) -> WorkCenterCapacity:
    return WorkCenterCapacity(DAY_SHIFT, machines, efficiency, loads)


def late_hours(due: datetime, end: datetime) -> Decimal:
    late = max(timedelta(0), DAY_SHIFT.working_time_between(due, end))
    return Decimal(late // timedelta(microseconds=1)) / (3600 * 10**6)


def cost(mill: WorkCenterCapacity, by: datetime, done: Displacement) -> tuple[Decimal, Decimal, int]:
    """How late the urgent work is, how much later by weight the others get, and how many move."""
    assert done.finish is not None
    loads = {booked.job: booked for booked in mill.loads}
    delay = Decimal(0)
    for moved in done.moved:
        booked = loads[moved.job]
        assert moved.new_end is not None
        later = late_hours(booked.due, moved.new_end) - late_hours(booked.due, booked.end)
        delay += 1000 // booked.priority * later
    return late_hours(by, done.finish), delay, len(done.moved)


def test_who_has_time_gives_way_rather_than_who_matters_least() -> None:
    spare = load("spare", 0, 4, due=30, priority=5)
    tight = load("tight", 4, 4, due=8, priority=9)
    mill = work_center(spare, tight)

    rules = displace(mill, 4 * HOUR, at(0), at(8), at(0), URGENT)
    solver = by_solver(mill, 4 * HOUR, at(0), at(8), at(0), URGENT)

    assert [(moved.job, moved.lateness) for moved in rules.moved] == [("tight", timedelta(hours=18))]
    assert [(moved.job, moved.lateness) for moved in solver.moved] == [("spare", timedelta(0))]
    assert solver.finish == at(4)
    assert solver.overtime_minutes == 0


def test_a_third_may_make_room_for_the_second() -> None:
    important = load("important", 0, 4, due=8, priority=3)
    patient = load("patient", 4, 4, due=30, priority=9)
    mill = work_center(important, patient)

    done = by_solver(mill, 4 * HOUR, at(0), at(4), at(0), URGENT)

    assert [(moved.job, moved.new_start) for moved in done.moved] == [
        ("important", at(4)),
        ("patient", at(8)),
    ]
    assert [moved.lateness for moved in done.moved] == [timedelta(0), timedelta(0)]


def test_work_that_fits_moves_nobody() -> None:
    mill = work_center(load("tight", 4, 4, due=8))

    done = by_solver(mill, 4 * HOUR, at(0), at(8), at(0), URGENT)

    assert done == Displacement(at(0), DAY_SHIFT.add_working_time(MONDAY, timedelta(hours=4)), (), Decimal(0))


def test_nobody_lands_across_work_booked_on_a_saturday() -> None:
    saturday = datetime(2026, 10, 10, 8, tzinfo=UTC)
    extra = Load("extra", 10, HOUR, saturday, saturday + timedelta(hours=1), saturday, 1, started=True)
    before_the_weekend = load("flexible", 41, 8, due=90)
    mill = work_center(before_the_weekend, extra)

    done = by_solver(mill, 8 * HOUR, at(40), at(50), at(0), URGENT)

    assert done.start == at(40)
    (moved,) = done.moved
    assert moved.new_start == at(50)


def test_when_nobody_may_give_way_the_missing_time_is_overtime() -> None:
    mill = work_center(load("equal", 0, 9, due=50, priority=URGENT), load("started", 10, 4, due=50, started=True))

    done = by_solver(mill, 2 * HOUR, at(0), at(10), at(0), URGENT)

    assert done.moved == ()
    assert done.start == at(14)
    assert done.overtime_minutes == HOUR


def test_without_the_solver_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "connectors.solver.model")
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)

    with pytest.raises(SolverMissing, match=r"pip install 'lockstep\[solver\]'"):
        CpSatDisplacer()


hours = st.integers(1, 12)
places = st.integers(0, 40)


@st.composite
def booked_work_centers(draw: st.DrawFn) -> WorkCenterCapacity:
    """A work centre whose plan can be carried out."""
    efficiency = draw(st.sampled_from([Decimal(1), Decimal("0.7"), Decimal("1.3")]))
    mill = work_center(machines=draw(st.integers(1, 2)), efficiency=efficiency)
    for number in range(draw(st.integers(1, 7))):
        minutes = draw(hours) * HOUR
        slot = mill.earliest_slot(minutes, at(draw(places)))
        assert slot is not None
        booked = Load(
            job=f"J{number}",
            operation=10,
            minutes=minutes,
            start=slot.start,
            end=slot.end,
            due=at(draw(places)),
            priority=draw(st.integers(1, 5)),
            started=draw(st.integers(0, 4)) == 0,
        )
        mill = mill.with_loads([*mill.loads, booked])
    return mill


def plan_after(loads: Sequence[Load], done: Displacement) -> list[Load]:
    ends = {moved.job: (moved.new_start, moved.new_end) for moved in done.moved}
    plan = []
    for booked in loads:
        start, end = ends.get(booked.job, (booked.start, booked.end))
        assert start is not None
        assert end is not None
        plan.append(replace(booked, start=start, end=end))
    return plan


@settings(max_examples=60, deadline=None)
@given(booked_work_centers(), hours, places, places, places)
def test_the_plan_can_be_carried_out_and_is_no_worse_than_the_rules(
    mill: WorkCenterCapacity, work: int, one: int, other: int, frozen: int
) -> None:
    not_before, by = sorted([at(one), at(other)])
    frozen_until = at(frozen)
    loads = {booked.job: booked for booked in mill.loads}

    rules = displace(mill, work * HOUR, not_before, by, frozen_until, URGENT)
    done = by_solver(mill, work * HOUR, not_before, by, frozen_until, URGENT)

    assert cost(mill, by, done) <= cost(mill, by, rules)
    assert done.start is not None
    assert done.finish is not None
    assert done.start >= not_before
    assert (done.overtime_minutes == 0) == (done.finish <= by)
    urgent = Load("urgent", 10, work * HOUR, done.start, done.finish, by, URGENT)
    plan = [*plan_after(mill.loads, done), urgent]
    for booked in plan:
        assert sum(each.start <= booked.start < each.end for each in plan) <= mill.machines
        assert DAY_SHIFT.working_time_between(booked.start, booked.end) == mill.working_time_for(booked.minutes)
    for moved in done.moved:
        booked = loads[moved.job]
        assert booked.priority > URGENT
        assert not booked.started
        assert moved.new_start is not None
        assert moved.new_end is not None
        assert moved.new_start > booked.start >= frozen_until
        assert moved.lateness == max(timedelta(0), moved.new_end - booked.due)
    assert done == by_solver(mill, work * HOUR, not_before, by, frozen_until, URGENT)


def best_of_all_orders(jobs: Sequence[Load], work: int, by: int) -> tuple[Decimal, Decimal, int]:
    """What the best order of all costs on one machine, in working hours, found by trying every one."""

    def hour(moment: datetime) -> int:
        return DAY_SHIFT.working_time_between(MONDAY, moment) // timedelta(hours=1)

    facts = [(hour(j.start), int(j.minutes / HOUR), hour(j.due), 1000 // j.priority) for j in jobs]
    urgent = (0, work, by, 0)
    costs = []
    for order in permutations([urgent, *facts]):
        clock = urgent_late = delay = moved = 0
        for job in order:
            released, length, due, weight = job
            start = max(clock, released)
            clock = start + length
            if job is urgent:
                urgent_late = max(0, clock - due)
            else:
                delay += weight * (max(0, clock - due) - max(0, released + length - due))
                moved += start != released
        costs.append((Decimal(urgent_late), Decimal(delay), moved))
    return min(costs)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(hours, st.integers(0, 40), st.integers(3, 9), st.integers(0, 3)), min_size=1, max_size=5),
    hours,
    st.integers(1, 20),
)
def test_on_one_machine_it_reaches_the_best_of_all_orders(
    described: list[tuple[int, int, int, int]], work: int, by: int
) -> None:
    jobs = []
    clock = 0
    for number, (length, due, priority, gap) in enumerate(described):
        jobs.append(load(f"J{number}", clock + gap, length, due, priority))
        clock += gap + length
    mill = work_center(*jobs)
    due_at = DAY_SHIFT.add_working_time(MONDAY, timedelta(hours=by))

    done = by_solver(mill, work * HOUR, MONDAY, due_at, MONDAY, URGENT)

    assert cost(mill, due_at, done) == best_of_all_orders(jobs, work, by)
