"""The balance of an item, worked out from what is known of the plant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from domain.availability import NOTHING
from domain.facts import Job, Lot, LotStatus, OrderLine
from domain.master_data import Component
from domain.release import Allocation
from domain.shortage.balance import Balance, Coming, Requirement
from domain.supply import MATTERS_TO_NOBODY_YET, Place, SupplyPicture, availability_of, issued_at, needed_for

_INSTANT = timedelta(microseconds=1)


def balance_of(picture: SupplyPicture, place: Place) -> Balance:
    """What of the item is there and comes, and who needs it when."""
    now, lots = picture.now, picture.lots(place)
    until = now + picture.timing.look_ahead
    late_receipts = tuple(_overdue(picture, place))
    late = {some.source for some in late_receipts}
    shelf = _Shelf([_OnShelf(lot, lot.quantity) for lot in lots if _good(lot, now)])
    needs = sorted(_requirements(picture, place, until), key=lambda need: (need.at, need.priority, need.owner))
    reserved = {held.line_key: held.quantity for held in picture.reservations(place)}
    for number, need in enumerate(needs):
        holder = need.line_key
        own = shelf.take(need.quantity, need.at, _for_customer(need.customer))
        kept = min(reserved.get(holder, NOTHING), need.quantity - own)
        given = shelf.take(kept, need.at, _for_everybody)
        reserved[holder] = reserved.get(holder, NOTHING) - given
        needs[number] = need.model_copy(update={"set_aside": own + given, "may_give": given})
    free = [left for left in shelf.lots if _for_everybody(left.lot)]
    in_time = [need for need in needs if need.at <= until]
    return Balance(
        now=now,
        until=until,
        recorded=sum((lot.quantity for lot in lots), NOTHING),
        on_hand=sum((left.quantity for left in free), NOTHING),
        requirements=tuple(need for need in needs if need.at <= until or need.set_aside),
        coming=tuple(some for some in _coming(picture, place) if some.source not in late),
        overdue=late_receipts,
        spoils=tuple(some for some in _spoiling(free, in_time) if some.at <= until),
        held=tuple(lot.lot for lot in held_lots(picture, place)),
        kept=picture.item(place).safety_stock,
    )


def held_lots(picture: SupplyPicture, place: Place) -> tuple[Lot, ...]:
    """The lots that quality holds back."""
    return tuple(lot for lot in picture.lots(place) if lot.quantity and lot.status is LotStatus.ON_HOLD)


def spare(picture: SupplyPicture, place: Place, *, keep_safety_stock: bool = True) -> Decimal:
    """What of the item can be given away now: not promised, not safety stock, not set aside for other items' jobs."""
    lent = sum((aside.quantity for _, aside in _lent(picture, place)), NOTHING)
    seen = availability_of(picture, place, keep_safety_stock=keep_safety_stock)
    return max(seen.cumulative_available(picture.now) - lent, NOTHING)


def _requirements(picture: SupplyPicture, place: Place, until: datetime) -> Iterator[Requirement]:
    asked: dict[str, Decimal] = {}
    for line in picture.order_lines(place):
        asked[line.key] = line.open_quantity
        yield _of_line(line, line.open_quantity, max(line.due_at, picture.now))
    there: dict[str, Decimal] = {}
    for job, component in picture.jobs_using(place):
        if (at := issued_at(job, component)) is None:
            continue
        # What went to the job already, or instead of it, is counted once however often it takes the item.
        had = there.get(job.job, _had(picture, place, job, component))
        wanted = needed_for(component, job.quantity)
        there[job.job] = max(had - wanted, NOTHING)
        if wanted > had:
            asked[job.line_key] = asked.get(job.line_key, NOTHING) + wanted - had
            yield _of_job(picture, job, wanted - had, max(at, picture.now))
    for job, aside in _lent(picture, place):
        yield _of_job(picture, job, aside.quantity, max(job.starts_at, picture.now))
    for held in picture.reservations(place):
        # Held for somebody who has not ordered it yet, such as a customer who thinks about an offer.
        holder = held.line_key
        if (more := held.quantity - asked.get(holder, NOTHING)) > 0:
            yield Requirement(
                owner=holder, at=until, quantity=more, priority=MATTERS_TO_NOBODY_YET,
                order=held.order, line=held.line, ready_at=until,
            )  # fmt: skip


def _of_line(line: OrderLine, quantity: Decimal, at: datetime) -> Requirement:
    return Requirement(
        owner=line.key, at=at, quantity=quantity, priority=line.priority, ordered_at=line.ordered_at,
        order=line.order, line=line.line, customer=line.customer, ready_at=at, due_at=line.due_at,
    )  # fmt: skip


def _of_job(picture: SupplyPicture, job: Job, quantity: Decimal, at: datetime) -> Requirement:
    line = picture.served(job)
    return Requirement(
        owner=job.job, at=at, quantity=quantity, job=job.job, ready_at=max(job.ends_at, at),
        priority=MATTERS_TO_NOBODY_YET if line is None else line.priority,
        ordered_at=None if line is None else line.ordered_at,
        order=job.order, line=job.line, customer=None if line is None else line.customer,
        due_at=None if line is None else line.due_at,
    )  # fmt: skip


def _had(picture: SupplyPicture, place: Place, job: Job, component: Component) -> Decimal:
    """What the job has had of the item, and what it takes instead of it."""
    own = sum((a.issued for a in picture.allocations(place) if a.job == job.job), NOTHING)
    others = (a for name in component.alternates for a in picture.allocations(Place(place.site, name)))
    return own + sum((a.quantity + a.issued for a in others if a.job == job.job), NOTHING)


def _lent(picture: SupplyPicture, place: Place) -> Iterator[tuple[Job, Allocation]]:
    """What is set aside for jobs that take the item instead of another."""
    usual = {job.job for job, _ in picture.jobs_using(place)}
    jobs = {job.job: job for job in picture.facts if isinstance(job, Job) and job.site == place.site and job.open}
    for aside in picture.allocations(place):
        if aside.quantity and aside.job in jobs and aside.job not in usual:
            yield jobs[aside.job], aside


def _overdue(picture: SupplyPicture, place: Place) -> Iterator[Coming]:
    for receipt in picture.receipts(place):
        if receipt.quantity and receipt.expected_at + picture.timing.receipt_late <= picture.now:
            yield Coming(
                source=receipt.receipt, kind="receipt", at=receipt.expected_at, quantity=receipt.quantity,
                supplier=receipt.supplier,
            )  # fmt: skip


def _coming(picture: SupplyPicture, place: Place) -> Iterator[Coming]:
    orders = {receipt.receipt: receipt for receipt in picture.receipts(place)}
    for supply in availability_of(picture, place).supplies:
        if supply.quantity:
            order = orders.get(supply.source)
            yield Coming(
                source=supply.source, kind="job" if order is None else "receipt", at=supply.at,
                quantity=supply.quantity, supplier=None if order is None else order.supplier,
            )  # fmt: skip
    for lot in picture.lots(place):
        if lot.status is LotStatus.IN_INSPECTION and lot.quantity and lot.owner is None:
            yield Coming(
                source=lot.lot, kind="inspection", at=picture.now + picture.timing.inspection, quantity=lot.quantity
            )


def _spoiling(free: Sequence[_OnShelf], needs: Sequence[Requirement]) -> Iterator[Coming]:
    """What is left of each lot when it expires, if those that expire first are used first."""
    counted = lost = NOTHING
    for left in free:
        if left.lot.expires_at is None:
            return
        counted += left.quantity
        used = sum((need.open for need in needs if need.at <= left.lot.expires_at), NOTHING)
        if (gone := counted - lost - used) > 0:
            lost += gone
            # A lot is good through the instant at which it expires.
            yield Coming(source=left.lot.lot, kind="lot", at=left.lot.expires_at + _INSTANT, quantity=gone)


@dataclass
class _OnShelf:
    lot: Lot
    quantity: Decimal


class _Shelf:
    """Lots of which what expires first is taken first."""

    def __init__(self, lots: list[_OnShelf]) -> None:
        self.lots = sorted(lots, key=lambda left: (left.lot.expires_at is None, left.lot.expires_at, left.lot.lot))

    def take(self, wanted: Decimal, at: datetime, fits: Callable[[Lot], bool]) -> Decimal:
        """How much of *wanted* could be taken out of lots that fit and are still good *at* that moment."""
        taken = NOTHING
        for left in self.lots:
            if fits(left.lot) and (left.lot.expires_at is None or left.lot.expires_at >= at):
                part = min(left.quantity, wanted - taken)
                left.quantity -= part
                taken += part
        return taken


def _good(lot: Lot, now: datetime) -> bool:
    known = lot.status in (LotStatus.UNRESTRICTED, LotStatus.CONDITIONAL)
    return known and (lot.expires_at is None or lot.expires_at >= now)


def _for_customer(customer: str | None) -> Callable[[Lot], bool]:
    def fits(lot: Lot) -> bool:
        if lot.owner is not None and lot.status is LotStatus.UNRESTRICTED:
            return lot.owner == customer
        allowed = lot.status is LotStatus.CONDITIONAL and customer in lot.allowed_for
        return allowed and not lot.belongs_to_other_than(customer)

    return fits


def _for_everybody(lot: Lot) -> bool:
    return lot.status is LotStatus.UNRESTRICTED and lot.owner is None
