"""Time fences: how near a change may come to the work already under way.

Inside the demand time fence the schedule is frozen; from there to the planning time fence, the cumulative
lead time, it is slushy; beyond it is liquid (APICS; IFS measures both fences in working days).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.calendar import Duration, WorkingCalendar

Zone = Literal["frozen", "slushy", "liquid"]


@dataclass(frozen=True, slots=True)
class Fence:
    """Where the frozen and the slushy zone end."""

    frozen_until: datetime
    slushy_until: datetime

    def zone(self, effective: datetime) -> Zone:
        """The zone in which a change takes effect; a fence itself belongs to the zone behind it."""
        if effective < self.frozen_until:
            return "frozen"
        return "slushy" if effective < self.slushy_until else "liquid"


def effective(old: datetime, new: datetime) -> datetime:
    """When a change of an operation takes effect: at the earlier of its old and its new date."""
    return min(old, new)


def fences(
    now: datetime, demand_time_fence: Duration, planning_time_fence: Duration, calendar: WorkingCalendar
) -> Fence:
    """The fences as they stand *now*; the slushy zone is empty unless the planning fence is the farther.

    Raises NeverWorking when the calendar has no working time to count.
    """
    frozen_until = calendar.after(now, demand_time_fence)
    return Fence(frozen_until, max(frozen_until, calendar.after(now, planning_time_fence)))
