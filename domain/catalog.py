"""Every process there is."""

from __future__ import annotations

from domain.process import Process
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.processes.order_change import ORDER_CHANGE
from domain.processes.quality_alert import QUALITY_ALERT
from domain.processes.quality_hold import QUALITY_HOLD
from domain.processes.schedule_adjustment import SCHEDULE_ADJUSTMENT
from domain.processes.shortage import SHORTAGE

PROCESSES: dict[str, Process] = {
    process.name: process
    for process in (ORDER_CHANGE, SCHEDULE_ADJUSTMENT, SHORTAGE, QUALITY_HOLD, QUALITY_ALERT, DISPATCH_RELEASE)
}


def process_of(case_id: str) -> Process:
    """The process that the number of a case begins with. Raises KeyError."""
    prefix = case_id.partition("-")[0]
    for process in PROCESSES.values():
        if process.prefix == prefix:
            return process
    raise KeyError(case_id)
