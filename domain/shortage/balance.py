"""What of an item is there and comes, who needs it when, and what is missing from when until when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.availability import NOTHING, Demand, Supply
from domain.fact import Quantity
from domain.option import Disturbed, Gap
from domain.pegging import peg
from domain.subject import Identifier, OfOrderLine


class Change(NamedTuple):
    """So much more of the item from a moment on, or less where it is below zero."""

    at: datetime
    quantity: Decimal


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Requirement(OfOrderLine, _Part):
    """Somebody needs some of the item."""

    owner: str
    """The order line, or the job that takes it."""
    at: AwareDatetime
    quantity: Quantity
    """What is still to come out of stock for it."""
    set_aside: Quantity = NOTHING
    """What of it lies there for nobody else."""
    may_give: Quantity = NOTHING
    """What of that could be given to somebody else: it is reserved, and not a lot for this customer only."""
    priority: int
    """Lower goes first."""
    ordered_at: AwareDatetime | None = None
    job: Identifier | None = None
    order: Identifier | None = None
    line: Identifier | None = None
    customer: Identifier | None = None
    ready_at: AwareDatetime
    """When what it goes into is ready, if it comes in time."""
    due_at: AwareDatetime | None = None
    """When the order that it is for is due."""

    @property
    def open(self) -> Decimal:
        """What of it nothing lies there for."""
        return self.quantity - self.set_aside


class Coming(_Part):
    """Some of the item that comes, or that spoils."""

    source: str
    """The receipt, job or lot."""
    kind: Literal["receipt", "job", "inspection", "lot"]
    at: AwareDatetime
    quantity: Quantity
    supplier: Identifier | None = None


class Balance(_Part):
    """One item at one site, from now until the end of the look ahead."""

    now: AwareDatetime
    until: AwareDatetime
    recorded: Quantity
    """All that lies there by the books, whatever its state."""
    on_hand: Quantity
    """What of it is usable and set aside for nobody."""
    requirements: tuple[Requirement, ...] = ()
    coming: tuple[Coming, ...] = ()
    spoils: tuple[Coming, ...] = ()
    """What nobody uses before it expires."""
    held: tuple[Identifier, ...] = ()
    """Lots that quality holds back."""
    overdue: tuple[Coming, ...] = ()
    """What should have come and has not: nobody knows when it will, so nobody counts on it."""
    kept: Quantity = NOTHING
    """What is to be left for safety."""

    def levels(self, *further: Change) -> tuple[Change, ...]:
        """What is on hand from each moment on at which it changes, with *further*; below zero when short."""
        changes: dict[datetime, Decimal] = {self.now: NOTHING}
        for at, quantity in (*self._changes(), *further):
            moment = max(at, self.now)
            changes[moment] = changes.get(moment, NOTHING) + quantity
        found, level = [], self.on_hand
        for moment in sorted(changes):
            level += changes[moment]
            found.append(Change(moment, level))
        return tuple(found)

    def gap(self, *further: Change, kept: Decimal = NOTHING) -> Gap | None:
        """What is missing, with *further*, where so much is to be *kept*; nothing if nothing is."""
        levels = self.levels(*further)
        short = [level for level in levels if level.quantity < kept]
        if not short:
            return None
        return Gap(
            quantity=max(kept - level.quantity for level in short),
            since=short[0].at,
            until=next((level.at for level in levels if level.at > short[-1].at), None),
        )

    def without(self, sources: Collection[str]) -> Balance:
        """The same if nothing came from *sources*."""
        return self.model_copy(update={"coming": tuple(c for c in self.coming if c.source not in sources)})

    def served(self, *further: Change) -> tuple[Served, ...]:
        """Each requirement, in netting order, with what serves it, with *further*."""
        owners = {
            Demand(need.at, need.open, need.owner, need.priority, need.ordered_at): need
            for need in self.requirements
            if need.open and need.at <= self.until
        }
        supplies = [Supply(max(some.at, self.now), some.quantity, some.source) for some in self.coming]
        supplies += [Supply(max(at, self.now), more, "") for at, more in further if more > 0]
        # What is only lent goes back before anybody chooses.
        back = [Demand(at, -less, "", -1) for at, less in further if less < 0]
        usable = self.on_hand - sum((some.quantity for some in self.spoils), NOTHING)
        return tuple(
            Served(owners[part.demand], part.quantity, part.at)
            for part in peg(usable, supplies, [*owners, *back])
            if part.demand in owners
        )

    def late(self, *further: Change) -> tuple[Disturbed, ...]:
        """The orders that would be ready after they are due, with *further*; never is told as the end of the look."""
        found: dict[str, Disturbed] = {}
        for need, _, at in self.served(*further):
            if need.due_at is None or need.order is None or need.line is None:
                continue
            ready = self.until if at is None else need.ready_at + (at - need.at)
            if ready > max(need.due_at, need.ready_at):
                known = found.get(need.line_key)
                found[need.line_key] = Disturbed(
                    order=need.order, line=need.line, customer=need.customer or "unknown",
                    promised_at=need.due_at, new_at=max(ready, known.new_at) if known else ready,
                )  # fmt: skip
        return tuple(found.values())

    def _changes(self) -> Iterable[Change]:
        for need in self.requirements:
            if need.at <= self.until:
                yield Change(need.at, -need.open)
        for some in self.coming:
            yield Change(some.at, some.quantity)
        for some in self.spoils:
            yield Change(some.at, -some.quantity)


class Served(NamedTuple):
    """A quantity of a requirement, and when it is there."""

    need: Requirement
    quantity: Decimal
    at: datetime | None
    """Nothing means never, as far as is known."""
