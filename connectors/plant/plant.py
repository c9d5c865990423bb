"""The embedded plant: facts in our own database, changed by effects as an ERP would change its own."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.plant import shipping
from domain.effect import (
    AddOrderLine,
    Capability,
    ChangeJob,
    CreateJob,
    Effect,
    PostponeOrderLine,
    RequestSupply,
    Reserve,
    ReviseOrderLine,
)
from domain.evidence import digest
from domain.fact import Fact, Reading
from domain.facts import KINDS, Job, JobStatus, LineStatus, OrderLine, Receipt, Reservation, fact_of
from domain.master_data import Item
from domain.ports import EffectRefused, NotInSystem
from storage.database import Database
from storage.facts import drop_fact, fact, keep_fact
from storage.tables.plant import AppliedEffectRow, FactRow

SOURCE = "lockstep"
"""What facts are marked with that we wrote ourselves; they never start a case."""


class EmbeddedPlant:
    """Satisfies the port ``Effects``: each write is one transaction, remembered by its key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def capability(self, effect: Effect) -> Capability:  # noqa: ARG002 - the port asks by effect
        """Our key is kept with the write."""
        return Capability.KEY

    async def apply(self, effect: Effect, key: str) -> str:
        """The reference of the write, made once. Raises EffectRefused."""
        async with self._database.transaction() as session:
            done = await session.get(AppliedEffectRow, key)
            if done is not None:
                return done.reference
            told = await _meaning(session, effect)
            undo = [await _put(session, change) for change in told]
            reference = f"{effect.kind}/{told[0].key}"
            session.add(AppliedEffectRow(key=key, reference=reference, undo=undo))
            return reference

    async def read_back(self, effect: Effect, key: str) -> str | None:
        """The reference of the write if what it said is so now."""
        async with self._database.reading() as session:
            done = await session.get(AppliedEffectRow, key)
            if done is None:
                return None
            return done.reference if await _holds(session, effect) else None

    async def undo(self, effect: Effect, key: str) -> str:
        """The reference of the write that put things back as they were before."""
        async with self._database.transaction() as session:
            done = await session.get(AppliedEffectRow, key)
            if done is None:
                return f"{effect.kind} was not in force."
            for change in reversed(done.undo):
                await _put_back(session, change)
            await session.delete(done)
            return f"{done.reference} taken back"


async def _meaning(session: AsyncSession, effect: Effect) -> list[Fact]:
    """The facts as they are once *effect* is in force. Raises EffectRefused."""
    try:
        if isinstance(effect, ReviseOrderLine):
            return [await _revised(session, effect)]
        if isinstance(effect, AddOrderLine):
            like = await fact(session, OrderLine, effect.site, f"{effect.order}:{effect.like_line}")
            return [_added(like.fact, effect)]
        if isinstance(effect, PostponeOrderLine):
            return [
                _postponed((await fact(session, OrderLine, effect.site, f"{effect.order}:{effect.line}")).fact, effect)
            ]
        if isinstance(effect, ChangeJob):
            return [_changed((await fact(session, Job, effect.site, effect.job)).fact, effect)]
        if isinstance(effect, CreateJob):
            return [_created((await fact(session, Item, effect.site, effect.item)).fact, effect)]
        if isinstance(effect, shipping.ShippingEffect):
            return await shipping.meaning(session, effect)
    except NotInSystem as missing:
        raise EffectRefused(str(missing)) from missing
    if isinstance(effect, Reserve):
        return [Reservation(**effect.model_dump(exclude={"kind"}))]
    return [_asked(effect)]


async def _revised(session: AsyncSession, effect: ReviseOrderLine) -> OrderLine:
    known = await fact(session, OrderLine, effect.site, f"{effect.order}:{effect.line}")
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
            "status": LineStatus.CANCELLED if effect.cancelled else known.fact.status,
        }
    )


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


async def _holds(session: AsyncSession, effect: Effect) -> bool:
    """Whether the plant says what *effect* said. Later changes by others to other fields do not matter."""
    kind, key, wanted = _said(effect)
    row = await session.get(FactRow, (kind, effect.site, key))
    if row is None:
        return False
    told = fact_of(kind, row.body)
    return all(getattr(told, field) == value for field, value in wanted.items())


def _said(effect: Effect) -> tuple[str, str, dict[str, Any]]:
    if isinstance(effect, shipping.ShippingEffect):
        kind, key, wanted = shipping.said(effect)
        return kind.kind, key, wanted
    if isinstance(effect, ReviseOrderLine):
        said = (
            {"status": LineStatus.CANCELLED} if effect.cancelled else {"item": effect.item, "quantity": effect.quantity}
        )
        return OrderLine.kind, f"{effect.order}:{effect.line}", said
    if isinstance(effect, AddOrderLine):
        return OrderLine.kind, f"{effect.order}:{effect.line}", {"quantity": effect.quantity}
    if isinstance(effect, PostponeOrderLine):
        return OrderLine.kind, f"{effect.order}:{effect.line}", {"promised_at": effect.promised_at}
    if isinstance(effect, Reserve):
        key = f"{effect.item}:{effect.order}:{effect.line}"
        return Reservation.kind, key, {"quantity": effect.quantity}
    if isinstance(effect, RequestSupply):
        return Receipt.kind, effect.request, {"item": effect.item, "quantity": effect.quantity}
    return Job.kind, effect.job, {"quantity": effect.quantity}


async def _put(session: AsyncSession, told: Fact) -> dict[str, Any]:
    """What it takes to put the fact back, after it has been written."""
    row = await session.get(FactRow, (told.kind, told.site, told.key))
    before = None if row is None else {"body": row.body, "source": row.source, "version": row.version}
    now = datetime.now(UTC)
    version = digest([told.model_dump(mode="json"), None if row is None else row.version])[:12]
    await keep_fact(session, Reading(fact=told, source=SOURCE, version=version, as_of=now))
    return {"kind": told.kind, "site": told.site, "key": told.key, "before": before}


async def _put_back(session: AsyncSession, change: dict[str, Any]) -> None:
    if change["before"] is None:
        await drop_fact(session, KINDS[change["kind"]], change["site"], change["key"])
        return
    told = fact_of(change["kind"], change["before"]["body"])
    version = digest([change["before"]["version"], "put back"])[:12]
    await keep_fact(session, Reading(fact=told, source=SOURCE, version=version, as_of=datetime.now(UTC)))
