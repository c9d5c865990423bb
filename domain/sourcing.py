"""Where an item can come from at the earliest: stock, receipts, and new supply on every level of the bill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.availability import NOTHING, Availability, Portion
from domain.draft import Booking, Draft, Missing, PromiseStep, Sourced, days
from domain.master_data import Component, Item, Operation, Transfer
from domain.supply import Place, needed_for

MOST_BATCHES = 1000
"""More in one promise are a lot size entered wrongly."""


class CircularBill(Exception):
    """An item goes into itself."""

    def __init__(self, path: tuple[Place, ...]) -> None:
        names = " → ".join(f"{place.name} at {place.site}" for place in path)
        super().__init__(f"The bill of material runs in a circle: {names}; remove one of these components.")


def source(
    draft: Draft,
    place: Place,
    quantity: Decimal,
    *,
    not_before: datetime,
    enough_by: datetime | None = None,
    good_through: datetime | None = None,
    path: tuple[Place, ...] = (),
) -> Sourced:
    """
    *quantity* of the item as early as it can be had, out of lots that are good until then.

    What comes anyway is waited for up to *enough_by*; beyond it new supply is preferred if it is earlier.
    Raises CircularBill, NotInPicture and NeverWorking.
    """
    if not quantity:
        return Sourced(draft, not_before)
    good_through = good_through or not_before
    while True:
        found = _source(draft, place, quantity, not_before, enough_by or not_before, good_through, path)
        if found.at is None or not draft.spoils(place, good_through, found.at):
            return found
        good_through = found.at


def _source(
    draft: Draft,
    place: Place,
    quantity: Decimal,
    not_before: datetime,
    enough_by: datetime,
    good_through: datetime,
    path: tuple[Place, ...],
) -> Sourced:
    available = draft.availability(place, good_through)
    portions = available.promise(quantity, draft.picture.now)
    enough = _total(portions) == quantity
    waiting = draft.take(place, available, portions) if enough else Sourced(draft, None)
    soon_enough = max(not_before, enough_by)
    if waiting.at is not None and waiting.at <= soon_enough:
        return waiting
    early = tuple(part for part in portions if part.at <= not_before)
    fresh = _supplement(draft, place, available, early, quantity, path)
    candidates = {portions: waiting, early: fresh} if enough else {early: fresh}
    # While the new supply is under way something may come by itself, so that less of it is needed.
    for moment in (soon_enough, fresh.at):
        meanwhile = tuple(part for part in portions if moment is not None and part.at <= moment)
        if meanwhile not in candidates:
            candidates[meanwhile] = _supplement(draft, place, available, meanwhile, quantity, path)
    # In time is in time: of what is, the one that needs least new supply; else the earliest.
    possible = [
        (max(found.at, soon_enough), -_total(taken), turn, found)
        for turn, (taken, found) in enumerate(candidates.items())
        if found.at is not None
    ]
    return min(possible)[3] if possible else fresh


def _total(portions: tuple[Portion, ...]) -> Decimal:
    return sum((part.quantity for part in portions), NOTHING)


def _supplement(
    draft: Draft,
    place: Place,
    available: Availability,
    portions: tuple[Portion, ...],
    quantity: Decimal,
    path: tuple[Place, ...],
) -> Sourced:
    """*portions* taken and the rest newly supplied in the earliest way, then the cheapest, then the first."""
    taken = draft.take(place, available, portions)
    rest = quantity - _total(portions)
    tried = list(_ways(taken.draft, place, rest, (*path, place)))
    possible = [(way.at, way.cost, turn, way) for turn, way in enumerate(tried) if way.at is not None]
    if not possible:
        never = tuple(dict.fromkeys(missing for way in tried for missing in way.never))
        return Sourced(draft, None, never=never or (_never(place, rest),))
    at, _, _, best = min(possible)
    return Sourced(best.draft, max(at, taken.at or at), taken.steps + best.steps)


def _ways(draft: Draft, place: Place, quantity: Decimal, path: tuple[Place, ...]) -> Iterator[Sourced]:
    item = draft.picture.item(place)
    if item.made:
        yield _make(draft, place, quantity, path)
    for supplier in item.suppliers:
        yield draft.buy(place, quantity, supplier)
        if place in draft.effort.expedited and supplier.expedite_days is not None:
            yield draft.buy(place, quantity, supplier, expedite=True)
    for transfer in item.transfers:
        if (origin := Place(transfer.origin, place.name)) not in path and draft.picture.has_item(origin):
            yield _move(draft, place, quantity, transfer, origin, path)


def _never(place: Place, quantity: Decimal) -> Missing:
    return Missing(site=place.site, item=place.name, quantity=quantity)


def _move(
    draft: Draft, place: Place, quantity: Decimal, transfer: Transfer, origin: Place, path: tuple[Place, ...]
) -> Sourced:
    now = draft.picture.now
    there = source(draft, origin, quantity, not_before=now, path=path)
    if there.at is None:
        return there
    step = PromiseStep(
        kind="transfer", site=place.site, item=place.name, quantity=quantity, needed=quantity,
        starts_at=there.at, at=there.at + days(transfer.days), ready_at=there.at,
        source=origin.site, cost=transfer.cost, inputs=there.steps,
    )  # fmt: skip
    return Sourced(there.draft.bringing(place, step), step.at, (step,))


def _make(draft: Draft, place: Place, quantity: Decimal, path: tuple[Place, ...]) -> Sourced:
    item = draft.picture.item(place)
    steps: tuple[PromiseStep, ...] = ()
    left = quantity
    while left > 0:
        pieces = max(min(left, item.maximum or left), item.minimum)
        if len(steps) >= MOST_BATCHES:
            return Sourced(draft, None, never=(_never(place, left),))
        batch = _batch(draft, item, pieces, min(left, pieces), path)
        if batch.at is None:
            return batch
        draft = batch.draft.bringing(place, batch.steps[0])
        steps += batch.steps
        left -= pieces
    return Sourced(draft, max(step.at for step in steps), steps)


def _batch(draft: Draft, item: Item, pieces: Decimal, needed: Decimal, path: tuple[Place, ...]) -> Sourced:
    """One batch through its operations, each once the one before is done, with its material and a machine."""
    reached = ready_at = draft.picture.now
    inputs: tuple[PromiseStep, ...] = ()
    bookings: list[Booking] = []
    for operation, components in _stages(item):
        stage = _stage(draft, item, operation, components, pieces, reached, path)
        if stage.booking is None:
            never = _never(Place(item.site, item.item), pieces)
            return Sourced(draft, None, never=stage.never or (never,))
        draft = stage.booking.draft
        if stage.arrived > reached:
            ready_at = stage.arrived
        reached = stage.booking.ends_at
        inputs += stage.inputs
        bookings.append(stage.booking)
    longest = max(bookings, key=lambda booking: booking.ends_at - booking.not_before)
    step = PromiseStep(
        kind="make", site=item.site, item=item.item, quantity=pieces, needed=needed,
        starts_at=bookings[0].starts_at, at=reached, ready_at=ready_at,
        source=longest.operation.work_center if longest.operation else "",
        cost=sum((booking.cost for booking in bookings), NOTHING), inputs=inputs,
        operations=tuple(booking.operation for booking in bookings if booking.operation),
    )  # fmt: skip
    return Sourced(draft, reached, (step,))


@dataclass(frozen=True)
class _Stage:
    """An operation with its material; not booked where either cannot be had."""

    booking: Booking | None
    arrived: datetime
    inputs: tuple[PromiseStep, ...] = ()
    never: tuple[Missing, ...] = ()


def _stage(
    draft: Draft,
    item: Item,
    operation: Operation | None,
    components: tuple[Component, ...],
    pieces: Decimal,
    reached: datetime,
    path: tuple[Place, ...],
) -> _Stage:
    now = good_through = draft.picture.now
    places = [Place(item.site, name) for component in components for name in (component.item, *component.alternates)]
    for place in places:
        if place in path:
            raise CircularBill((*path[path.index(place) :], place))
    while True:
        supplied = draft
        inputs: tuple[PromiseStep, ...] = ()
        arrived = now
        for component in components:
            found = _component(supplied, item.site, component, pieces, good_through, path)
            if found.at is None:
                return _Stage(None, now, never=found.never)
            supplied, inputs, arrived = found.draft, inputs + found.steps, max(arrived, found.at)
        booking = supplied.book(item.site, operation, pieces, max(reached, arrived))
        begins = booking.starts_at if booking else now
        if not any(draft.spoils(place, good_through, begins) for place in places):
            return _Stage(booking, arrived, inputs)
        good_through = begins


def _component(
    draft: Draft,
    site: str,
    component: Component,
    pieces: Decimal,
    good_through: datetime,
    path: tuple[Place, ...],
) -> Sourced:
    """The component or, where one of its alternates is there earlier, that."""
    now = draft.picture.now
    needed = needed_for(component, pieces)
    tried: list[Sourced] = []
    for name in (component.item, *component.alternates):
        found = source(draft, Place(site, name), needed, not_before=now, good_through=good_through, path=path)
        tried.append(found)
        if found.at is not None and found.at <= now:
            break
    possible = [(found.at, turn, found) for turn, found in enumerate(tried) if found.at is not None]
    return min(possible)[2] if possible else tried[0]


def _stages(item: Item) -> Iterator[tuple[Operation | None, tuple[Component, ...]]]:
    """The operations in order, each with what it takes; a kit has none and is put together at once."""
    operations = sorted(item.operations, key=lambda operation: operation.operation)
    numbers = [operation.operation for operation in operations]
    at_first = tuple(component for component in item.components if component.operation not in numbers)
    if not operations:
        yield None, at_first
    for turn, operation in enumerate(operations):
        own = tuple(component for component in item.components if component.operation == operation.operation)
        yield operation, own + (() if turn else at_first)
