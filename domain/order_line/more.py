"""Options when a line is to have more, sooner, or something else."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from domain.checks.capacity import WayFound
from domain.checks.pegging import Giver
from domain.need import Need
from domain.option import Delivery, NewSupply, Option
from domain.order_line.findings import Findings

REALLOCATE = "reallocate"
"""A less important line gives way."""


def options(need: Need, found: Findings, *, partial_allowed: bool) -> tuple[Option, ...]:
    """Every way that the evidence shows, best for the customer first."""
    return tuple(_options(need, found, partial_allowed))


def _options(need: Need, found: Findings, partial_allowed: bool) -> Iterator[Option]:
    capacity = found.capacity
    if capacity is None:
        yield _unproven(need, found)
        return
    asked = capacity.as_asked
    if asked.by(need.by):
        moved = any(step.kind == "transfer" for step in asked.supply)
        title = f"Accept {need.quantity} as asked" + (", partly from another site" if moved else "")
        yield _option("transfer" if moved else "accept_as_asked", title, need, found, asked)
        return
    for name, title, way in (
        ("expedite", "Expedite the purchases that decide the date", capacity.expedited),
        ("overtime", "Work overtime where the date is decided", capacity.overtime),
    ):
        if way is not None and way.by(need.by):
            yield _option(name, title, need, found, way)
    if capacity.resequenced is not None and capacity.resequenced.by(need.by):
        yield _option(
            "resequence", f"Bring the work forward: {capacity.resequenced.bottleneck}", need, found,
            capacity.resequenced, disturbed=capacity.resequenced_late,
        )  # fmt: skip
    if found.pegging is not None and found.pegging.giver is not None:
        giver = found.pegging.giver
        yield _option(
            REALLOCATE, f"Take it from {giver.line.line_key} of {giver.line.customer}", need, found,
            giver.way.model_copy(update={"supply": (*giver.way.supply, *_for_giver(giver))}), disturbed=(giver.line,),
        )  # fmt: skip
    for way in capacity.substitutes:
        if way.by(need.by):
            yield _option("substitute", f"Deliver {way.item} instead", need, found, way, offer=True)
            break
    if partial_allowed and capacity.on_time is not None and capacity.rest is not None:
        first, rest = capacity.on_time, capacity.rest
        if rest.at is not None:
            yield _option(
                "split", f"{first.quantity} on time, {rest.quantity} on {rest.at:%Y-%m-%d}", need, found,
                first, rest, offer=True,
            )  # fmt: skip
        yield _option("partial", f"Only {first.quantity}, on time", need, found, first, offer=True)
    for name, title, way in (
        ("accept_later", "Accept, later than asked", asked),
        ("accept_later_expedited", "Accept later, with purchases expedited", capacity.expedited),
        ("accept_later_overtime", "Accept later, with overtime", capacity.overtime),
    ):
        if way is not None and way.at is not None and not way.by(need.by):
            yield _option(name, f"{title}: {way.at:%Y-%m-%d}", need, found, way, offer=True)


def _option(name: str, title: str, need: Need, found: Findings, *ways: WayFound, **more: Any) -> Option:
    supply = tuple(step for way in ways for step in way.supply)
    return Option(
        name=name,
        title=title,
        deliveries=tuple(
            Delivery(at=max(way.at, need.by), quantity=way.quantity, item=way.item, site=need.site)
            for way in ways
            if way.at is not None
        ),
        cost=sum((way.cost for way in ways), Decimal(0)),
        because=tuple(reason.text for reason in found.reasons),
        confidence="planned" if supply else "confirmed",
        expires_at=found.expires_at,
        supply=supply,
        from_stock=sum((way.from_stock for way in ways), Decimal(0)),
        **more,
    )


def _for_giver(giver: Giver) -> Iterator[NewSupply]:
    for step in giver.again.supply:
        yield step.model_copy(update={"order": giver.line.order, "line": giver.line.line})


def _unproven(need: Need, found: Findings) -> Option:
    """Nobody can say whether it can be kept; a person may still take it on."""
    return Option(
        name="accept_as_asked",
        title=f"Accept {need.quantity} as asked, though nobody can say whether it can be kept",
        deliveries=(Delivery(at=need.by, quantity=found.left(need), item=need.item, site=need.site),),
        because=tuple(reason.text for reason in found.reasons),
        confidence="unknown",
        expires_at=found.expires_at,
    )
