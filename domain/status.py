"""The one status of an order line, worked out from the facts: nobody types it, so nobody is out of step.

The stages are tried in a fixed order and the first that fits counts (processes 1.0.11). Unknown is never
ready: what no source says is in hand, cleared or usable does not count as if it were.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.evidence import Reason
from domain.fact import Reading
from domain.order_line.known import LineFacts, OpenCase
from domain.order_line.precedence import PRECEDENCE, changes
from domain.order_line.stage import LineStage
from domain.standing.standing import Cause, cause_of


class OrderLineStatus(BaseModel):
    """Where an order line is, who has to do something, and when it will be there."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    site: str
    order: str
    line: str
    status: LineStage
    since: AwareDatetime
    """Since when at the latest: when the newest of the facts that make it so was told, or a change asked."""
    waiting_on: str | None
    """The role that has to act next, or ``carrier``; nothing when all is over."""
    next_due: AwareDatetime | None
    """By when: the deadline of the case, the date the shipment must leave, the next work to start or end, or
    the date the line is due."""
    projected_at: AwareDatetime | None
    """When all that has not left yet can be ready; nothing when not known, or when nothing is left."""
    promised_at: AwareDatetime | None
    lateness: timedelta | None
    """How long after the promise it will be ready, zero if in time; where that is not known, how late it is
    already. An ISO 8601 duration such as ``P1DT4H``. Nothing without a promise, or when nothing is left."""
    cause: Cause | None = None
    """What kind of thing is in the way, or with whom it waits if it is late; nothing where neither is so."""
    open_cases: tuple[OpenCase, ...]
    reasons: tuple[Reason, ...]
    """What stands in the way, about which thing, and who can mend it."""
    percent: int | None
    """Of the work of the line's own jobs that is done; nothing if it has none."""
    as_of: AwareDatetime
    """What any source said longest ago of the line, its jobs, shipments and lots."""


def order_line_status(known: LineFacts) -> OrderLineStatus:
    """The status of the line, from all that is known of it."""
    stage, fit = next((stage, fit) for stage, rule in PRECEDENCE if (fit := rule(known)) is not None)
    line = known.line.fact
    rests_on: list[Reading[Any]] = [known.line, *fit.rests_on]
    since = max(reading.as_of for reading in rests_on)
    if stage is LineStage.CHANGE_PENDING:
        since = min(case.opened_at for case in changes(known))
    over = stage in (LineStage.CANCELLED, LineStage.CLOSED, LineStage.DELIVERED)
    projected_at = None if over else known.projected_at
    lateness = None if over or not known.left else _lateness(line.promised_at, projected_at, known.now)
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
        lateness=lateness,
        cause=cause_of(fit.reasons, lateness, fit.waiting_on),
        open_cases=known.open_cases,
        reasons=fit.reasons,
        percent=known.percent_made,
        as_of=min(r.as_of for r in _basis(known)),
    )


def _basis(known: LineFacts) -> list[Reading[Any]]:
    return [known.line, *known.jobs, *known.shipments, *known.lots]


def _lateness(promised: datetime | None, projected: datetime | None, now: datetime) -> timedelta | None:
    if promised is None or (projected is None and now <= promised):
        return None
    return max((projected or now) - promised, timedelta(0))
