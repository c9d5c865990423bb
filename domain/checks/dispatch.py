"""Whether the line is on its way out already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Reading
from domain.facts import Shipment, ShipmentStatus
from domain.need import Need
from domain.roles import Role


class DispatchFound(Found):
    """The shipments that take goods of the line."""

    shipments: tuple[Shipment, ...]
    in_progress: bool
    """Whether one is being loaded, which only dispatch may interrupt (processes 1.0.10)."""


def asked(need: Need) -> Any:
    """All that the finding depends on besides the facts."""
    return [need.order, need.line]


def judge(need: Need, shipments: Sequence[Reading[Shipment]], at: datetime) -> Evidence:
    """What dispatch says of a change to the line that *need* names."""
    mine = [
        reading
        for reading in shipments
        if any((line.order, line.line) == (need.order, need.line) for line in reading.fact.lines)
        and reading.fact.status is not ShipmentStatus.CANCELLED
    ]
    loading = [r.fact for r in mine if r.fact.status in (ShipmentStatus.LOADING, ShipmentStatus.LOADED)]
    prepared = [r.fact for r in mine if r.fact.status in (ShipmentStatus.PICKED, ShipmentStatus.APPROVED)]
    reasons = [
        Reason(
            code="shipment_in_progress",
            thing=s.shipment,
            owner=Role.DISPATCH,
            text=f"{s.shipment} is being loaded.",
        )
        for s in loading
    ] + [
        Reason(
            code="picked",
            thing=s.shipment,
            owner=Role.DISPATCH,
            text=f"{s.shipment} is {s.status}: it must be redone.",
        )
        for s in prepared
    ]
    verdict = Verdict.FAIL if loading else Verdict.WARN if prepared else Verdict.PASS
    found = DispatchFound(shipments=tuple(r.fact for r in mine), in_progress=bool(loading))
    return evidence("dispatch", found, verdict, reasons, mine, at, asked(need))
