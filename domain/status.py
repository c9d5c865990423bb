"""The one status of an order line, worked out from the facts. Nobody types it, so nobody can be out of step with it.

The statuses are tried in a fixed order and the first that fits counts (processes 1.0.11). Unknown is never ready:
what no source says is in hand, cleared or known to be usable does not count as if it were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.checks.work_in_process import has_started
from domain.evidence import Reason
from domain.facts import JobStatus, LineStatus, Lot, LotStatus, Reading, Shipment, ShipmentStatus
from domain.line_facts import LineFacts, OpenCase, Shortage
from domain.roles import Role
from domain.supply import NONE, usable

PREPARED = (ShipmentStatus.PICKED, ShipmentStatus.APPROVED)
NOT_BEGUN = (ShipmentStatus.PLANNED, *PREPARED)
CHANGING = "order_change"
CARRIER = "carrier"


class LineStage(StrEnum):
    """How far an order line has come, in the order in which the stages are tried."""

    CANCELLED = "cancelled"
    """The order book says so."""
    CLOSED = "closed"
    """The order book says so."""
    DELIVERED = "delivered"
    """The order book says so, or shipments that were delivered hold all that was ordered."""
    SHIPPED = "shipped"
    """All that was ordered has left the site, by the order book or by the shipments."""
    LOADING = "loading"
    """Goods of the line are being loaded, if only a part: from now on only dispatch may interrupt."""
    RELEASED_FOR_DISPATCH = "released_for_dispatch"
    """Approved shipments take all that is left, and nothing known speaks against the lots they name."""
    ON_QUALITY_HOLD = "on_quality_hold"
    """Every lot that could be delivered is held: on hold, or with a required inspection failed. Those are the lots
    that shipments name; where none does, the item's lots, unless other supply is there in time."""
    CHANGE_PENDING = "change_pending"
    """A change of the line has been asked for and its case has not ended."""
    DISPATCH_BLOCKED = "dispatch_blocked"
    """The goods are in hand, or picked, and a reason is known why they may not leave."""
    READY_TO_SHIP = "ready_to_ship"
    """All that is left lies there, cleared by quality, without taking from anybody else; and the line's jobs are done,
    unless it is reserved."""
    AWAITING_QA = "awaiting_qa"
    """It would be ready if quality passed what it still looks at."""
    IN_PRODUCTION = "in_production"
    """A job of the line has begun and is not settled."""
    MATERIAL_SHORT = "material_short"
    """A job of the line that has not begun will lack material when it starts; or, if the item is only bought and has
    no job, what is on hand and on order is not enough in time."""
    SCHEDULED = "scheduled"
    """The line has an open job; or a promise or reservation that supply with a date covers."""
    PROMISED = "promised"
    """It has a promised date and nothing else."""
    UNPROMISED = "unpromised"
    """Not even that."""


class OrderLineStatus(BaseModel):
    """Where an order line is, who has to do something, and when it will be there."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    site: str
    order: str
    line: str
    status: LineStage
    since: AwareDatetime
    """Since when at the latest: when the newest of the facts that make it so was told, or the change asked for."""
    waiting_on: str | None
    """The role that has to act next, or ``carrier``; nothing when all is over."""
    next_due: AwareDatetime | None
    """By when: the deadline of the case, the date the shipment must leave, the next work to start or end, the date
    the line is due."""
    projected_at: AwareDatetime | None
    """When all that has not left yet can be ready; nothing when not known, or when nothing is left."""
    promised_at: AwareDatetime | None
    lateness: timedelta | None
    """How long after the promise it will be ready, zero if in time; at least how late it is already where the
    projection is unknown. An ISO 8601 duration such as ``P1DT4H``. Nothing without a promise, or when nothing is left."""
    open_cases: tuple[OpenCase, ...]
    reasons: tuple[Reason, ...]
    """What stands in the way, about which thing, and who can mend it."""
    percent: int | None
    """Of the work of the line's own jobs that is done; nothing if it has none."""
    as_of: AwareDatetime
    """What any source said longest ago of the line, its jobs, shipments and lots."""


class _Fit(NamedTuple):
    """Why a stage fits."""

    rests_on: Iterable[Reading[Any]]
    waiting_on: str | None = None
    next_due: datetime | None = None
    reasons: tuple[Reason, ...] = ()


def order_line_status(known: LineFacts) -> OrderLineStatus:
    """The status of the line, from all that is known of it."""
    stage, fit = next((stage, fit) for stage, rule in PRECEDENCE if (fit := rule(known)) is not None)
    line = known.line.fact
    rests_on = [known.line, *fit.rests_on]
    since = max(reading.as_of for reading in rests_on)
    if stage is LineStage.CHANGE_PENDING:
        since = min(case.opened_at for case in _changes(known))
    over = stage in (LineStage.CANCELLED, LineStage.CLOSED, LineStage.DELIVERED)
    projected_at = None if over else known.projected_at
    return OrderLineStatus(
        site=line.site,
        order=line.order,
        line=line.line,
        status=stage,
        since=since,
        waiting_on=fit.waiting_on,
        next_due=fit.next_due,
        projected_at=projected_at,
        promised_at=line.promised_at,
        lateness=None if over or not known.left else _lateness(line.promised_at, projected_at, known.now),
        open_cases=known.open_cases,
        reasons=fit.reasons,
        percent=known.percent_made,
        as_of=min(r.as_of for r in (known.line, *known.jobs, *known.shipments, *known.lots)),
    )


def _lateness(promised: datetime | None, projected: datetime | None, now: datetime) -> timedelta | None:
    if promised is None or (projected is None and now <= promised):
        return None
    return max((projected or now) - promised, timedelta(0))


def _said(status: LineStatus) -> Callable[[LineFacts], _Fit | None]:
    return lambda known: _Fit(()) if known.line.fact.status is status else None


def _delivered(known: LineFacts) -> _Fit | None:
    quantity = known.line.fact.quantity
    arrived = quantity > 0 and known.shipped_in(ShipmentStatus.DELIVERED) >= quantity
    return _Fit(known.shipments) if arrived or known.line.fact.status is LineStatus.DELIVERED else None


def _shipped(known: LineFacts) -> _Fit | None:
    gone = known.line.fact.quantity > 0 and not known.left
    return _Fit(known.shipments, CARRIER, known.line.fact.due_at) if gone else None


def _loading(known: LineFacts) -> _Fit | None:
    loading = _shipments(known, ShipmentStatus.LOADING)
    return _Fit(loading, Role.WAREHOUSE, _leaves_at(known, loading)) if loading else None


def _released(known: LineFacts) -> _Fit | None:
    approved = _shipments(known, ShipmentStatus.APPROVED)
    enough = bool(known.left) and known.shipped_in(ShipmentStatus.APPROVED) >= known.left
    if not enough or _against(known, approved):
        return None
    return _Fit(approved, Role.WAREHOUSE, _leaves_at(known, approved))


def _on_quality_hold(known: LineFacts) -> _Fit | None:
    named = known.lots_named_by(r.fact for r in _shipments(known, *NOT_BEGUN))
    in_time = known.projected_at is not None and known.projected_at <= known.line.fact.due_at
    if not known.left or (not named and in_time):
        return None
    wanted = [r for r in known.lots if (r.fact.lot in named if named else _deliverable(known, r.fact))]
    all_known = named <= {r.fact.lot for r in wanted}
    if not wanted or not all_known or not all(_held(known, r.fact) for r in wanted):
        return None
    reasons = tuple(_quality(r.fact, f"{r.fact.quantity:f} in lot {r.fact.lot} are held.") for r in wanted)
    return _Fit(wanted, Role.QUALITY_ENGINEER, _leaves_at(known, _shipments(known, *NOT_BEGUN)), reasons)


def _change_pending(known: LineFacts) -> _Fit | None:
    cases = _changes(known)
    if not cases:
        return None
    # The case that runs can be told from one that waits for it: it was opened first.
    first = min(cases, key=lambda case: case.opened_at)
    return _Fit((), first.owner, first.due_at)


def _dispatch_blocked(known: LineFacts) -> _Fit | None:
    shipments = _shipments(known, *NOT_BEGUN)
    reasons = _against(known, shipments)
    if not known.left or not reasons or not (_all_in_hand(known) or _shipments(known, *PREPARED)):
        return None
    return _Fit((*shipments, *known.lots), reasons[0].owner, _leaves_at(known, shipments), reasons)


def _ready_to_ship(known: LineFacts) -> _Fit | None:
    if not _all_in_hand(known):
        return None
    shipments = _shipments(known, *NOT_BEGUN)
    picked = bool(_shipments(known, *PREPARED))
    waiting_on = Role.SHIPPING_MANAGER if picked else Role.DISPATCH
    return _Fit((*known.lots, *shipments), waiting_on, _leaves_at(known, shipments))


def _awaiting_qa(known: LineFacts) -> _Fit | None:
    if not known.left or known.in_hand_once_inspected < known.left or _still_making(known):
        return None
    owed = [r for r in known.lots if not known.failed(r.fact) and _inspected(known, r.fact) < r.fact.quantity]
    reasons = tuple(_quality(r.fact, f"Lot {r.fact.lot} awaits quality's word.") for r in owed)
    return _Fit(owed, Role.QUALITY_INSPECTOR, _leaves_at(known, _shipments(known, *NOT_BEGUN)), reasons)


def _in_production(known: LineFacts) -> _Fit | None:
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
    return _Fit(begun, Role.PRODUCTION, next_end, reasons)


def _material_short(known: LineFacts) -> _Fit | None:
    if not known.shortages:
        return None
    reasons = tuple(_short(shortage) for shortage in known.shortages)
    needed_at = min(shortage.needed_at for shortage in known.shortages)
    return _Fit((*known.jobs, *known.lots), reasons[0].owner, needed_at, reasons)


def _scheduled(known: LineFacts) -> _Fit | None:
    open_jobs = [r for r in known.jobs if r.fact.open]
    if open_jobs:
        return _Fit(open_jobs, Role.PRODUCTION, min(r.fact.starts_at for r in open_jobs))
    line = known.line.fact
    if known.projected_at is None or (line.promised_at is None and not known.reserved):
        return None
    return _Fit(known.lots, Role.PLANNER, known.projected_at)


def _promised(known: LineFacts) -> _Fit | None:
    promised_at = known.line.fact.promised_at
    return None if promised_at is None else _Fit((), Role.PLANNER, promised_at)


def _unpromised(known: LineFacts) -> _Fit:
    return _Fit((), Role.SALES, known.line.fact.requested_at)


PRECEDENCE: tuple[tuple[LineStage, Callable[[LineFacts], _Fit | None]], ...] = (
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
