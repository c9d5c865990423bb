"""What the effects on lots make of the embedded plant's facts."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.effect import (
    BlockLot,
    HoldAgain,
    LiftHold,
    PartLot,
    RegradeLot,
    ReleaseLot,
    ReviseHoldRule,
    UnblockLot,
    WriteOffLot,
)
from domain.fact import Fact
from domain.facts import Inspection, Lot, LotStatus
from domain.master_data import Item
from domain.ports import EffectRefused
from domain.release import Hold, HoldRule
from storage.facts import fact, facts, facts_by

LotEffect = (
    BlockLot | ReleaseLot | RegradeLot | PartLot | WriteOffLot | UnblockLot | HoldAgain | LiftHold | ReviseHoldRule
)

BY_DISPOSITION = "disposition"
"""The name of the result that those who decided on a part of a lot stand for."""


async def meaning(session: AsyncSession, effect: LotEffect) -> list[Fact]:
    """The facts as they are once *effect* is in force. Raises EffectRefused, NotInSystem."""
    if isinstance(effect, ReviseHoldRule):
        rule = (await fact(session, HoldRule, effect.site, f"{effect.by}:{effect.of}")).fact
        return [rule.model_copy(update=effect.scope)]
    key = f"{effect.item}:{effect.lot}"
    if isinstance(effect, LiftHold | HoldAgain):
        again = {"active": True, "because": effect.because} if isinstance(effect, HoldAgain) else {"active": False}
        hold = (await fact(session, Hold, effect.site, key)).fact
        return [hold.model_copy(update=again), *await _of_what_it_became(session, hold, active=bool(again["active"]))]
    if isinstance(effect, UnblockLot):
        hold = (await fact(session, Hold, effect.site, key)).fact
        made_of_it = await _of_what_it_became(session, hold, active=False, false_alarm=True)
        # Of a lot that no system has told of there is nothing but the hold.
        known = await facts_by(session, Lot, effect.site, "key", (key,))
        free = [await _free(session, told.fact) for told in known]
        return [*free, hold.model_copy(update={"active": False}), *made_of_it]
    lot = (await fact(session, Lot, effect.site, key)).fact
    if isinstance(effect, BlockLot):
        return [lot.model_copy(update={"status": LotStatus.ON_HOLD})]
    if effect.quantity > lot.quantity:
        raise EffectRefused(f"Of {effect.lot} only {lot.quantity.normalize():f} are left.")
    rest = lot.model_copy(update={"quantity": lot.quantity - effect.quantity})
    if isinstance(effect, WriteOffLot):
        return [rest]
    if isinstance(effect, PartLot):
        return [rest, *await _parted(session, lot, effect)]
    if isinstance(effect, RegradeLot):
        return [rest, *await _regraded(session, lot, effect)]
    good = lot.model_copy(update=_terms(effect, lot))
    let_go = await _let_go(session, lot, good)
    cleared = [*await _results(session, lot), _result(lot)] if effect.as_lot == lot.lot else [_result(good)]
    kept = [] if effect.as_lot == lot.lot else [rest]
    return [good, *kept, *let_go, *(_cleared(told, effect) for told in cleared)]


async def _free(session: AsyncSession, lot: Lot) -> Lot:
    """The lot as it is without the hold: what its inspections say."""
    owed = any(told.required and told.result == "open" for told in await _results(session, lot))
    return lot.model_copy(update={"status": LotStatus.IN_INSPECTION if owed else LotStatus.UNRESTRICTED})


async def _of_what_it_became(
    session: AsyncSession, hold: Hold, *, active: bool, false_alarm: bool = False
) -> list[Fact]:
    """Whether what is made of the lot is held with it."""
    known = await facts_by(session, HoldRule, hold.site, "key", (f"lot:{hold.key}",))
    return [told.fact.model_copy(update={"active": active, "false_alarm": false_alarm}) for told in known]


async def _parted(session: AsyncSession, lot: Lot, effect: PartLot) -> list[Fact]:
    """The part, held as the whole is; what was found of the whole is found of it, and what is owed of it, too."""
    hold = (await fact(session, Hold, lot.site, lot.key)).fact
    named = {"lot": effect.as_lot}
    return [
        lot.model_copy(update={**named, "quantity": effect.quantity, "status": LotStatus.ON_HOLD}),
        hold.model_copy(update={**named, "active": True, "case": effect.case}),
        *(told.model_copy(update=named) for told in await _results(session, lot)),
    ]


async def _regraded(session: AsyncSession, lot: Lot, effect: RegradeLot) -> list[Fact]:
    """The part as the other item it is from now on."""
    await fact(session, Item, effect.site, effect.as_item)
    named = {"item": effect.as_item, "lot": effect.as_lot, "quantity": effect.quantity}
    other = lot.model_copy(update={**named, "status": LotStatus.UNRESTRICTED, "revision": None})
    passed = _result(other).model_copy(update={"result": "pass", "covered": effect.quantity})
    return [other, passed, *await _let_go(session, lot, other)]


async def _let_go(session: AsyncSession, lot: Lot, part: Lot) -> list[Fact]:
    """That *part* of a held lot was held, too, and is not any more: somebody has decided on it."""
    if part.key == lot.key:
        return []
    hold = (await fact(session, Hold, lot.site, lot.key)).fact
    return [hold.model_copy(update={"item": part.item, "lot": part.lot, "active": False})]


def _terms(effect: ReleaseLot, lot: Lot) -> dict[str, Any]:
    """What is different about a lot, or a part of it, that is released so."""
    return {
        "lot": effect.as_lot,
        "quantity": effect.quantity,
        "status": LotStatus.CONDITIONAL if effect.conditional else LotStatus.UNRESTRICTED,
        "allowed_for": effect.allowed_for,
        "allowed_orders": effect.allowed_orders,
        "concession": effect.concession,
        "allowed_until": effect.allowed_until,
        "expires_at": effect.good_through or lot.expires_at,
    }


def _cleared(told: Inspection, effect: ReleaseLot) -> Inspection:
    """What the inspection says once those who decided have; what is still owed keeps nobody who may have the lot."""
    if effect.conditional and told.result == "open" and told.inspection != BY_DISPOSITION:
        return told.model_copy(update={"lot": effect.as_lot, "required": False})
    passed = {"lot": effect.as_lot, "result": "pass", "covered": effect.quantity}
    return told.model_copy(update=passed)


def said(effect: LotEffect) -> tuple[type[Fact], str, dict[str, Any]]:
    """Of which fact *effect* says what."""
    if isinstance(effect, ReviseHoldRule):
        return HoldRule, f"{effect.by}:{effect.of}", effect.scope
    if isinstance(effect, LiftHold | UnblockLot):
        return Hold, f"{effect.item}:{effect.lot}", {"active": False}
    if isinstance(effect, HoldAgain):
        return Hold, f"{effect.item}:{effect.lot}", {"active": True}
    if isinstance(effect, BlockLot):
        return Lot, f"{effect.item}:{effect.lot}", {"status": LotStatus.ON_HOLD}
    if isinstance(effect, RegradeLot):
        return Lot, f"{effect.as_item}:{effect.as_lot}", {"quantity": effect.quantity}
    if isinstance(effect, PartLot):
        return Lot, f"{effect.item}:{effect.as_lot}", {"quantity": effect.quantity, "status": LotStatus.ON_HOLD}
    if isinstance(effect, ReleaseLot):
        status = LotStatus.CONDITIONAL if effect.conditional else LotStatus.UNRESTRICTED
        return Lot, f"{effect.item}:{effect.as_lot}", {"quantity": effect.quantity, "status": status}
    return Lot, f"{effect.item}:{effect.lot}", {}


async def _results(session: AsyncSession, lot: Lot) -> list[Inspection]:
    known = await facts(session, Inspection, lot.site, item=lot.item)
    return [told.fact for told in known if told.fact.lot == lot.lot and told.fact.inspection != BY_DISPOSITION]


def _result(lot: Lot) -> Inspection:
    return Inspection(site=lot.site, item=lot.item, lot=lot.lot, inspection=BY_DISPOSITION)
