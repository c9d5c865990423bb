"""The embedded plant: facts in our own database, changed by effects as an ERP would change its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from connectors.plant import content, lots, planning, shipping
from domain.effect import Capability, Effect, case_of
from domain.evidence import digest
from domain.fact import Fact, Reading
from domain.facts import KINDS
from domain.ports import EffectRefused, NotInSystem
from domain.told_fact import fact_of
from storage.alone import alone
from storage.database import Database
from storage.facts import drop_fact, keep_fact
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
            await alone(session)
            done = await session.get(AppliedEffectRow, key)
            if done is not None:
                return done.reference
            told = await _meaning(session, effect)
            undo = [await _put(session, change, case_of(key)) for change in told]
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
            await alone(session)
            done = await session.get(AppliedEffectRow, key)
            if done is None:
                return f"{effect.kind} was not in force."
            for change in reversed(done.undo):
                await _put_back(session, change, case_of(key))
            await session.delete(done)
            return f"{done.reference} taken back"


async def _meaning(session: AsyncSession, effect: Effect) -> list[Fact]:
    """The facts as they are once *effect* is in force. Raises EffectRefused."""
    try:
        if isinstance(effect, shipping.ShippingEffect):
            return await shipping.meaning(session, effect)
        if isinstance(effect, content.ContentEffect):
            return await content.meaning(session, effect)
        if isinstance(effect, lots.LotEffect):
            return await lots.meaning(session, effect)
        return [await planning.meaning(session, effect)]
    except NotInSystem as missing:
        raise EffectRefused(str(missing)) from missing


async def _holds(session: AsyncSession, effect: Effect) -> bool:
    """Whether the plant says what *effect* said. Later changes by others to other fields do not matter."""
    kind, key, wanted = _said(effect)
    row = await session.get(FactRow, (kind.kind, effect.site, key))
    if row is None:
        return False
    told = kind.model_validate(row.body)
    return all(getattr(told, field) == value for field, value in wanted.items())


def _said(effect: Effect) -> tuple[type[Fact], str, dict[str, Any]]:
    """Of which fact *effect* says what."""
    if isinstance(effect, shipping.ShippingEffect):
        return shipping.said(effect)
    if isinstance(effect, content.ContentEffect):
        return content.said(effect)
    if isinstance(effect, lots.LotEffect):
        return lots.said(effect)
    return planning.said(effect)


async def _put(session: AsyncSession, told: Fact, by: str) -> dict[str, Any]:
    """What it takes to put the fact back, after it has been written for the case *by*."""
    row = await session.get(FactRow, (told.kind, told.site, told.key))
    before = None if row is None else {"body": row.body, "source": row.source, "version": row.version}
    now = datetime.now(UTC)
    version = digest([told.model_dump(mode="json"), None if row is None else row.version])[:12]
    await keep_fact(session, Reading(fact=told, source=SOURCE, version=version, as_of=now), by=by)
    return {"kind": told.kind, "site": told.site, "key": told.key, "before": before}


async def _put_back(session: AsyncSession, change: dict[str, Any], by: str) -> None:
    if change["before"] is None:
        await drop_fact(session, KINDS[change["kind"]], change["site"], change["key"], by=by)
        return
    told = fact_of(change["kind"], change["before"]["body"])
    version = digest([change["before"]["version"], "put back"])[:12]
    await keep_fact(session, Reading(fact=told, source=SOURCE, version=version, as_of=datetime.now(UTC)), by=by)
