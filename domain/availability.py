"""What can still be promised: stock and dated receipts less what is promised already.

Cumulative available-to-promise with look-ahead (APICS): the least that will be on hand from a date on, so
that a new promise never takes what a later one counts on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

NOTHING = Decimal(0)


class NegativeQuantity(ValueError):
    """Stock, supply or demand is below zero."""

    def __init__(self, what: str, quantity: Decimal) -> None:
        super().__init__(f"{what} is {quantity}, below zero; correct the record it was read from.")


@dataclass(frozen=True, slots=True)
class Supply:
    """A receipt to come: an open purchase order line, production order or transfer."""

    at: datetime
    quantity: Decimal
    source: str

    def __post_init__(self) -> None:
        if self.quantity < 0:
            raise NegativeQuantity(f"Supply {self.source}", self.quantity)


@dataclass(frozen=True, slots=True)
class Demand:
    """A quantity promised to an owner, such as an order line, for a date."""

    at: datetime
    quantity: Decimal
    owner: str
    priority: int
    """1 goes first."""
    ordered: datetime | None = None
    """When the owner ordered; unknown counts as last."""

    def __post_init__(self) -> None:
        if self.quantity < 0:
            raise NegativeQuantity(f"Demand of {self.owner}", self.quantity)


class Portion(NamedTuple):
    """A quantity that can be promised for a date."""

    at: datetime
    quantity: Decimal


class Shortfall(NamedTuple):
    """The first moment at which promises exceed what is there, and by how much they do then."""

    at: datetime
    quantity: Decimal


@dataclass(frozen=True)
class Availability:
    """One item at one site: what will be on hand, and what of it is still free to promise."""

    on_hand_usable: Decimal
    """Physical stock less held, expired and damaged."""
    supplies: tuple[Supply, ...] = ()
    demands: tuple[Demand, ...] = ()

    def __post_init__(self) -> None:
        if self.on_hand_usable < 0:
            raise NegativeQuantity("Usable stock on hand", self.on_hand_usable)

    def projected(self, at: datetime) -> Decimal:
        """What will be on hand at *at*, after its receipts and deliveries; below zero when short."""
        return self._projected[bisect_right(self._moments, at)]

    def cumulative_available(self, at: datetime) -> Decimal:
        """What can be promised for *at* in all: the least projected from then on, never below zero."""
        return self._promisable[bisect_right(self._moments, at)]

    def can_promise(self, quantity: Decimal, at: datetime) -> bool:
        """Whether *quantity* more can be promised for *at* without taking from any promise given."""
        return quantity <= self.cumulative_available(at)

    def earliest(self, quantity: Decimal, not_before: datetime) -> datetime | None:
        """The first moment for which *quantity* can be promised; None when no receipt known suffices."""
        if self.can_promise(quantity, not_before):
            return not_before
        enough = bisect_left(self._promisable, quantity)
        return self._moments[enough - 1] if enough < len(self._promisable) else None

    def promise(self, quantity: Decimal, by: datetime) -> tuple[Portion, ...]:
        """*quantity* split into what can be promised for *by* and the rest as soon as it can be.

        Adds up to less than *quantity* when no receipt known suffices.
        """
        portions = []
        taken = NOTHING
        for at in [by, *self._moments[bisect_right(self._moments, by) :]]:
            if (more := min(self.cumulative_available(at), quantity) - taken) > 0:
                portions.append(Portion(at, more))
                taken += more
        return tuple(portions)

    def shortfall_from(self) -> Shortfall | None:
        """The first shortfall ahead, or None while every promise is covered."""
        for at, projected in zip(self._moments, self._projected[1:], strict=True):
            if projected < 0:
                return Shortfall(at, -projected)
        return None

    @cached_property
    def _changes(self) -> dict[datetime, Decimal]:
        changes: dict[datetime, Decimal] = defaultdict(Decimal)
        for supply in self.supplies:
            changes[supply.at] += supply.quantity
        for demand in self.demands:
            changes[demand.at] -= demand.quantity
        return changes

    @cached_property
    def _moments(self) -> list[datetime]:
        """When what is on hand changes, in order."""
        return sorted(self._changes)

    @cached_property
    def _projected(self) -> list[Decimal]:
        """What is on hand before the first change, and after each."""
        return list(accumulate((self._changes[at] for at in self._moments), initial=self.on_hand_usable))

    @cached_property
    def _promisable(self) -> list[Decimal]:
        """The least of what is projected from there on; never falls, so it can be searched."""
        return _lowest_from_here_on(self._projected)


def _lowest_from_here_on(quantities: Iterable[Decimal]) -> list[Decimal]:
    lowest = list(accumulate(reversed(list(quantities)), min))
    return [max(quantity, NOTHING) for quantity in reversed(lowest)]
