"""Every single way in which some of what is missing can be had, each with what it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

from pydantic import AwareDatetime

from domain.availability import NOTHING
from domain.calendar import Duration, WorkingCalendar
from domain.draft import days
from domain.facts import Job, Receipt
from domain.master_data import Component, Supplier
from domain.option import Disturbed, Gap, NewSupply
from domain.procurement import new_supply
from domain.promise import Enquiry, capable
from domain.shortage.balance import Balance, Requirement
from domain.shortage.stocktaking import held_lots, spare
from domain.shortage.way import OnLot, Share, Way
from domain.supply import Place, SupplyPicture, needed_for, usable

QUALITY_TAKES = Duration(working=timedelta(hours=4))
"""How long quality takes to decide on a lot that is waited for (processes 1.5)."""


def ways(
    picture: SupplyPicture, place: Place, balance: Balance, gap: Gap, calendar: WorkingCalendar
) -> tuple[Way, ...]:
    """Every way there is to fill *gap*, or some of it, for some time."""
    return (
        *_released(picture, place, balance, calendar),
        *_instead(picture, place, balance),
        *_moved(picture, place, gap),
        *_given(picture, place, balance, gap),
        *_bought(picture, place, gap),
        *_made(picture, place, balance, gap),
        *_built_in_part(picture, place, balance),
    )


def _released(picture: SupplyPicture, place: Place, balance: Balance, calendar: WorkingCalendar) -> Iterator[Way]:
    cases = {hold.lot: hold.case for hold in picture.holds(place)}
    short_of = {need.customer for need in _short(balance)}
    for lot in held_lots(picture, place):
        if lot.owner is not None and short_of != {lot.owner}:
            continue
        by = f", as {cases[lot.lot]} decides" if lot.lot in cases else ""
        yield Way(
            name=f"release-{lot.lot}", kind="release", title=f"Have quality release lot {lot.lot}{by}",
            source=lot.lot, at=calendar.after(picture.now, QUALITY_TAKES), limit=lot.quantity, whole=True,
            draws_on=(f"lot:{lot.lot}",), sure=False,
        )  # fmt: skip


def _instead(picture: SupplyPicture, place: Place, balance: Balance) -> Iterator[Way]:
    """Other items that jobs may take, as their bills say."""
    short = {need.job: need for need in _short(balance) if need.job}
    takers: dict[str, list[Requirement]] = {}
    for job, component in picture.jobs_using(place):
        for name in component.alternates if job.job in short else ():
            if all(aside.job != job.job for aside in picture.allocations(Place(place.site, name))):
                takers.setdefault(name, []).append(short[job.job])
    for name, needs in takers.items():
        other = Place(place.site, name)
        shares = [Share(job=need.job or "", at=need.at, quantity=need.open) for need in sorted(needs, key=_when)]
        lots = tuple(_free_lots(picture, other, shares[-1].at))
        most = min(_sum(share.quantity for share in shares), _sum(lot.quantity for lot in lots))
        way = Way(
            name=f"alternate-{name}", kind="alternate", title=f"Build {name} in instead", source=name,
            at=shares[0].at, limit=most, shares=tuple(shares), lots=lots,
            draws_on=(f"item:{name}", *(f"job:{share.job}" for share in shares)),
        )  # fmt: skip
        yield from _to_spare(picture, other, way, most)


def _free_lots(picture: SupplyPicture, place: Place, good_through: AwareDatetime) -> Iterator[OnLot]:
    for lot in sorted(picture.lots(place), key=lambda lot: (lot.expires_at is None, lot.expires_at, lot.lot)):
        aside = _sum(a.quantity for a in picture.allocations(place) if a.lot == lot.lot)
        if usable(lot, good_through) and lot.quantity > aside:
            yield OnLot(lot=lot.lot, quantity=lot.quantity - aside)


def _moved(picture: SupplyPicture, place: Place, gap: Gap) -> Iterator[Way]:
    for transfer in picture.item(place).transfers:
        origin = Place(transfer.origin, place.name)
        way = Way(
            name=f"transfer-{transfer.origin}", kind="transfer", title=f"Bring it from {transfer.origin}",
            source=transfer.origin, at=picture.now + days(transfer.days), cost=transfer.cost,
            draws_on=(f"site:{transfer.origin}",),
        )  # fmt: skip
        yield from _to_spare(picture, origin, way, gap.quantity)


def _to_spare(picture: SupplyPicture, origin: Place, way: Way, wanted: Decimal) -> Iterator[Way]:
    """The *way* with what can be spared at its origin and, where less than *wanted*, with what is kept for safety."""
    if not picture.has_item(origin):
        return
    there = (spare(picture, origin, keep_safety_stock=kept) for kept in (True, False))
    free, all_of_it = (few if way.limit is None else min(few, way.limit) for few in there)
    if free > 0:
        yield way.model_copy(update={"limit": free})
    if free < min(all_of_it, wanted):
        further = {"name": f"{way.name}-safety-stock", "title": f"{way.title}, safety stock too"}
        yield way.model_copy(update={**further, "limit": all_of_it, "spare": free, "sure": False})


def _given(picture: SupplyPicture, place: Place, balance: Balance, gap: Gap) -> Iterator[Way]:
    """What lies there for somebody who needs it later: lent until then or, if he matters less, for longer."""
    most_important = min((need.priority for need in _short(balance)), default=0)
    reserved = {held.line_key: held.quantity for held in picture.reservations(place)}
    levels = balance.levels()
    for need in balance.requirements:
        if not need.may_give or need.at <= gap.since or need.order is None or need.line is None:
            continue
        lent = Way(
            name=f"reallocate-{need.owner}", kind="reallocate", source=need.line_key, at=balance.now,
            title=f"Use what is reserved for {need.owner} until {need.at:%Y-%m-%d}", back_at=need.at,
            limit=need.may_give, whole_of=reserved[need.line_key],
            draws_on=(f"reserved:{need.line_key}",),
        )  # fmt: skip
        yield lent
        if need.priority <= most_important or need.job is not None or need.due_at is None:
            continue
        enough = (at for at, _ in levels if min(q for when, q in levels if when >= at) >= need.may_give)
        if (again := next((at for at in enough if at > need.at), None)) is not None:
            late = Disturbed(
                order=need.order, line=need.line, customer=need.customer or "unknown",
                promised_at=need.due_at, new_at=again,
            )  # fmt: skip
            later = {"name": f"postpone-{need.owner}", "title": f"Take what is reserved for {need.owner}"}
            yield lent.model_copy(update={**later, "back_at": again, "disturbed": (late,)})


def _bought(picture: SupplyPicture, place: Place, gap: Gap) -> Iterator[Way]:
    for number, supplier in enumerate(picture.item(place).suppliers):
        usual = Way(
            name=f"buy-{supplier.supplier}", kind="other_supplier" if number else "buy", source=supplier.supplier,
            title=f"Order more from {supplier.supplier}", at=picture.now + days(supplier.lead_time_days),
            minimum=supplier.minimum, multiple=supplier.multiple, draws_on=(f"supplier:{supplier.supplier}",),
        )  # fmt: skip
        yield usual
        if supplier.expedite_days is None:
            continue
        soonest = picture.now + days(supplier.expedite_days)
        hurried = {"kind": "expedite", "at": soonest, "cost": supplier.expedite_cost}
        name, title = f"expedite-{supplier.supplier}", f"Order more from {supplier.supplier}, expedited"
        yield usual.model_copy(update={**hurried, "name": name, "title": title})
        for receipt in picture.receipts(place):
            if _can_hurry(receipt, supplier, soonest, gap):
                yield Way(
                    name=f"expedite-{receipt.receipt}", kind="expedite", source=receipt.receipt, at=soonest,
                    title=f"Have {supplier.supplier} deliver {receipt.receipt} sooner", back_at=receipt.expected_at,
                    limit=receipt.quantity, whole=True, cost=supplier.expedite_cost, supplier=supplier.supplier,
                    draws_on=(f"receipt:{receipt.receipt}",),
                )  # fmt: skip


def _can_hurry(receipt: Receipt, supplier: Supplier, soonest: AwareDatetime, gap: Gap) -> bool:
    theirs = receipt.supplier == supplier.supplier and receipt.quantity > 0
    return theirs and receipt.expected_at > max(soonest, gap.since)


def _made(picture: SupplyPicture, place: Place, balance: Balance, gap: Gap) -> Iterator[Way]:
    """New jobs for whoever is short first, with all that is bought for them."""
    if not picture.item(place).made:
        return
    short = [need for need in sorted(_short(balance), key=_when) if need.line is not None]
    to = {"order": short[0].order, "line": short[0].line} if short else {}
    wanted = Enquiry(site=place.site, item=place.name, quantity=gap.quantity, by=gap.since)
    tried = None
    for name, title, hurry in (("make", "Make more", False), ("make-expedited", "Make more, expediting parts", True)):
        promise = capable(picture, wanted, with_expedite=hurry)
        made = [step for step in promise.steps if step.kind == "make"]
        if promise.at is None or not made or promise == tried:
            continue
        tried = promise
        yield Way(
            name=name, kind="make", title=title, source=place.name, at=max(step.at for step in made),
            limit=_sum(step.quantity for step in made), whole=True, cost=promise.cost,
            draws_on=("make",), steps=tuple(step.model_copy(update=to) for step in new_supply(promise)),
        )  # fmt: skip


def _built_in_part(picture: SupplyPicture, place: Place, balance: Balance) -> Iterator[Way]:
    """As much of a job as there is material for, the rest once it has come."""
    waiting = {job.job: (job, part) for job, part in picture.jobs_using(place)}
    for need, short, again in _rest_later(balance):
        job, part = waiting.get(need.job or "", (None, None))
        if job is None or part is None or again is None or not _may_be_cut(picture, job):
            continue
        left_out = (short / needed_for(part, Decimal(1))).to_integral_value(ROUND_CEILING)
        if not 0 < left_out < job.quantity:
            continue
        yield Way(
            name=f"partial-{job.job}", kind="partial_build", source=job.job, at=need.at, back_at=again, whole=True,
            title=f"Build {(job.quantity - left_out).normalize():f} of {job.job} now, the rest later",
            limit=_freed(part, job, left_out), draws_on=(f"job:{job.job}",), disturbed=_late(need, again),
            whole_of=job.quantity,
            shares=(Share(job=job.job, at=need.at, quantity=_freed(part, job, left_out)),),
            steps=(
                NewSupply(
                    kind="make", site=job.site, item=job.item, quantity=left_out, starts_at=again,
                    at=again + (job.ends_at - job.starts_at), source=job.job, cost=NOTHING, order=job.order,
                    line=job.line,
                ),
            ),
        )  # fmt: skip


def _freed(part: Component, job: Job, left_out: Decimal) -> Decimal:
    return needed_for(part, job.quantity) - needed_for(part, job.quantity - left_out)


def _rest_later(balance: Balance) -> Iterator[tuple[Requirement, Decimal, AwareDatetime | None]]:
    """Each requirement that is not met in time, with how much of it is not, and when that is there."""
    late: dict[Requirement, list[tuple[Decimal, AwareDatetime | None]]] = {}
    for need, quantity, at in balance.served():
        if at is None or at > need.at:
            late.setdefault(need, []).append((quantity, at))
    for need, parts in late.items():
        times = [at for _, at in parts]
        last = None if None in times else max(at for at in times if at is not None)
        yield need, _sum(quantity for quantity, _ in parts), last


def _may_be_cut(picture: SupplyPicture, job: Job) -> bool:
    line = picture.served(job)
    return job.waits and (line is None or line.partial_allowed)


def _late(need: Requirement, again: AwareDatetime) -> tuple[Disturbed, ...]:
    ready = need.ready_at + (again - need.at)
    if need.due_at is None or need.order is None or need.line is None or ready <= max(need.due_at, need.ready_at):
        return ()
    late = Disturbed(
        order=need.order, line=need.line, customer=need.customer or "unknown", promised_at=need.due_at, new_at=ready
    )
    return (late,)


def _short(balance: Balance) -> tuple[Requirement, ...]:
    return tuple(need for need, _, _ in _rest_later(balance))


def _when(need: Requirement) -> tuple[AwareDatetime, str]:
    return need.at, need.owner


def _sum(quantities: Iterable[Decimal]) -> Decimal:
    return sum(quantities, NOTHING)
