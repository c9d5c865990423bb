"""The evidence on an order line, read back from the case into what the checks found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from domain.case import CaseFile
from domain.checks.availability import AvailabilityFound
from domain.checks.capacity import CapacityFound
from domain.checks.dispatch import DispatchFound
from domain.checks.finding import FRESH
from domain.checks.order import OrderFound
from domain.checks.pegging import PeggingFound
from domain.checks.work_in_process import WorkInProcessFound
from domain.evidence import Reason, Verdict, worst
from domain.facts import OrderLine
from domain.need import Need


@dataclass(frozen=True)
class Findings:
    """What is known of the line. A check that could not be answered found nothing."""

    before: OrderLine
    order: OrderFound | None
    availability: AvailabilityFound | None
    capacity: CapacityFound | None
    dispatch: DispatchFound | None
    work_in_process: WorkInProcessFound | None
    pegging: PeggingFound | None
    verdict: Verdict
    """Of all checks together."""
    reasons: tuple[Reason, ...]
    expires_at: datetime
    """When the first of the evidence that can expire runs out."""

    @property
    def line(self) -> OrderLine:
        """The line as the order book has it now; as it was before, where the order book does not say."""
        return self.before if self.order is None else self.order.line

    def left(self, need: Need) -> Decimal:
        """How much of *need* is still to be shipped."""
        return max(need.quantity - self.line.shipped, Decimal(0))


def findings(file: CaseFile) -> Findings:
    """What the checks of the latest assessment found."""
    lasting = [evidence.valid_until for evidence in file.evidence if FRESH[evidence.check]]
    return Findings(
        before=cast(OrderLine, file.before.fact),
        order=file.finding("order", OrderFound),
        availability=file.finding("availability", AvailabilityFound),
        capacity=file.finding("capacity", CapacityFound),
        dispatch=file.finding("dispatch", DispatchFound),
        work_in_process=file.finding("work_in_process", WorkInProcessFound),
        pegging=file.finding("pegging", PeggingFound),
        verdict=worst(tuple(evidence.verdict for evidence in file.evidence)),
        reasons=tuple(reason for evidence in file.evidence for reason in evidence.reasons),
        expires_at=min(lasting, default=file.opened_at),
    )
