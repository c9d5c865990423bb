"""Whether a lot may be used or sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from domain.evidence import Reason
from domain.facts import Lot, LotStatus
from domain.readiness.judgement import Judgement
from domain.release import Hold
from domain.roles import Role
from domain.words import in_words


def flaw(
    lot: Lot,
    until: datetime,
    whose: Collection[str],
    now: datetime,
    *,
    customer: str | None,
    order: str | None = None,
) -> Reason | None:
    """
    Why *lot* is not released, for all, for one of *whose* or for *order*, or not good through *until*.

    Or why it is not for *customer*: it belongs to another.
    """
    if lot.belongs_to_other_than(customer):
        text = f"Lot {lot.lot} belongs to {lot.owner}."
        return Reason(code="owned_by_another", thing=lot.lot, owner=Role.WAREHOUSE, text=text)
    released = lot.status is LotStatus.UNRESTRICTED
    if lot.status is LotStatus.CONDITIONAL:
        released = not set(whose).isdisjoint(lot.allowed_for) or order in lot.allowed_orders
    if not released:
        return _reason(lot, lot.status, f"is {in_words(lot.status)}")
    if lot.status is LotStatus.CONDITIONAL and lot.allowed_until is not None and lot.allowed_until < now:
        return _reason(lot, "condition_over", f"was released until {lot.allowed_until:%Y-%m-%d %H:%M} only")
    if lot.expires_at is not None and lot.expires_at < until:
        return _reason(lot, "expired", f"is good through {lot.expires_at:%Y-%m-%d %H:%M} only")
    return None


def stopped(judgement: Judgement, item: str, lot: str) -> Reason | None:
    """Why *lot* of *item* must not be used or leave although no source has said so yet, or told of it at all."""
    of_lot = judgement.every(Hold, Role.QUALITY_ENGINEER, lambda h: (h.item, h.lot) == (item, lot))
    return next((held(hold) for hold in of_lot if hold.active), None)


def held(hold: Hold) -> Reason:
    """Why a lot that is held must not be used."""
    why = hold.because.rstrip(".") or "no reason was given"
    text = f"Lot {hold.lot} is on hold ({hold.severity}): {why}."
    return Reason(code="on_hold", thing=hold.lot, owner=Role.QUALITY_ENGINEER, text=text)


def _reason(lot: Lot, code: str, text: str) -> Reason:
    return Reason(code=code, thing=lot.lot, owner=Role.QUALITY_ENGINEER, text=f"Lot {lot.lot} {text}.")
