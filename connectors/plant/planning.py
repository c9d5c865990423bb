"""What the effects on orders, jobs and supply make of the embedded plant's facts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.effect import (
    AddOrderLine,
    Allocate,
    CancelSupply,
    ChangeJob,
    CreateJob,
    PostponeOrderLine,
    RequestSupply,
    RescheduleJob,
    Reserve,
    ReviseOrderLine,
)
from domain.evidence import digest
from domain.fact import Fact
from domain.facts import Job, JobStatus, LineStatus, OrderLine, Receipt, Reservation
from domain.master_data import Item
from domain.ports import EffectRefused
from domain.release import Allocation
from domain.subject import line_key
from storage.facts import fact

PlanningEffect = (
    ReviseOrderLine
    | AddOrderLine
    | PostponeOrderLine
    | Reserve
    | Allocate
    | ChangeJob
    | CreateJob
    | RequestSupply
    | CancelSupply
    | RescheduleJob
)


async def meaning(session: AsyncSession, effect: PlanningEffect) -> Fact:
    """The fact as it is once *effect* is in force. Raises EffectRefused, NotInSystem."""
    if isinstance(effect, ReviseOrderLine):
        return await _revised(session, effect)
    if isinstance(effect, AddOrderLine):
        like = await fact(session, OrderLine, effect.site, line_key(effect.order, effect.like_line))
        return _added(like.fact, effect)
    if isinstance(effect, PostponeOrderLine):
        known = await fact(session, OrderLine, effect.site, line_key(effect.order, effect.line))
        return _postponed(known.fact, effect)
    if isinstance(effect, ChangeJob | RescheduleJob):
        job = (await fact(session, Job, effect.site, effect.job)).fact
        return _changed(job, effect) if isinstance(effect, ChangeJob) else _rescheduled(job, effect)
    if isinstance(effect, CreateJob):
        return _created((await fact(session, Item, effect.site, effect.item)).fact, effect)
    if isinstance(effect, Reserve):
        return Reservation(**effect.model_dump(exclude={"kind"}))
    if isinstance(effect, Allocate):
        return Allocation(**effect.model_dump(exclude={"kind"}))
    return _asked(effect) if isinstance(effect, RequestSupply) else await _cancelled(session, effect)


def said(effect: PlanningEffect) -> tuple[type[Fact], str, dict[str, Any]]:
    """Of which fact *effect* says what."""
    if isinstance(effect, ReviseOrderLine):
        wanted: dict[str, Any] = (
            {"status": LineStatus.CANCELLED} if effect.cancelled else {"item": effect.item, "quantity": effect.quantity}
        )
        return OrderLine, line_key(effect.order, effect.line), wanted
    if isinstance(effect, RescheduleJob):
        return Job, effect.job, {"operations": effect.operations}
    if isinstance(effect, AddOrderLine):
        return OrderLine, line_key(effect.order, effect.line), {"quantity": effect.quantity}
    if isinstance(effect, PostponeOrderLine):
        return OrderLine, line_key(effect.order, effect.line), {"promised_at": effect.promised_at}
    if isinstance(effect, Reserve):
        key = f"{effect.item}:{line_key(effect.order, effect.line)}"
        return Reservation, key, {"quantity": effect.quantity}
    if isinstance(effect, Allocate):
        return Allocation, f"{effect.job}:{effect.item}:{effect.lot}", {"quantity": effect.quantity}
    if isinstance(effect, RequestSupply | CancelSupply):
        return _said_of_supply(effect)
    return Job, effect.job, {"quantity": effect.quantity}


async def _revised(session: AsyncSession, effect: ReviseOrderLine) -> OrderLine:
    known = await fact(session, OrderLine, effect.site, line_key(effect.order, effect.line))
    if digest(known.fact) != effect.expected:
        raise EffectRefused(f"{known.fact.key} was changed meanwhile; it is not what the decision was made on.")
    return known.fact.model_copy(
        update={
            "item": effect.item,
            "revision": effect.revision,
            "quantity": known.fact.quantity if effect.cancelled else effect.quantity,
            "requested_at": effect.requested_at,
            "promised_at": effect.promised_at,
            "priority": effect.priority,
            "status": LineStatus.CANCELLED if effect.cancelled else _not_cancelled(known.fact.status),
        }
    )


def _not_cancelled(status: LineStatus) -> LineStatus:
    """A line that was cancelled past everybody is open again when it is put back."""
    return LineStatus.OPEN if status is LineStatus.CANCELLED else status


def _added(like: OrderLine, effect: AddOrderLine) -> OrderLine:
    return like.model_copy(
        update={
            "line": effect.line,
            "item": effect.item,
            "quantity": effect.quantity,
            "shipped": Decimal(0),
            "requested_at": effect.promised_at,
            "promised_at": effect.promised_at,
            "status": LineStatus.OPEN,
        }
    )


def _postponed(line: OrderLine, effect: PostponeOrderLine) -> OrderLine:
    if line.due_at != effect.expected:
        raise EffectRefused(
            f"{line.key} was changed meanwhile: it is due {line.due_at:%Y-%m-%d}, not as was decided on."
        )
    return line.model_copy(update={"promised_at": effect.promised_at})


def _changed(job: Job, effect: ChangeJob) -> Job:
    share = effect.quantity / job.quantity if job.quantity else Decimal(0)
    steps = tuple(
        step.model_copy(update={"minutes": (step.minutes * share).quantize(Decimal("0.0001"))})
        if step.status == "waiting"
        else step
        for step in job.operations
    )
    return job.model_copy(
        update={
            "quantity": effect.quantity,
            "revision": effect.revision or job.revision,
            "order": None if effect.for_stock else job.order,
            "line": None if effect.for_stock else job.line,
            "status": JobStatus.CLOSED if effect.stopped else job.status,
            "operations": steps,
        }
    )


def _rescheduled(job: Job, effect: RescheduleJob) -> Job:
    if digest(job) != effect.expected:
        raise EffectRefused(f"{job.job} was changed meanwhile; it is not what the plan was made on.")
    return job.model_copy(
        update={
            "operations": effect.operations,
            "starts_at": min(step.starts_at for step in effect.operations),
            "ends_at": max(step.ends_at for step in effect.operations),
        }
    )


def _created(item: Item, effect: CreateJob) -> Job:
    return Job(
        site=effect.site, job=effect.job, item=effect.item, revision=effect.revision or item.revision,
        quantity=effect.quantity, order=effect.order, line=effect.line,
        starts_at=effect.starts_at, ends_at=effect.ends_at, operations=effect.operations,
    )  # fmt: skip


def _asked(effect: RequestSupply) -> Receipt:
    return Receipt(
        site=effect.site, receipt=effect.request, item=effect.item, quantity=effect.quantity,
        expected_at=effect.needed_at, confidence="planned", supplier=effect.supplier,
    )  # fmt: skip


async def _cancelled(session: AsyncSession, effect: CancelSupply) -> Receipt:
    coming = (await fact(session, Receipt, effect.site, effect.receipt)).fact
    return coming.model_copy(update={"quantity": Decimal(0)})


def _said_of_supply(effect: RequestSupply | CancelSupply) -> tuple[type[Fact], str, dict[str, Any]]:
    if isinstance(effect, CancelSupply):
        return Receipt, effect.receipt, {"quantity": Decimal(0)}
    return Receipt, effect.request, {"item": effect.item, "quantity": effect.quantity}
