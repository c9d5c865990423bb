"""Making room on the work centre that decides a date, at the expense of work that matters less."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from domain.capacity import WorkCenterCapacity
from domain.displacement import Displacement, displace
from domain.facts import OrderLine
from domain.option import Disturbed
from domain.promise import Promise
from domain.supply import Place, SupplyPicture


class Displacer(Protocol):
    """Whatever says which work gives way to urgent work: simple rules, or a solver."""

    def __call__(
        self,
        capacity: WorkCenterCapacity,
        minutes: Decimal,
        not_before: datetime,
        by: datetime,
        frozen_until: datetime,
        priority: int,
    ) -> Displacement:
        """How urgent work of *minutes* gets done by *by*, and what moves for it."""


@dataclass(frozen=True)
class Room:
    """Room made for a promise."""

    at: datetime
    """When the promise can be kept then."""
    disturbed: tuple[Disturbed, ...]
    """The order lines whose work moved, with their new dates."""


class Sequencer:
    """Room for late promises, found by a displacer."""

    def __init__(self, displacer: Displacer = displace) -> None:
        self._displace = displacer

    def make_room(
        self, picture: SupplyPicture, promise: Promise, by: datetime, priority: int, frozen_until: datetime
    ) -> Room | None:
        """Room that lets *promise* be kept earlier, where a work centre is what holds it up."""
        decides = promise.bottleneck
        if decides is None or promise.at is None or not decides.operations:
            return None
        step = max(decides.operations, key=lambda operation: operation.minutes)
        after = promise.at - step.ends_at
        capacity = picture.capacity(Place(decides.site, step.work_center))
        made = self._displace(capacity, step.minutes, decides.ready_at, by - after, frozen_until, priority)
        if made.finish is None or made.finish >= step.ends_at or not made.moved:
            return None
        if any(moved.new_end is None for moved in made.moved):
            return None
        return Room(at=made.finish + after, disturbed=_disturbed(picture, made))


def _disturbed(picture: SupplyPicture, made: Displacement) -> tuple[Disturbed, ...]:
    lines = {fact.key: fact for fact in picture.facts if isinstance(fact, OrderLine)}
    found: dict[str, Disturbed] = {}
    for moved in made.moved:
        line = lines.get(moved.order or "")
        if line is None or moved.new_end is None:
            continue
        new_at = max(line.due_at + (moved.lateness or moved.new_end - moved.new_end), line.due_at)
        found[line.key] = Disturbed(
            order=line.order, line=line.line, customer=line.customer, promised_at=line.due_at, new_at=new_at
        )
    return tuple(found[key] for key in sorted(found))
