"""When each stage of an order line fits, and in which order they are tried (processes 1.0.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from domain.availability import NOTHING
from domain.checks.work_in_process import has_started
from domain.evidence import Reason
from domain.fact import Reading
from domain.facts import JobStatus, LineStatus, LotStatus, Shipment, ShipmentStatus
from domain.order_line.known import LineFacts, OpenCase
from domain.order_line.stage import LineStage
from domain.order_line.work import Shortage
from domain.roles import Role
from domain.supply import usable
from domain.words import in_words

PREPARED = (ShipmentStatus.PICKED, ShipmentStatus.APPROVED)
NOT_BEGUN = (ShipmentStatus.PLANNED, *PREPARED)
CHANGING = "order_change"
"""The process whose open cases say that the line is about to be something else."""
CARRIER = "carrier"


class Fit(NamedTuple):
    """Why a stage fits."""

    rests_on: Iterable[Reading[Any]]
    waiting_on: str | None = None
    next_due: datetime | None = None
    reasons: tuple[Reason, ...] = ()


def changes(known: LineFacts) -> list[OpenCase]:
    """The changes of the line that are under way, oldest first."""
    cases = (case for case in known.open_cases if case.process == CHANGING)
    return sorted(cases, key=lambda case: case.opened_at)


def _said(status: LineStatus) -> Callable[[LineFacts], Fit | None]:
    return lambda known: Fit(()) if known.line.fact.status is status else None


def _delivered(known: LineFacts) -> Fit | None:
    quantity = known.line.fact.quantity
    arrived = quantity > 0 and known.shipped_in(ShipmentStatus.DELIVERED) >= quantity
    return Fit(known.shipments) if arrived or known.line.fact.status is LineStatus.DELIVERED else None


def _shipped(known: LineFacts) -> Fit | None:
    gone = known.line.fact.quantity > 0 and not known.left
    return Fit(known.shipments, CARRIER, known.line.fact.due_at) if gone else None


def _loading(known: LineFacts) -> Fit | None:
    loading = _shipments(known, ShipmentStatus.LOADING)
    return Fit(loading, Role.WAREHOUSE, _leaves_at(known, loading)) if loading else None


def _released(known: LineFacts) -> Fit | None:
    approved = _shipments(known, ShipmentStatus.APPROVED)
    enough = bool(known.left) and known.shipped_in(ShipmentStatus.APPROVED) >= known.left
    if not enough or _against(known, approved):
        return None
    return Fit(approved, Role.WAREHOUSE, _leaves_at(known, approved))


def _on_quality_hold(known: LineFacts) -> Fit | None:
    shipments = _shipments(known, *NOT_BEGUN)
    named = _named(known, shipments)
    in_time = known.projected_at is not None and known.projected_at <= known.line.fact.due_at
    if not known.left or (not named and in_time):
        return None
    wanted = [r for r in known.lots if (r.fact.lot in named if named else known.deliverable(r.fact))]
    unknown = named - {r.fact.lot for r in wanted}
    if not wanted or unknown or not all(known.held(r.fact) for r in wanted):
        return None
    reasons = tuple(
        Reason(
            code="on_hold", thing=r.fact.lot, owner=Role.QUALITY_ENGINEER,
            text=f"{r.fact.quantity:f} in lot {r.fact.lot} are held.",
        )
        for r in wanted
    )  # fmt: skip
    rests_on = (*wanted, *known.stopping(wanted))
    return Fit(rests_on, Role.QUALITY_ENGINEER, _leaves_at(known, shipments), reasons)


def _change_pending(known: LineFacts) -> Fit | None:
    # One that waits for another was opened after it.
    running = next(iter(changes(known)), None)
    return None if running is None else Fit((), running.owner, running.due_at)


def _dispatch_blocked(known: LineFacts) -> Fit | None:
    shipments = _shipments(known, *NOT_BEGUN)
    reasons = _against(known, shipments)
    there = _all_in_hand(known) or _shipments(known, *PREPARED)
    if not known.left or not reasons or not there:
        return None
    named = _named(known, shipments)
    stopping = known.stopping(r for r in known.lots if r.fact.lot in named)
    return Fit((*shipments, *known.lots, *stopping), reasons[0].owner, _leaves_at(known, shipments), reasons)


def _ready_to_ship(known: LineFacts) -> Fit | None:
    if not _all_in_hand(known):
        return None
    shipments = _shipments(known, *NOT_BEGUN)
    picked = bool(_shipments(known, *PREPARED))
    waiting_on = Role.SHIPPING_MANAGER if picked else Role.DISPATCH
    return Fit((*known.lots, *shipments), waiting_on, _leaves_at(known, shipments))


def _awaiting_qa(known: LineFacts) -> Fit | None:
    if not known.left or known.in_hand_once_inspected < known.left or _still_making(known):
        return None
    owed = [r for r in known.lots if known.deliverable(r.fact) and not known.held(r.fact)]
    owed = [r for r in owed if r.fact.status is LotStatus.IN_INSPECTION or known.cleared(r.fact) < r.fact.quantity]
    reasons = tuple(
        Reason(
            code="inspection_open", thing=r.fact.lot, owner=Role.QUALITY_INSPECTOR,
            text=f"{r.fact.quantity:f} in lot {r.fact.lot} await a result.",
        )
        for r in owed
    )  # fmt: skip
    return Fit(owed, Role.QUALITY_INSPECTOR, _leaves_at(known, _shipments(known, *NOT_BEGUN)), reasons)


def _in_production(known: LineFacts) -> Fit | None:
    begun = [
        r
        for r in known.jobs
        if r.fact.status is not JobStatus.CLOSED and (has_started(r.fact) or r.fact.status is JobStatus.COMPLETE)
    ]
    if not begun:
        return None
    steps = (step for r in begun for step in r.fact.operations if step.status != "done")
    next_end = min((step.ends_at for step in steps), default=max(r.fact.ends_at for r in begun))
    reasons = tuple(
        Reason(code="job_on_hold", thing=r.fact.job, owner=Role.PRODUCTION, text=f"{r.fact.job} is on hold.")
        for r in begun
        if r.fact.status is JobStatus.ON_HOLD
    )
    return Fit(begun, Role.PRODUCTION, next_end, reasons)


def _material_short(known: LineFacts) -> Fit | None:
    if not known.shortages:
        return None
    reasons = tuple(_short(shortage) for shortage in known.shortages)
    needed_at = min(shortage.needed_at for shortage in known.shortages)
    return Fit((*known.jobs, *known.lots), reasons[0].owner, needed_at, reasons)


def _scheduled(known: LineFacts) -> Fit | None:
    open_jobs = [r for r in known.jobs if r.fact.open]
    if open_jobs:
        return Fit(open_jobs, Role.PRODUCTION, min(r.fact.starts_at for r in open_jobs))
    line = known.line.fact
    if known.projected_at is None or (line.promised_at is None and not known.reserved):
        return None
    return Fit(known.lots, Role.PLANNER, known.projected_at)


def _promised(known: LineFacts) -> Fit | None:
    promised_at = known.line.fact.promised_at
    return None if promised_at is None else Fit((), Role.PLANNER, promised_at)


def _unpromised(known: LineFacts) -> Fit:
    return Fit((), Role.SALES, known.line.fact.requested_at)


def _shipments(known: LineFacts, *statuses: ShipmentStatus) -> list[Reading[Shipment]]:
    return [r for r in known.shipments if r.fact.status in statuses]


def _leaves_at(known: LineFacts, shipments: Sequence[Reading[Shipment]]) -> datetime:
    return min((r.fact.ship_by for r in shipments), default=known.line.fact.due_at)


def _named(known: LineFacts, shipments: Sequence[Reading[Shipment]]) -> set[str]:
    return {lot for r in shipments for lot in known.lots_named_by(r.fact)}


def _all_in_hand(known: LineFacts) -> bool:
    return bool(known.left) and known.in_hand >= known.left and not _still_making(known)


def _still_making(known: LineFacts) -> bool:
    return known.reserved < known.left and any(r.fact.open for r in known.jobs)


def _against(known: LineFacts, shipments: Sequence[Reading[Shipment]]) -> tuple[Reason, ...]:
    """Why goods of the line may not leave in *shipments*."""
    customer = known.customer
    found: list[Reason] = []
    if customer is not None and customer.blocked:
        text = f"{customer.name or customer.customer} is blocked."
        found.append(Reason(code="customer_blocked", thing=customer.customer, owner=Role.FINANCE, text=text))
    lots = {r.fact.lot: r.fact for r in known.lots}
    for name in sorted(_named(known, shipments)):
        lot = lots.get(name)
        if lot is None:
            text = f"Nothing is known of lot {name}."
            found.append(Reason(code="unknown", thing=name, owner=Role.WAREHOUSE, text=text))
        elif known.held(lot) or not usable(lot, known.delivered_at, known.line.fact.customer):
            text = f"Lot {name} may not be delivered: it is {in_words(lot.status)}, or spoilt by then."
            found.append(Reason(code="not_usable", thing=name, owner=Role.QUALITY_ENGINEER, text=text))
    return tuple(found) or tuple(_not_cleared(known, shipments))


def _not_cleared(known: LineFacts, shipments: Sequence[Reading[Shipment]]) -> Iterable[Reason]:
    """However often a lot is split, no more of it leaves than quality has passed."""
    naming = [r for r in shipments if known.lots_named_by(r.fact)]
    named = _named(known, naming)
    taken = sum((known.taken_by(r.fact) for r in naming), NOTHING)
    cleared = sum((known.cleared(r.fact) for r in known.lots if r.fact.lot in named), NOTHING)
    if taken > cleared:
        text = f"{taken:f} are to leave, and quality has passed {cleared:f} of the lots named."
        yield Reason(code="not_cleared", thing=known.line.fact.key, owner=Role.QUALITY_INSPECTOR, text=text)


def _short(shortage: Shortage) -> Reason:
    owner = Role.BUYER if shortage.bought else Role.PLANNER
    cleared = shortage.cleared_at
    until = "no confirmed supply covers them" if cleared is None else f"until {cleared:%Y-%m-%d %H:%M} UTC"
    what = f"{shortage.quantity.normalize():f} {shortage.item}"
    text = f"{what} are short at {shortage.needed_at:%Y-%m-%d %H:%M} UTC; {until}."
    return Reason(code="short", thing=shortage.item, owner=owner, text=text)


PRECEDENCE: tuple[tuple[LineStage, Callable[[LineFacts], Fit | None]], ...] = (
    (LineStage.CANCELLED, _said(LineStatus.CANCELLED)),
    (LineStage.CLOSED, _said(LineStatus.CLOSED)),
    (LineStage.DELIVERED, _delivered),
    (LineStage.SHIPPED, _shipped),
    (LineStage.LOADING, _loading),
    (LineStage.RELEASED_FOR_DISPATCH, _released),
    (LineStage.ON_QUALITY_HOLD, _on_quality_hold),
    (LineStage.CHANGE_PENDING, _change_pending),
    (LineStage.DISPATCH_BLOCKED, _dispatch_blocked),
    (LineStage.READY_TO_SHIP, _ready_to_ship),
    (LineStage.AWAITING_QA, _awaiting_qa),
    (LineStage.IN_PRODUCTION, _in_production),
    (LineStage.MATERIAL_SHORT, _material_short),
    (LineStage.SCHEDULED, _scheduled),
    (LineStage.PROMISED, _promised),
    (LineStage.UNPROMISED, _unpromised),
)
"""The stages and when each fits; the first counts."""
