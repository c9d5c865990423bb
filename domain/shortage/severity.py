"""How bad a shortage is, and how fast it must be dealt with (processes 1.4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.calendar import Duration, WorkingCalendar
from domain.draft import days
from domain.master_data import Item
from domain.policy import Zone

_SHIFT: Final = Duration(working=timedelta(hours=8))
_SOON: Final = Duration(working_days=2)


class Severity(StrEnum):
    """By when material is missing."""

    S1 = "S1"
    """A line stands still for it, or will within a shift."""
    S2 = "S2"
    """Within two working days."""
    S3 = "S3"
    """Sooner than new supply comes in the usual way."""
    S4 = "S4"
    """Later than that."""

    @property
    def pressing(self) -> bool:
        """Whether the stock is counted before anybody is alarmed."""
        return self in (Severity.S1, Severity.S2)


ZONES: Final[dict[Severity, Zone]] = {
    Severity.S1: "frozen",
    Severity.S2: "slushy",
    Severity.S3: "liquid",
    Severity.S4: "liquid",
}
"""What the policy is asked with."""
COUNTED_WITHIN: Final = {
    Severity.S1: Duration(clock=timedelta(minutes=30)),
    Severity.S2: Duration(working=timedelta(hours=2)),
}
"""Half of the time there is to decide."""
UNHURRIED: Final = Duration(working_days=3)
"""How long the decision may take where there is time to order in the usual way."""


def severity(since: datetime, now: datetime, calendar: WorkingCalendar, item: Item, *, line_stopped: bool) -> Severity:
    """How bad it is that *item* is missing from *since* on."""
    if line_stopped or since <= calendar.after(now, _SHIFT):
        return Severity.S1
    if since <= calendar.after(now, _SOON):
        return Severity.S2
    usual = [supplier.lead_time_days for supplier in item.suppliers] or [transfer.days for transfer in item.transfers]
    # What is made here has no lead time that anybody has said; it is not put off for that.
    return Severity.S4 if usual and since > now + days(usual[0]) else Severity.S3
