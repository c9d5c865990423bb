"""What has to give way on a work centre so that urgent work is done in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from domain.capacity import Load, Slot, WorkCenterCapacity

_ON_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Moved:
    """An operation that gives way, and where it goes."""

    job: str
    operation: int
    order: str | None
    old_start: datetime
    old_end: datetime
    new_start: datetime | None
    new_end: datetime | None
    """None when no room is left for it within the horizon."""
    lateness: timedelta | None
    """How long after its due date it ends now; zero when in time, None when it finds no room."""


@dataclass(frozen=True, slots=True)
class Displacement:
    """How urgent work gets done, and at whose expense."""

    start: datetime | None
    finish: datetime | None
    """When the urgent work ends without overtime; None when it finds no room within the horizon."""
    moved: tuple[Moved, ...]
    overtime_minutes: Decimal | None
    """Standard minutes still to be done outside working time to be in time; None when not even that helps."""


def displace(
    capacity: WorkCenterCapacity,
    minutes: Decimal,
    not_before: datetime,
    by: datetime,
    frozen_until: datetime,
    priority: int,
) -> Displacement:
    """Room for *minutes* by *by*, made where needed by pushing back work that matters less.

    Only operations of lower priority that have not started and start after *frozen_until* give way: the least
    important first, only as many as needed, each to the first free time from its old start on. What follows
    them at other work centres is not considered. Raises NeverWorking when the calendar has no working time.
    """
    aside: list[Load] = []
    remaining = capacity
    for load in _yielding(capacity.loads, not_before, by, frozen_until, priority):
        if remaining.fits(minutes, not_before, by):
            break
        aside.append(load)
        remaining = remaining.with_loads(kept for kept in remaining.loads if kept is not load)
    slot = remaining.earliest_slot(minutes, not_before)
    if slot is None:
        return Displacement(None, None, (), capacity.overtime_needed(minutes, not_before, by))
    urgent = Load("urgent", 0, minutes, slot.start, slot.end, by, priority)
    around, moved = _pushed_aside(remaining, urgent, aside)
    return Displacement(slot.start, slot.end, moved, around.overtime_needed(minutes, not_before, by))


def _yielding(
    loads: Sequence[Load], not_before: datetime, by: datetime, frozen_until: datetime, priority: int
) -> list[Load]:
    """The loads in the way that may be pushed back, the least important first."""
    movable = (
        load
        for load in loads
        if load.priority > priority
        and not load.started
        and load.start >= frozen_until
        and load.start < by
        and load.end > not_before
    )
    return sorted(movable, key=_importance, reverse=True)


def _importance(load: Load) -> tuple[int, datetime, str, int]:
    return load.priority, load.due, load.job, load.operation


def _pushed_aside(
    remaining: WorkCenterCapacity, urgent: Load, aside: list[Load]
) -> tuple[WorkCenterCapacity, tuple[Moved, ...]]:
    """The work centre around *urgent*, and what had to move; a load not in the way after all stays."""
    around = remaining
    displaced = []
    for load in sorted(aside, key=_importance):
        if around.with_loads([*around.loads, urgent]).free_machines(load.start, load.end):
            around = around.with_loads([*around.loads, load])
        else:
            displaced.append(load)
    moved = []
    for load in displaced:
        room = around.with_loads([*around.loads, urgent]).earliest_slot(load.minutes, load.start)
        if room is not None:
            around = around.with_loads([*around.loads, replace(load, start=room.start, end=room.end)])
        moved.append(moved_to(room, load))
    return around, tuple(moved)


def moved_to(room: Slot | None, load: Load) -> Moved:
    """What it means for *load* to give way and go to *room*, or nowhere."""
    return Moved(
        job=load.job,
        operation=load.operation,
        order=load.order,
        old_start=load.start,
        old_end=load.end,
        new_start=None if room is None else room.start,
        new_end=None if room is None else room.end,
        lateness=None if room is None else max(_ON_TIME, room.end - load.due),
    )
