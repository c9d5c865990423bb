"""Who gets which supply, and who is left short, when demands compete for one item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.availability import Demand, NegativeQuantity, Supply

ON_HAND = "on hand"
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pegging:
    """A quantity of a demand and the supply that serves it."""

    demand: Demand
    supply_source: str | None
    """``on hand``, or the source of the supply; None when nothing serves it: a shortage."""
    quantity: Decimal
    at: datetime | None
    """When the demand is served: at its own date, or when its supply comes later; None for a shortage."""

    @property
    def short(self) -> bool:
        """Whether no supply known serves this quantity."""
        return self.at is None

    @property
    def lateness(self) -> timedelta | None:
        """How long after its date the demand is served; zero when in time, None when never."""
        return None if self.at is None else self.at - self.demand.at


@dataclass(slots=True)
class _Stock:
    source: str
    at: datetime | None
    left: Decimal

    def in_time_for(self, demand: Demand) -> bool:
        return self.at is None or self.at <= demand.at


def netting_order(demands: Iterable[Demand]) -> tuple[Demand, ...]:
    """The demands in the order they choose supply: priority, then promise date, then order date."""
    return tuple(sorted(demands, key=lambda d: (d.priority, d.at, d.ordered or _LAST, d.owner)))


def peg(on_hand: Decimal, supplies: Iterable[Supply], demands: Iterable[Demand]) -> tuple[Pegging, ...]:
    """Every demand in netting order, cut into what each supply serves of it and what stays short.

    A demand takes the latest supply that is in time for it, which leaves earlier supply to those who need
    it earlier: while the projected stock never falls below zero nobody is late. What is not covered in time
    takes the first supply after the date. Raises NegativeQuantity.
    """
    if on_hand < 0:
        raise NegativeQuantity("Usable stock on hand", on_hand)
    stocks = [_Stock(ON_HAND, None, on_hand)]
    stocks += [_Stock(s.source, s.at, s.quantity) for s in sorted(supplies, key=lambda s: (s.at, s.source))]
    return tuple(pegging for demand in netting_order(demands) for pegging in _serve(demand, stocks))


def _serve(demand: Demand, stocks: list[_Stock]) -> Iterator[Pegging]:
    in_time = [stock for stock in stocks if stock.in_time_for(demand)]
    missing = demand.quantity
    for stock in [*reversed(in_time), *stocks[len(in_time) :]]:
        if taken := min(missing, stock.left):
            stock.left -= taken
            missing -= taken
            yield Pegging(demand, stock.source, taken, max(demand.at, stock.at or demand.at))
    if missing:
        yield Pegging(demand, None, missing, None)
