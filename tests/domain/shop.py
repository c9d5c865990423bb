"""A small machine shop: problems of scheduling for tests, one by one and at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from domain.calendar import Shift, WorkingCalendar
from domain.schedule.problem import (
    Commitment,
    ExtraShift,
    Machine,
    OpenOperation,
    Placed,
    Problem,
    Way,
)

MONDAY = datetime(2026, 10, 5, 4, tzinfo=UTC)
"""Six in the morning in Berlin."""
HOUR = timedelta(hours=1)
DAY_SHIFT = WorkingCalendar(
    name="day shift",
    zone="Europe/Berlin",
    shifts=tuple(Shift(weekday=day, start=time(6), end=time(14)) for day in range(5)),
)
TWO_SHIFTS = WorkingCalendar(
    name="two shifts",
    zone="Europe/Berlin",
    shifts=tuple(Shift(weekday=day, start=time(6), end=time(22)) for day in range(5)),
)
ALWAYS = WorkingCalendar.always("Europe/Berlin")


def at(hours: float) -> datetime:
    """So many hours after six on Monday."""
    return MONDAY + hours * HOUR


def machine(name: str, calendar: WorkingCalendar = DAY_SHIFT, work_center: str | None = None) -> Machine:
    return Machine(name, work_center or name, calendar)


def operation(name: str, hours: float, on: str = "mill", *others: str, after: str | None = None) -> OpenOperation:
    ways = tuple(Way(machine, int(hours * 60)) for machine in (on, *others))
    return OpenOperation(name, ways, after=(after,) if after else ())


def placed(name: str, start: float, end: float, on: str = "mill") -> Placed:
    return Placed(operation=name, machine=on, start=at(start), end=at(end))


def due(name: str, hours: float, weight: str = "1", *operations: str) -> Commitment:
    return Commitment(name, at(hours), Decimal(weight), operations or (name,))


quarters = st.integers(0, 8 * 4).map(lambda count: count * 15)


@st.composite
def machines(draw: st.DrawFn, name: str) -> Machine:
    since = at(draw(st.integers(0, 60)))
    return Machine(
        name,
        draw(st.sampled_from([name, "any"])),
        draw(st.sampled_from([DAY_SHIFT, TWO_SHIFTS, ALWAYS])),
        unavailable=draw(st.sampled_from([(), ((since, since + 5 * HOUR),)])),
        extra_shifts=draw(st.sampled_from([(), (ExtraShift(at(8), at(12), Decimal(300)),)])),
    )


@st.composite
def problems(draw: st.DrawFn, most: int = 9, most_machines: int = 3) -> Problem:
    """Any problem of up to *most* operations, with up to one running on each machine."""
    names = ["mill", "lathe", "grinder"][: draw(st.integers(1, most_machines))]
    shop = tuple(draw(machines(name)) for name in names)
    operations: list[OpenOperation] = []
    for number in range(draw(st.integers(1, most))):
        earlier = [operation.name for operation in operations]
        on = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        operations.append(
            OpenOperation(
                f"J-{number}",
                tuple(Way(name, 15 + draw(quarters), draw(st.sampled_from([0, 15, 30]))) for name in on),
                after=tuple(draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True))) if earlier else (),
                release=draw(st.none() | st.integers(0, 20).map(at)),
                family=draw(st.sampled_from([None, "bolts", "nuts"])),
            )
        )
    running = _running(draw, operations)
    baseline = [
        placed(operation.name, begin := draw(st.integers(-2, 60)), begin + 1, operation.ways[0].machine)
        for operation in running
        if operation.pinned_at is None and draw(st.booleans())
    ]
    commitments = [
        due(operation.name, draw(st.integers(0, 100)), draw(st.sampled_from(["0", "1", "10"])))
        for operation in running
        if draw(st.booleans())
    ]
    return Problem(MONDAY, shop, tuple(running), tuple(commitments), tuple(baseline), draw(st.none() | st.just(at(8))))


def _running(draw: st.DrawFn, operations: list[OpenOperation]) -> list[OpenOperation]:
    """The operations, with at most one on each machine running since before the present."""
    taken: set[str] = set()
    found = []
    for operation in operations:
        on = operation.ways[0].machine
        if not operation.after and on not in taken and draw(st.booleans()):
            taken.add(on)
            found.append(replace(operation, ways=operation.ways[:1], pinned_at=at(-draw(st.integers(0, 3)))))
        else:
            found.append(operation)
    return found
