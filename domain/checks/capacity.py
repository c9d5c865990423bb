"""When the plant could have the line ready, what that takes, and how near to work under way the change comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime

from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Money, Quantity, Reading
from domain.facts import Job, OrderLine
from domain.fences import Fence, effective, fences
from domain.master_data import Site
from domain.need import Need
from domain.option import Disturbed, NewSupply
from domain.policy import Zone
from domain.procurement import new_supply
from domain.promise import Enquiry, Promise, capable, split
from domain.roles import Role
from domain.sequencing import Sequencer
from domain.supply import Place, SupplyPicture


class WayFound(Found):
    """One way to have a quantity ready."""

    item: str
    quantity: Quantity
    at: AwareDatetime | None
    """Nothing means never, as far as is known."""
    cost: Money
    bottleneck: str = ""
    from_stock: Quantity = Decimal(0)
    supply: tuple[NewSupply, ...] = ()

    def by(self, when: datetime) -> bool:
        """Whether it is ready by *when*."""
        return self.at is not None and self.at <= when


class CapacityFound(Found):
    """What the line could be promised, way by way."""

    zone: Zone
    frozen_until: AwareDatetime
    slushy_until: AwareDatetime
    effective_at: AwareDatetime
    """When the change first touches work or a promise."""
    as_asked: WayFound
    expedited: WayFound | None = None
    overtime: WayFound | None = None
    on_time: WayFound | None = None
    """As much of it as can be there by the wanted date."""
    rest: WayFound | None = None
    """What is left then."""
    substitutes: tuple[WayFound, ...] = ()
    resequenced: WayFound | None = None
    """With other work pushed back on the work centre that decides the date."""
    resequenced_late: tuple[Disturbed, ...] = ()


def asked(need: Need) -> Any:
    """All that the finding depends on besides the facts."""
    return need.model_dump(mode="json")


def judge(
    need: Need,
    line: OrderLine,
    site: Site,
    picture: SupplyPicture,
    readings: Sequence[Reading[Any]],
    sequencer: Sequencer,
    at: datetime,
) -> Evidence:
    """What the schedule says of *need*: capable-to-promise as asked, and the ways to do better where that is late."""
    fence = _fences(site, picture, at)
    touched = effective(_earliest_touch(line, picture), need.by)
    enquiry = Enquiry(
        site=need.site,
        item=need.item,
        quantity=max(need.quantity - line.shipped, need.quantity * 0),
        by=need.by,
        customer=need.customer,
        excluding=line,
    )
    asked_for = capable(picture, enquiry)
    found = CapacityFound(
        zone=fence.zone(touched),
        frozen_until=fence.frozen_until,
        slushy_until=fence.slushy_until,
        effective_at=touched,
        as_asked=way_found(asked_for),
    )
    if not asked_for.on_time:
        found = _better(found, picture, enquiry, asked_for, line, fence, sequencer)
    if not asked_for.on_time and need.substitute_allowed:
        others = picture.item(Place(need.site, need.item)).substitutes
        ways = (
            way_found(capable(picture, replace(enquiry, item=item)))
            for item in others
            if picture.has_item(Place(need.site, item))
        )
        found = found.model_copy(update={"substitutes": tuple(ways)})
    reasons = _reasons(need, asked_for)
    return evidence("capacity", found, Verdict.WARN if reasons else Verdict.PASS, reasons, readings, at, asked(need))


def _better(
    found: CapacityFound,
    picture: SupplyPicture,
    enquiry: Enquiry,
    asked_for: Promise,
    line: OrderLine,
    fence: Fence,
    sequencer: Sequencer,
) -> CapacityFound:
    ways: dict[str, Any] = {}
    for name, effort in (("expedited", {"with_expedite": True}), ("overtime", {"with_overtime": True})):
        promise = capable(picture, enquiry, **effort)
        if promise.at is not None and (asked_for.at is None or promise.at < asked_for.at):
            ways[name] = way_found(promise)
    parts = split(picture, enquiry)
    if parts.on_time is not None and parts.rest is not None:
        ways["on_time"], ways["rest"] = way_found(parts.on_time), way_found(parts.rest)
    room = sequencer.make_room(picture, asked_for, enquiry.by, line.priority, fence.frozen_until)
    if room is not None:
        ways["resequenced"] = way_found(asked_for, at=room.at)
        ways["resequenced_late"] = room.disturbed
    return found.model_copy(update=ways)


def _fences(site: Site, picture: SupplyPicture, at: datetime) -> Fence:
    calendar = picture.calendar(Place(site.site, site.calendar))
    return fences(at, site.demand_time_fence, site.planning_time_fence, calendar)


def _earliest_touch(line: OrderLine, picture: SupplyPicture) -> datetime:
    """When the line's own work starts, or it is due if none is planned."""
    jobs = picture.jobs(Place(line.site, line.item))
    mine: Iterable[Job] = (job for job in jobs if (job.order, job.line) == (line.order, line.line))
    starts = [step.starts_at for job in mine for step in job.operations if step.status != "done"]
    return min(starts, default=line.due_at)


def way_found(promise: Promise, *, at: datetime | None = None) -> WayFound:
    """The promise as a way, ready *at* if that is not when the promise itself says."""
    decides = promise.bottleneck
    return WayFound(
        item=promise.item,
        quantity=promise.quantity,
        at=at or promise.at,
        cost=promise.cost,
        bottleneck="" if decides is None else f"{decides.kind} {decides.item} at {decides.source}",
        from_stock=sum((step.quantity for step in promise.steps if step.kind == "stock"), Decimal(0)),
        supply=new_supply(promise),
    )


def _reasons(need: Need, promise: Promise) -> list[Reason]:
    if promise.on_time:
        return []
    if promise.at is None:
        names = ", ".join(sorted({missing.item for missing in promise.missing if missing.at is None})) or need.item
        return [Reason(code="no_supply", thing=names, owner=Role.BUYER, text=f"No way is known to get {names}.")]
    decides = promise.bottleneck
    why = "" if decides is None else f" What decides it: {decides.kind} {decides.item} at {decides.source}."
    text = f"{promise.quantity} {need.item} can be ready {promise.at:%Y-%m-%d %H:%M} UTC, not before.{why}"
    buys = decides is not None and decides.kind in ("buy", "expedite")
    return [Reason(code="late", thing=need.item, owner=Role.BUYER if buys else Role.PLANNER, text=text)]
