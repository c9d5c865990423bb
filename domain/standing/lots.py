"""Where a lot is. The stages are tried in a fixed order and the first that fits counts (processes 1.0.11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from domain.evidence import Reason
from domain.fact import Reading
from domain.facts import GONE, OVER, Inspection, Lot, LotStatus, Shipment
from domain.order_line.known import OpenCase
from domain.readiness.judgement import Known
from domain.readiness.lots import held
from domain.release import Hold
from domain.roles import Role
from domain.standing.standing import Fit, Standing, standing


class LotStage(StrEnum):
    """What may be done with a lot, in the order in which the stages are tried."""

    SHIPPED = "shipped"
    """Nothing of it is left, and shipments that have gone took of it."""
    CONSUMED = "consumed"
    """Nothing of it is left."""
    REJECTED = "rejected"
    """Its source says so."""
    ON_HOLD = "on_hold"
    """Its source says so, somebody holds it here, or it failed a required inspection."""
    EXPIRED = "expired"
    """It was good through an instant that is over."""
    IN_INSPECTION = "in_inspection"
    """Its source says so, or a required inspection has no result."""
    CONDITIONAL = "conditional"
    """Its source says so: it may go to some."""
    UNRESTRICTED = "unrestricted"
    """Nothing of the above."""


def lot_standing(lot: Reading[Lot], known: Known, open_cases: tuple[OpenCase, ...] = ()) -> Standing:
    """The status of *lot*, from all that is known of it."""
    told = lot.fact
    inspections = known.every(Inspection, told.site, lambda i: (i.item, i.lot) == (told.item, told.lot))
    holds = known.every(Hold, told.site, lambda h: (h.item, h.lot) == (told.item, told.lot))
    taking = [s.fact for s in known.every(Shipment, told.site, lambda s: any(told.lot in e.lots for e in s.lines))]
    needed = min((s.ship_by for s in taking if s.status not in OVER), default=None)
    required = [inspection.fact for inspection in inspections if inspection.fact.required]
    fit = _fit(told, required, [hold.fact for hold in holds], taking, needed, known.now)
    return standing(
        lot,
        _as_its_case_waits(fit, open_cases),
        [*inspections, *holds],
        projected_at=None,
        promised_at=needed,
        open_cases=open_cases,
    )


def _fit(
    lot: Lot,
    required: list[Inspection],
    holds: list[Hold],
    taking: list[Shipment],
    needed: datetime | None,
    now: datetime,
) -> Fit:
    if not lot.quantity:
        gone = any(shipment.status in GONE for shipment in taking)
        return Fit(LotStage.SHIPPED if gone else LotStage.CONSUMED, over=True)
    if lot.status is LotStatus.REJECTED:
        return _waits(LotStage.REJECTED, lot, "is rejected", needed)
    stopped = _stopped(lot, required, holds)
    if stopped:
        return Fit(LotStage.ON_HOLD, Role.QUALITY_ENGINEER, needed, stopped)
    if lot.expires_at is not None and lot.expires_at < now:
        return _waits(LotStage.EXPIRED, lot, f"was good through {lot.expires_at:%Y-%m-%d %H:%M}", needed)
    owed = [inspection for inspection in required if inspection.result == "open"]
    if owed or lot.status is LotStatus.IN_INSPECTION:
        names = ", ".join(inspection.inspection for inspection in owed) or "its inspection"
        reason = _reason("inspection_open", lot, f"awaits {names}", Role.QUALITY_INSPECTOR)
        return Fit(LotStage.IN_INSPECTION, Role.QUALITY_INSPECTOR, needed, (reason,))
    stage = LotStage.CONDITIONAL if lot.status is LotStatus.CONDITIONAL else LotStage.UNRESTRICTED
    return Fit(stage, None, lot.expires_at)


def _as_its_case_waits(fit: Fit, open_cases: tuple[OpenCase, ...]) -> Fit:
    """The same; of a lot on hold, for whom and until when its case waits, if there is one."""
    if fit.stage != LotStage.ON_HOLD or not open_cases:
        return fit
    return replace(fit, waiting_on=open_cases[0].owner, next_due=open_cases[0].due_at)


def _stopped(lot: Lot, required: list[Inspection], holds: list[Hold]) -> tuple[Reason, ...]:
    said = [_reason("on_hold", lot, "is on hold")] if lot.status is LotStatus.ON_HOLD else []
    here = [held(hold) for hold in holds if hold.active]
    failed = [
        _reason("inspection_failed", lot, f"failed {inspection.inspection}")
        for inspection in required
        if inspection.result == "fail"
    ]
    return (*here, *said, *failed)


def _waits(stage: LotStage, lot: Lot, text: str, needed: datetime | None) -> Fit:
    return Fit(stage, Role.QUALITY_ENGINEER, needed, (_reason(stage, lot, text),))


def _reason(code: str, lot: Lot, text: str, owner: Role = Role.QUALITY_ENGINEER) -> Reason:
    return Reason(code=code, thing=lot.lot, owner=owner, text=f"Lot {lot.lot} {text}.")
