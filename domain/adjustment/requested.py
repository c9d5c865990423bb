"""What disturbance a case is asked to react to."""

from __future__ import annotations

from domain.case import Request
from domain.fact import Time
from domain.subject import Identifier


class ScheduleAdjustmentRequest(Request):
    """What disturbs the plan, and where."""

    work_center: Identifier
    machines: int | None = None
    """How many of its machines cannot work; nothing means all."""
    since: Time | None = None
    """Nothing means from now on."""
    until: Time | None = None
    """Nothing means that somebody there must say."""

    @property
    def subject_key(self) -> str:
        """The work centre."""
        return self.work_center
