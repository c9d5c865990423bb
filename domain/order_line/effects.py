"""What an option on an order line writes into other systems, in the order in which it is safe to write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from domain.case import CaseFile
from domain.checks.work_in_process import has_started
from domain.effect import (
    AddOrderLine,
    CancelSupply,
    ChangeJob,
    Effect,
    PostponeOrderLine,
    Reserve,
    ReviseOrderLine,
)
from domain.evidence import digest
from domain.facts import Job
from domain.need import Need
from domain.option import NewSupply, Option
from domain.order_line import requested
from domain.order_line.findings import Findings, findings
from domain.order_line.less import cancelled
from domain.order_line.more import REALLOCATE
from domain.order_line.past_us import PUT_BACK, as_decided
from domain.procurement import asked_for


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """The order line first: if it was changed meanwhile the order book refuses, and nothing else was touched."""
    found, need = findings(file), requested.need(file)
    if option.name == PUT_BACK:
        return (as_decided(file.site, found),)
    written: list[Effect] = [_revision(option, need, found)]
    if len(option.deliveries) > 1:
        written += _further_lines(option, need)
    written += _postponed(option, need)
    written += _given_up(option, need, found)
    written.append(_reservation(option, need))
    if option.name in ("finish_to_stock", "stop", "reduce"):
        written += _less_work(option, need, found)
        if option.name != "finish_to_stock":
            written += _ended_purchases(need, found)
    else:
        written += _new_supply(file, option, need, found)
    return tuple(written)


def holds(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """The stock an offer counts on, kept back while the customer thinks about it."""
    if not option.from_stock:
        return ()
    until = option.expires_at + timedelta(days=7)
    return (_reservation(option, requested.need(file)).model_copy(update={"expires_at": until}),)


def _revision(option: Option, need: Need, found: Findings) -> ReviseOrderLine:
    first = option.deliveries[0] if option.deliveries else None
    line = found.line
    return ReviseOrderLine(
        site=need.site,
        order=need.order,
        line=need.line,
        expected=digest(line),
        item=need.item if first is None else first.item,
        revision=need.revision,
        quantity=Decimal(0) if first is None else first.quantity + line.shipped,
        requested_at=need.by,
        promised_at=None if first is None else first.at,
        cancelled=first is None,
        priority=line.priority,
    )


def _further_lines(option: Option, need: Need) -> Iterator[Effect]:
    for number, delivery in enumerate(option.deliveries[1:], start=2):
        yield AddOrderLine(
            site=need.site, order=need.order, line=f"{need.line}-{number}", like_line=need.line,
            item=delivery.item, quantity=delivery.quantity, promised_at=delivery.at,
        )  # fmt: skip


def _postponed(option: Option, need: Need) -> Iterator[Effect]:
    for other in option.disturbed:
        if other.breaks_promise:
            yield PostponeOrderLine(
                site=need.site, order=other.order, line=other.line,
                expected=other.promised_at, promised_at=other.new_at,
            )  # fmt: skip


def _given_up(option: Option, need: Need, found: Findings) -> Iterator[Effect]:
    """Whoever gives way keeps of the stock what he gets again of it, so that nothing is promised twice."""
    giver = None if found.pegging is None else found.pegging.giver
    if option.name == REALLOCATE and giver is not None:
        yield Reserve(
            site=need.site, item=need.item, order=giver.line.order, line=giver.line.line,
            quantity=giver.again.from_stock,
        )  # fmt: skip


def _reservation(option: Option, need: Need) -> Reserve:
    item = option.deliveries[0].item if option.deliveries else need.item
    return Reserve(site=need.site, item=item, order=need.order, line=need.line, quantity=option.from_stock)


def _less_work(option: Option, need: Need, found: Findings) -> Iterator[Effect]:
    """Take work away, from the last job first, until what is left makes what is still to be shipped."""
    if found.work_in_process is None:
        return
    surplus = found.work_in_process.in_the_making - found.left(need)
    for job in reversed(found.work_in_process.jobs):
        taken = min(max(surplus, Decimal(0)), job.quantity)
        if not taken:
            return
        surplus -= taken
        if option.name == "finish_to_stock" and has_started(job):
            yield ChangeJob(site=job.site, job=job.job, quantity=job.quantity, for_stock=True)
        else:
            yield ChangeJob(site=job.site, job=job.job, quantity=job.quantity - taken, stopped=taken == job.quantity)


def _ended_purchases(need: Need, found: Findings) -> Iterator[Effect]:
    for receipt in cancelled(need, found):
        assert receipt.cancellation_fee is not None
        yield CancelSupply(
            site=receipt.site, receipt=receipt.receipt, item=receipt.item, fee=receipt.cancellation_fee
        )  # fmt: skip


def _new_supply(file: CaseFile, option: Option, need: Need, found: Findings) -> Iterator[Effect]:
    jobs = () if found.work_in_process is None else found.work_in_process.jobs
    waiting = [job for job in jobs if not has_started(job)]
    growing = next((job for job in waiting if job.item == need.item and _in_time(job, option, need)), None)
    if need.revision is not None:
        for job in waiting:
            if job is not growing and job.revision != need.revision:
                yield ChangeJob(site=job.site, job=job.job, quantity=job.quantity, revision=need.revision)
    more = sum((step.quantity for step in option.supply if _makes(step, need)), Decimal(0))
    if growing is not None and (more or (need.revision is not None and growing.revision != need.revision)):
        yield ChangeJob(site=growing.site, job=growing.job, quantity=growing.quantity + more, revision=need.revision)
    for number, step in enumerate(option.supply, start=1):
        if growing is None or not _makes(step, need):
            yield asked_for(
                f"{file.id}-{file.assessment}-{number}", step, order=step.order or need.order,
                line=step.line or need.line,
                revision=need.revision if step.item == need.item and step.order is None else None,
            )  # fmt: skip


def _makes(step: NewSupply, need: Need) -> bool:
    """Whether the step makes more of what the line itself takes."""
    return step.kind == "make" and step.item == need.item and step.order is None


def _in_time(job: Job, option: Option, need: Need) -> bool:
    """Whether what is to be made besides can be made with *job*: its material is there when the job starts."""
    return all(step.starts_at <= job.starts_at for step in option.supply if _makes(step, need))
