"""Which moment in the plant starts which process, though nothing changes: what must have happened by then has not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.case import Request
from domain.fact import Fact
from domain.facts import Shipment
from domain.leaving.known import DispatchReleaseRequest
from domain.leaving.missed import TOO_LATE
from domain.order_line.precedence import NOT_BEGUN
from domain.process import Process
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.release import Slot

GATHERING = timedelta(hours=48)
"""How long before it must leave a shipment is got ready (processes 1.6, row 2)."""


@dataclass(frozen=True)
class Moment:
    """A kind of fact, when its time comes, and what is asked for then."""

    name: str
    """With the fact and the time it names the moment: it comes once, however often somebody looks."""
    fact: type[Fact]
    comes: Callable[[Fact], datetime | None]
    """When, going by what the fact says; nothing if nobody waits for it any more."""
    process: Process
    """Whose cases wait for it; whoever waits for the fact looks again."""
    request: Callable[[Fact], Request] | None = None
    """What a case is opened with if none about it waits; nothing where nobody else need know."""


@dataclass(frozen=True)
class Due:
    """A moment of one thing."""

    moment: Moment
    fact: Fact
    at: datetime

    @property
    def key(self) -> str:
        """This moment and no other: what slips again to another time is another."""
        return f"{self.moment.name}/{self.fact.kind}/{self.fact.site}/{self.fact.key}/{self.at.isoformat()}"

    @property
    def why(self) -> str:
        """What a case is told."""
        thing = f"{self.fact.kind.replace('_', ' ').capitalize()} {self.fact.key}"
        return f"{thing}: {self.moment.name.replace('_', ' ')}, {self.at:%Y-%m-%d %H:%M} UTC."


def moments_of(fact: Fact) -> tuple[Due, ...]:
    """Every moment that *fact* has, past ones too; the earliest first."""
    known = ((moment, moment.comes(fact)) for moment in MOMENTS if isinstance(fact, moment.fact))
    due = (Due(moment, fact, at) for moment, at in known if at is not None)
    return tuple(sorted(due, key=lambda one: one.at))


def next_look(fact: Fact, after: datetime | None = None) -> datetime | None:
    """When the first of its moments comes, or the first *after* one; nothing if none does."""
    return next((due.at for due in moments_of(fact) if after is None or due.at > after), None)


def departure_near(fact: Fact) -> datetime | None:
    """A shipment that must leave before long: what it still lacks is to be got."""
    assert isinstance(fact, Shipment)
    return fact.ship_by - GATHERING if fact.status in NOT_BEGUN else None


def departure_missed(fact: Fact) -> datetime | None:
    """A shipment that had to leave by now, and stands here."""
    assert isinstance(fact, Shipment)
    return fact.ship_by if fact.status in NOT_BEGUN else None


def slot_over(fact: Fact) -> datetime | None:
    """A slot that has ended: what was to be let go for it is not."""
    assert isinstance(fact, Slot)
    return fact.ends_at if fact.status == "confirmed" else None


def slot_missed(fact: Fact) -> datetime | None:
    """A slot in which nobody will come any more."""
    assert isinstance(fact, Slot)
    return fact.ends_at + TOO_LATE if fact.status == "confirmed" else None


def _release(reason: str) -> Callable[[Fact], Request]:
    def request(fact: Fact) -> Request:
        assert isinstance(fact, Shipment)
        return DispatchReleaseRequest(shipment=fact.shipment, reason=reason)

    return request


MOMENTS: tuple[Moment, ...] = (
    Moment("departure_near", Shipment, departure_near, DISPATCH_RELEASE, _release("DUE")),
    Moment("departure_missed", Shipment, departure_missed, DISPATCH_RELEASE, _release("OVERDUE")),
    Moment("slot_over", Slot, slot_over, DISPATCH_RELEASE),
    Moment("slot_missed", Slot, slot_missed, DISPATCH_RELEASE),
)
