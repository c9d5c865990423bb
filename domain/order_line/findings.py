"""The evidence on an order line, read back from the case into what the checks found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar, cast

from domain.case import CaseFile
from domain.checks.availability import AvailabilityFound
from domain.checks.capacity import CapacityFound
from domain.checks.dispatch import DispatchFound
from domain.checks.finding import FRESH, Found
from domain.checks.order import OrderFound
from domain.checks.pegging import PeggingFound
from domain.checks.work_in_process import WorkInProcessFound
from domain.evidence import Reason, Verdict, worst
from domain.facts import OrderLine
from domain.need import Need

T = TypeVar("T", bound=Found)


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
        order=found_by("order", OrderFound, file),
        availability=found_by("availability", AvailabilityFound, file),
        capacity=found_by("capacity", CapacityFound, file),
        dispatch=found_by("dispatch", DispatchFound, file),
        work_in_process=found_by("work_in_process", WorkInProcessFound, file),
        pegging=found_by("pegging", PeggingFound, file),
        verdict=worst(tuple(evidence.verdict for evidence in file.evidence)),
        reasons=tuple(reason for evidence in file.evidence for reason in evidence.reasons),
        expires_at=min(lasting, default=file.opened_at),
    )


def found_by(check: str, kind: type[T], file: CaseFile) -> T | None:
    """What *check* of the latest assessment found; nothing where it could not be answered."""
    evidence = file.found(check)
    return None if evidence is None or not evidence.values else kind.model_validate(evidence.values)
