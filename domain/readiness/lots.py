"""Whether a lot may be used or sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from domain.facts import Lot, LotStatus
from domain.readiness.answer import Answer
from domain.roles import Role


def usable(answer: Answer, lot: Lot, until: datetime, whose: Collection[str]) -> bool:
    """Whether *lot* is released, for all or for one of *whose*, and good through *until*; if not, *answer* says why."""
    quality = Role.QUALITY_ENGINEER
    released = lot.status is LotStatus.UNRESTRICTED
    if lot.status is LotStatus.CONDITIONAL:
        released = not set(whose).isdisjoint(lot.allowed_for)
    if not released:
        answer.false(lot.status, lot.lot, quality, f"Lot {lot.lot} is {lot.status.replace('_', ' ')}.")
        return False
    if lot.expires_at is not None and lot.expires_at < until:
        answer.false("expired", lot.lot, quality, f"Lot {lot.lot} is good through {lot.expires_at:%Y-%m-%d %H:%M}.")
        return False
    return True
