"""What the planner itself made of a plan: one line for each operation it planned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connectors.frepple.tables import UnreadablePlan, moment

_LINE = re.compile(r"^(.*?),(\d{4}-\d\d-\d\d [\d:]+),(\d{4}-\d\d-\d\d [\d:]+),([\d.]+)(?:,(.*))?$")


@dataclass(frozen=True)
class Planned:
    """An operation as the planner placed it."""

    operation: str
    starts_at: datetime
    ends_at: datetime
    quantity: Decimal
    batch: str | None = None

    @property
    def ships(self) -> bool:
        """Whether it delivers to a customer."""
        return self.operation.startswith("Ship ") and " from " not in self.operation


def planned(line: str, zone: str) -> Planned:
    """What one line of the planner's result says. Raises UnreadablePlan."""
    parts = _LINE.match(line)
    if parts is None:
        raise UnreadablePlan(f"{line!r} is no line of a planner's result.")
    operation, start, end, quantity, batch = parts.groups()
    return Planned(operation, moment(start, zone), moment(end, zone), Decimal(quantity), batch or None)
