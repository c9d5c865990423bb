"""Ways put together so that nothing is missing at any moment, or as little as can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import combinations

from domain.availability import NOTHING
from domain.option import Disturbed, Gap
from domain.shortage.balance import Balance, Change
from domain.shortage.way import Way

MOST_PARTS = 3
"""More ways at once nobody can see to."""
SHORT = "short"
"""What leaving something short is called."""
KEPT = "kept"
"""What getting so much that the safety stock stays is called."""


def leaves_short(name: str) -> bool:
    """Whether the combination called *name* leaves something missing."""
    return name.rsplit("+", maxsplit=1)[-1] == SHORT


@dataclass(frozen=True)
class Part:
    """As much of a way as is wanted."""

    way: Way
    quantity: Decimal

    @property
    def safety_stock(self) -> Decimal:
        """How much of it is taken from what is kept for safety."""
        return self.way.safety_stock(self.quantity)


@dataclass(frozen=True)
class Combination:
    """Ways taken together; none of them is to leave everything as it is."""

    balance: Balance
    parts: tuple[Part, ...] = ()
    fills_up: bool = False
    """Whether it brings more than is missing, so that the safety stock stays."""

    @property
    def name(self) -> str:
        """The same every time for the same ways."""
        ways = [part.way.name for part in self.parts]
        return "+".join([*ways, *([KEPT] if self.fills_up else []), *([SHORT] if self.residual else [])])

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What it makes of the balance."""
        return tuple(change for part in self.parts for change in part.way.changes(part.quantity))

    @cached_property
    def residual(self) -> Gap | None:
        """What stays missing; nothing if it covers every moment."""
        return self.balance.gap(*self.changes)

    @cached_property
    def safety_stock(self) -> Decimal:
        """How much of the item's own safety stock it uses; before any of it is there, nobody could keep that."""
        since = min((part.way.at for part in self.parts), default=self.balance.now)
        low = min((level for at, level in self.balance.levels(*self.changes) if at >= since), default=self.balance.kept)
        return max(self.balance.kept - max(low, NOTHING), NOTHING)

    @cached_property
    def late(self) -> tuple[Disturbed, ...]:
        """The orders that become late by what stays missing."""
        return self.balance.late(*self.changes) if self.residual else ()

    @property
    def disturbed(self) -> tuple[Disturbed, ...]:
        """Every order that becomes later."""
        ours = (late for part in self.parts for late in part.way.disturbed)
        return tuple({(late.order, late.line): late for late in (*self.late, *ours)}.values())

    @property
    def cost(self) -> Decimal:
        """Of all of it."""
        return sum((part.way.cost for part in self.parts), NOTHING)

    @property
    def further(self) -> Decimal:
        """How much more there will be in the end: nothing where it is only lent, or comes sooner."""
        return sum((change.quantity for change in self.changes), NOTHING)

    @property
    def complete_at(self) -> datetime:
        """When the last of it is there."""
        return max((part.way.at for part in self.parts), default=self.balance.now)

    @cached_property
    def missed(self) -> Decimal:
        """What stays missing, in piece-days: nothing where it covers every moment."""
        levels = self.balance.levels(*self.changes)
        ends = [at for at, _ in levels[1:]] + [max(self.balance.until, levels[-1].at)]
        spans = ((min(level.quantity, NOTHING), end - level.at) for level, end in zip(levels, ends, strict=True))
        return sum((-missing * Decimal(span.total_seconds()) / 86_400 for missing, span in spans), NOTHING)

    @property
    def unsure(self) -> int:
        """How many of its ways hang on somebody who has yet to find that they may be used."""
        return sum(not part.way.sure for part in self.parts)


def worth_choosing(balance: Balance, ways: Sequence[Way], *, also: str = "") -> tuple[Combination, ...]:
    """
    The cheapest, the fastest, the surest, and the cheapest quite different combination that covers every moment.

    With them the cheapest that leaves the safety stock alone, if need be because it brings more than is missing. Where
    none covers every moment, the one that leaves least missing and the cheapest of those that help at all. Last that
    everything stays as it is, which is always possible. The one called *also* is among them if it can be.
    """
    every = tuple(_every(balance, ways))
    covering = [found for found in every if found.residual is None]
    filled = tuple(_filled(covering))
    if covering:
        best = [
            min(covering, key=_cheapest),
            min(covering, key=lambda c: (c.complete_at, c.cost, len(c.disturbed), c.further, c.name)),
            min(covering, key=lambda c: (c.unsure, len(c.disturbed), len(c.parts), c.cost, c.complete_at, c.name)),
        ]
        taken = {part.way.name for found in best for part in found.parts}
        others = (found for found in covering if taken.isdisjoint(part.way.name for part in found.parts))
        best += sorted(others, key=_cheapest)[:1]
        keeping = (found for found in (*covering, *filled) if not found.safety_stock)
        best += sorted(keeping, key=_cheapest)[:1]
    else:
        best = sorted(every, key=lambda c: (c.missed, c.cost, c.complete_at, c.name))[:1]
        best += sorted(every, key=lambda c: (c.cost, c.missed, c.complete_at, c.name))[:1]
    best += [found for found in (*every, *filled) if found.name == also]
    return (*{found.name: found for found in best}.values(), Combination(balance))


def _cheapest(found: Combination) -> tuple[object, ...]:
    return found.cost, len(found.disturbed), found.unsure, found.further, found.complete_at, found.name


def _filled(covering: Iterable[Combination]) -> Iterator[Combination]:
    """Each that uses the safety stock, with so much more that it stays, where that can be had without another's."""
    for found in covering:
        ways = [part.way for part in found.parts]
        # What is only lent is missing again afterwards, so it fills nothing up.
        if not found.safety_stock or any(way.back_at is not None for way in ways):
            continue
        more = replace(_together(found.balance, ways, kept=found.balance.kept), fills_up=True)
        if not more.safety_stock and not any(part.safety_stock for part in more.parts):
            yield more


def _every(balance: Balance, ways: Sequence[Way]) -> Iterator[Combination]:
    """Every combination in which each way brings something, and none in which a part of it would do as well."""
    enough: list[frozenset[str]] = []
    for size in range(1, MOST_PARTS + 1):
        for chosen in combinations(ways, size):
            names = frozenset(way.name for way in chosen)
            if any(known <= names for known in enough) or not _independent(chosen):
                continue
            found = _together(balance, chosen)
            if all(part.quantity for part in found.parts) and _does_good(found):
                if found.residual is None:
                    enough.append(names)
                yield found


def _independent(ways: Iterable[Way]) -> bool:
    drawn = [thing for way in ways for thing in way.draws_on]
    return len(set(drawn)) == len(drawn)


def _does_good(found: Combination) -> bool:
    return found.missed < Combination(found.balance).missed


def _together(balance: Balance, ways: Sequence[Way], *, kept: Decimal = NOTHING) -> Combination:
    """Each way up to when the next one comes, and then as much more as is still missing, of what is *kept* too."""
    order = sorted(ways, key=lambda way: (way.at, way.name))
    wanted = dict.fromkeys((way.name for way in order), NOTHING)
    following: list[datetime | None] = [*(way.at for way in order[1:]), None]
    for ends in (following, [None] * len(order)):
        for way, end in zip(order, ends, strict=True):
            taken = [change for other in order for change in other.changes(other.amount(wanted[other.name]))]
            missing = _missing(balance.levels(*taken), way, end, kept)
            if missing:
                wanted[way.name] = way.amount(wanted[way.name]) + missing
    return Combination(balance, tuple(Part(way, way.amount(wanted[way.name])) for way in order))


def _missing(levels: Iterable[Change], way: Way, end: datetime | None, kept: Decimal) -> Decimal:
    """The most that is missing while the way helps, before *end*, where so much is to be *kept*."""
    until = min((moment for moment in (end, way.back_at) if moment is not None), default=None)
    low = min((level for at, level in levels if at >= way.at and (until is None or at < until)), default=kept)
    return max(kept - low, NOTHING)
