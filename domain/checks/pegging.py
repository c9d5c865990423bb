"""Who else counts on the item, and what it would cost whom to give way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.checks.capacity import WayFound, way_found
from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Verdict
from domain.fact import Reading
from domain.facts import LineStatus, OrderLine
from domain.need import Need
from domain.option import Disturbed
from domain.promise import Enquiry, capable
from domain.supply import Place, SupplyPicture

LONGEST_LOOK = 8
"""So many lines are tried as givers; the next would matter more to their customers than these."""


class Giver(Found):
    """A line that could give way, and how late it would be."""

    line: Disturbed
    way: WayFound
    """How the wanted date is kept then."""
    again: WayFound
    """How the giver gets its own."""


class PeggingFound(Found):
    """The other lines that want the item."""

    others: tuple[str, ...]
    giver: Giver | None = None
    """The least important line whose giving way makes the wanted date possible."""


def asked(need: Need) -> Any:
    """All that the finding depends on besides the facts."""
    return need.model_dump(mode="json")


def judge(
    need: Need, line: OrderLine, picture: SupplyPicture, readings: Sequence[Reading[Any]], at: datetime
) -> Evidence:
    """What the other lines of the item mean for *need*; a warning where one would have to give way."""
    place = Place(need.site, need.item)
    others = [
        other
        for other in picture.order_lines(place)
        if other.key != line.key and other.status is LineStatus.OPEN and other.open_quantity > 0
    ]
    enquiry = Enquiry(
        site=need.site,
        item=need.item,
        quantity=max(need.quantity - line.shipped, need.quantity * 0),
        by=need.by,
        customer=need.customer,
        excluding=line,
    )
    giver = None if capable(picture, enquiry).on_time else _giver(picture, enquiry, line, others)
    found = PeggingFound(others=tuple(sorted(other.key for other in others)), giver=giver)
    return evidence("pegging", found, Verdict.PASS, [], readings, at, asked(need))


def _giver(picture: SupplyPicture, enquiry: Enquiry, line: OrderLine, others: list[OrderLine]) -> Giver | None:
    """Less important lines first, and among equals the one due last: it has the most time to be made good."""
    less = [other for other in others if other.priority > line.priority]
    for other in sorted(less, key=lambda o: (-o.priority, -o.due_at.timestamp(), o.key))[:LONGEST_LOOK]:
        without = _without(picture, other)
        taken = capable(without, enquiry)
        if not taken.on_time:
            continue
        again = Enquiry(
            site=other.site,
            item=other.item,
            quantity=other.open_quantity,
            by=other.due_at,
            customer=other.customer,
        )
        later = capable(without.with_facts(taken.kept(line.order, f"{line.line}-taken", line.customer)), again)
        if later.at is not None:
            return Giver(
                line=Disturbed(
                    order=other.order, line=other.line, customer=other.customer,
                    promised_at=other.due_at, new_at=max(later.at, other.due_at),
                ),
                way=way_found(taken),
                again=way_found(later),
            )  # fmt: skip
    return None


def _without(picture: SupplyPicture, line: OrderLine) -> SupplyPicture:
    """The picture as if *line* asked for nothing and nothing were reserved for it."""
    place = Place(line.site, line.item)
    freed = [
        held.model_copy(update={"quantity": held.quantity * 0})
        for held in picture.reservations(place)
        if (held.order, held.line) == (line.order, line.line)
    ]
    return picture.with_facts([line.model_copy(update={"status": LineStatus.CLOSED}), *freed])
