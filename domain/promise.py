"""Capable-to-promise: when a quantity can be there at the earliest, and what has to be done for it.

What is available-to-promise goes first. For what is missing, new supply is simulated through every level of
the bill: material first, then a free machine, then the next step. Each choice takes what is earliest for its
own item, so a date given can be kept, though a planner who weighs everything at once may find an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.availability import NOTHING
from domain.draft import Draft, Effort, Missing, PromiseStep
from domain.fact import Fact, Money, Quantity
from domain.facts import Job, OrderLine, Receipt
from domain.sourcing import source
from domain.supply import Place, Rank, SupplyPicture

BROUGHT = ("buy", "expedite", "transfer")
LONGEST_NAME = 64


@dataclass(frozen=True)
class Enquiry:
    """What is asked to be promised."""

    site: str
    item: str
    quantity: Decimal
    by: datetime
    """When it is wanted. What comes anyway is waited for up to then; beyond it the earliest date counts."""
    not_before: datetime | None = None
    """Earlier is of no use."""
    priority: int | None = None
    """If given, lines that were promised nothing and come later in the netting order hold nothing back."""
    customer: str | None = None
    """For whom lots that are released for some customers only may be used."""
    excluding: OrderLine | None = None
    """The line that asks; it does not stand in its own way, and what is reserved for it may be used."""


class Promise(BaseModel):
    """The earliest date for a quantity of an item, and why it is that date."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    site: str
    item: str
    quantity: Quantity
    by: AwareDatetime
    """When it is wanted."""
    at: AwareDatetime | None
    """When it can be there; nothing means never, as far as is known."""
    steps: tuple[PromiseStep, ...] = ()
    missing: tuple[Missing, ...] = ()
    """The components that are not on hand."""
    cost: Money = NOTHING
    """What it costs beyond the usual."""

    @property
    def on_time(self) -> bool:
        """Whether it can be there when it is wanted."""
        return self.at is not None and self.at <= self.by

    @property
    def bottleneck(self) -> PromiseStep | None:
        """The step that decides the date: the longest of those that each wait for the one before.

        None when all is on hand, or never is.
        """
        return next(iter(self.deciding()), None)

    def deciding(self) -> tuple[PromiseStep, ...]:
        """The steps that each wait for the one before, up to the date: the longest first."""
        chain = (step for step in _waiting_chain(self.steps) if step.kind != "stock")
        return tuple(sorted(chain, key=lambda step: step.ready_at - step.at))

    def each(self) -> Iterator[PromiseStep]:
        """Every step on every level, what comes first first."""
        for step in self.steps:
            yield from step.each()

    def kept(self, order: str, line: str, customer: str = "unknown") -> tuple[Fact, ...]:
        """The facts that hold once the promise is given: the line promised, and all new supply as planned."""
        if self.at is None:
            return ()
        facts: list[Fact] = [
            OrderLine(
                site=self.site, order=order, line=line, customer=customer,
                item=self.item, quantity=self.quantity, requested_at=self.by, promised_at=self.at,
            )
        ]  # fmt: skip
        for number, step in enumerate(self.each(), start=1):
            facts += _planned(step, _name(order, line, number), order, line)
        return tuple(facts)


class Split(NamedTuple):
    """A quantity in two deliveries."""

    on_time: Promise | None
    """As much as can be there when it is wanted; None when nothing can."""
    rest: Promise | None
    """What is left, as early as it can be; None when nothing is."""


def capable(
    picture: SupplyPicture, enquiry: Enquiry, *, with_expedite: bool = False, with_overtime: bool = False
) -> Promise:
    """
    The earliest date at which what is asked for can be there.

    Expediting and overtime are used one by one for what decides the date, until it is met or no more helps.
    Raises CircularBill, NotInPicture and NeverWorking.
    """
    effort = Effort()
    best = latest = _attempt(picture, enquiry, effort)
    while not best.on_time and (more := _more(picture, latest, effort, with_expedite, with_overtime)):
        effort = more
        latest = _attempt(picture, enquiry, effort)
        if latest.at is not None and (best.at is None or latest.at < best.at):
            best = latest
    return best


def split(picture: SupplyPicture, enquiry: Enquiry, unit: Decimal = Decimal(1)) -> Split:
    """As many whole units as can be there by the date, and the rest as early as can be. Raises as capable."""
    whole = capable(picture, enquiry)
    if whole.on_time:
        return Split(whole, None)
    possible, too_many = 0, int(enquiry.quantity // unit) + 1
    first: Promise | None = None
    while too_many - possible > 1:
        middle = (possible + too_many) // 2
        tried = capable(picture, replace(enquiry, quantity=middle * unit))
        if tried.on_time:
            possible, first = middle, tried
        else:
            too_many = middle
    if first is None:
        return Split(None, whole)
    rest = replace(enquiry, quantity=enquiry.quantity - first.quantity)
    return Split(first, capable(picture.with_facts(first.kept("split", "on time")), rest))


def _attempt(picture: SupplyPicture, enquiry: Enquiry, effort: Effort) -> Promise:
    rank = None if enquiry.priority is None else Rank(enquiry.priority, enquiry.by)
    start = max(picture.now, enquiry.not_before or picture.now)
    draft = Draft(picture, enquiry.excluding, enquiry.customer, rank, effort)
    place = Place(enquiry.site, enquiry.item)
    found = source(draft, place, enquiry.quantity, not_before=start, enough_by=enquiry.by)
    return Promise(
        site=enquiry.site, item=enquiry.item, quantity=enquiry.quantity, by=enquiry.by,
        at=None if found.at is None else max(found.at, start),
        steps=found.steps, missing=(*found.never, *_short(found.steps)), cost=found.cost,
    )  # fmt: skip


def _waiting_chain(steps: tuple[PromiseStep, ...]) -> Iterator[PromiseStep]:
    if not steps:
        return
    last = max(steps, key=lambda step: step.at)
    yield last
    yield from _waiting_chain(tuple(step for step in last.inputs if step.at == last.ready_at))


def _short(steps: tuple[PromiseStep, ...]) -> Iterator[Missing]:
    """The inputs, on every level, that come later than now."""
    for top in steps:
        for step in top.each():
            for part in step.inputs:
                if part.kind != "stock":
                    yield Missing(site=part.site, item=part.item, quantity=part.needed, at=part.at)


def _more(
    picture: SupplyPicture, promise: Promise, effort: Effort, with_expedite: bool, with_overtime: bool
) -> Effort | None:
    """The effort with one more of the steps that decide the date sped up; None when none can be."""
    for step in promise.deciding():
        item, center = Place(step.site, step.item), Place(step.site, step.source)
        if with_expedite and step.kind == "buy" and item not in effort.expedited and _hurried(picture, item):
            return replace(effort, expedited=effort.expedited | {item})
        if with_overtime and step.operations and center not in effort.overtime and _on_call(picture, center):
            return replace(effort, overtime=effort.overtime | {center})
    return None


def _on_call(picture: SupplyPicture, center: Place) -> bool:
    """Whether the work centre can do overtime: one that cannot has no rate for it."""
    return picture.work_center(center).overtime_cost_per_hour > 0


def _hurried(picture: SupplyPicture, place: Place) -> bool:
    """Whether some supplier of the item can be expedited."""
    return any(supplier.expedite_days is not None for supplier in picture.item(place).suppliers)


def _planned(step: PromiseStep, name: str, order: str, line: str) -> Iterator[Fact]:
    if step.kind == "make":
        yield Job(
            site=step.site, job=name, item=step.item, quantity=step.quantity, order=order, line=line,
            starts_at=step.starts_at, ends_at=step.at, operations=step.operations,
        )  # fmt: skip
    elif step.kind in BROUGHT:
        yield Receipt(
            site=step.site, receipt=name, item=step.item, quantity=step.quantity, expected_at=step.at,
            confidence="planned", supplier=None if step.kind == "transfer" else step.source,
        )  # fmt: skip
    if step.kind == "transfer":
        # What another site sends is for that site an order of the site that gets it.
        yield OrderLine(
            site=step.source, order=name, line="1", customer=step.site,
            item=step.item, quantity=step.quantity, requested_at=step.starts_at, promised_at=step.starts_at,
        )  # fmt: skip


def _name(order: str, line: str, number: int) -> str:
    """A name for the *number*-th new supply of a line, the same every time and no other's."""
    name = f"{order}-{line}-{number}"
    if len(name) <= LONGEST_NAME:
        return name
    return f"{blake2b(name.encode(), digest_size=16).hexdigest()}-{number}"
