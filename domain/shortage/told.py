"""What those who were asked said of a way, and what the way is by that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.fact import Money, Quantity
from domain.shortage.way import Way


class Told(BaseModel):
    """The answer to one inquiry."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    way: str
    """By its name."""
    by: str
    can: bool
    quantity: Quantity | None = None
    """How much at most; nothing where it is all of it or nothing."""
    at: AwareDatetime | None = None
    cost: Money | None = None
    """Nothing where nobody is paid."""
    confidence: Literal["sure", "likely", "guess"] = "likely"
    valid_until: AwareDatetime | None = None
    """It is good through this instant; that it cannot be had is good until something is decided."""

    def good(self, at: datetime) -> bool:
        """Whether it may still be relied on."""
        return self.valid_until is None or self.valid_until >= at


def as_told(ways: Iterable[Way], told: Iterable[Told], now: datetime) -> Iterator[Way]:
    """The *ways* as they are by what is still good of what was *told*; without those that cannot be had."""
    latest = {one.way: one for one in told if one.good(now)}
    for way in ways:
        said = latest.get(way.name)
        if said is None:
            yield way
        elif said.can and said.at is not None and (way.back_at is None or said.at < way.back_at):
            yield _by(way, said, max(said.at, now))


def _by(way: Way, said: Told, at: datetime) -> Way:
    stands = f"{said.confidence}, good until {said.valid_until:%Y-%m-%d %H:%M} UTC"
    limits = [limit for limit in (way.limit, said.quantity) if limit is not None]
    return way.model_copy(
        update={
            "at": at,
            "limit": min(limits, default=None),
            "cost": way.cost if said.cost is None else said.cost,
            "sure": said.confidence == "sure",
            "good_until": said.valid_until,
            "told": f"{way.title}: {said.by} says so, {stands}",
        }
    )
