"""Every workflow there is, by the name of its process."""

from __future__ import annotations

from workflows.dispatch_release import DispatchRelease
from workflows.order_change import OrderChange
from workflows.process import ProcessRun
from workflows.quality_alert import QualityAlert
from workflows.quality_hold import QualityHold
from workflows.schedule_adjustment import ScheduleAdjustment
from workflows.shortage import Shortage

WORKFLOWS: dict[str, type[ProcessRun]] = {
    workflow.process.name: workflow
    for workflow in (OrderChange, ScheduleAdjustment, Shortage, QualityHold, QualityAlert, DispatchRelease)
}
