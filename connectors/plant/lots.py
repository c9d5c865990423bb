"""What the effects on lots make of the embedded plant's facts."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.effect import BlockLot, LiftHold, ReleaseLot, WriteOffLot
from domain.fact import Fact
from domain.facts import Inspection, Lot, LotStatus
from domain.ports import EffectRefused
from domain.release import Hold
from storage.facts import fact, facts

LotEffect = BlockLot | ReleaseLot | WriteOffLot | LiftHold

BY_DISPOSITION = "disposition"
"""The name of the result that those who decided on a part of a lot stand for."""


async def meaning(session: AsyncSession, effect: LotEffect) -> list[Fact]:
    """The facts as they are once *effect* is in force. Raises EffectRefused, NotInSystem."""
    key = f"{effect.item}:{effect.lot}"
    if isinstance(effect, LiftHold):
        return [(await fact(session, Hold, effect.site, key)).fact.model_copy(update={"active": False})]
    lot = (await fact(session, Lot, effect.site, key)).fact
    if isinstance(effect, BlockLot):
        return [lot.model_copy(update={"status": LotStatus.ON_HOLD})]
    if effect.quantity > lot.quantity:
        raise EffectRefused(f"Of {effect.lot} only {lot.quantity.normalize():f} are left.")
    rest = lot.model_copy(update={"quantity": lot.quantity - effect.quantity})
    if isinstance(effect, WriteOffLot):
        return [rest]
    good = lot.model_copy(update={"quantity": effect.quantity, "status": LotStatus.UNRESTRICTED, "lot": effect.as_lot})
    cleared = [*await _results(session, lot), _result(lot)] if effect.as_lot == lot.lot else [_result(good)]
    passed = {"lot": effect.as_lot, "result": "pass", "covered": effect.quantity}
    kept = [] if effect.as_lot == lot.lot else [rest]
    return [good, *kept, *(told.model_copy(update=passed) for told in cleared)]


def said(effect: LotEffect) -> tuple[type[Fact], str, dict[str, Any]]:
    """Of which fact *effect* says what."""
    if isinstance(effect, LiftHold):
        return Hold, f"{effect.item}:{effect.lot}", {"active": False}
    if isinstance(effect, BlockLot):
        return Lot, f"{effect.item}:{effect.lot}", {"status": LotStatus.ON_HOLD}
    if isinstance(effect, ReleaseLot):
        return Lot, f"{effect.item}:{effect.as_lot}", {"quantity": effect.quantity, "status": LotStatus.UNRESTRICTED}
    return Lot, f"{effect.item}:{effect.lot}", {}


async def _results(session: AsyncSession, lot: Lot) -> list[Inspection]:
    known = await facts(session, Inspection, lot.site, item=lot.item)
    return [told.fact for told in known if told.fact.lot == lot.lot and told.fact.inspection != BY_DISPOSITION]


def _result(lot: Lot) -> Inspection:
    return Inspection(site=lot.site, item=lot.item, lot=lot.lot, inspection=BY_DISPOSITION)
