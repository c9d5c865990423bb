"""What a case about a disturbed work centre knows: what was reported, for how long, and what could be done."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from pydantic import AwareDatetime

from domain.adjustment.findings import DisturbedScheduleFound
from domain.case import CaseFile, PastAnswer, Request
from domain.schedule.known import Outage
from domain.subject import Identifier


class ScheduleAdjustmentRequest(Request):
    """What disturbs the plan, and where."""

    work_center: Identifier
    machines: int | None = None
    """How many of its machines cannot work; nothing means all."""
    since: AwareDatetime | None = None
    """Nothing means from now on."""
    until: AwareDatetime | None = None
    """Nothing means that somebody there must say."""

    @property
    def subject_key(self) -> str:
        """The work centre."""
        return self.work_center


def adjusted(file: CaseFile) -> DisturbedScheduleFound | None:
    """What could be done, where that could be worked out."""
    found = file.found("schedule")
    return DisturbedScheduleFound.model_validate(found.values) if found is not None and found.values else None


def outages(file: CaseFile) -> tuple[Outage, ...]:
    """Every time in which machines cannot work, as far as it is known how long."""
    said = file.answered("triage")
    asked = [cast(ScheduleAdjustmentRequest, request) for request in (file.request, *file.further)]
    return tuple(
        Outage(one.work_center, one.since or file.opened_at, until, one.machines)
        for one in asked
        if (until := one.until or _said_until(said)) is not None
    )


def _said_until(said: PastAnswer | None) -> datetime | None:
    return None if said is None or "until" not in said.values else datetime.fromisoformat(said.values["until"])
