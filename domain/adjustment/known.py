"""What a case about a disturbed work centre knows: what was reported, for how long, and what could be done."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from pydantic import AwareDatetime

from domain.adjustment.findings import DisturbedScheduleFound
from domain.case import CaseFile, PastAnswer, Request
from domain.schedule.known import Outage
from domain.subject import Identifier

TIME_IS_LOST = ("MACHINE", "LABOUR", "TOOL", "QUALITY", "MAINTENANCE", "OTHER")
"""Reasons for which machines stand still. For all others the facts say already what has changed."""


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


def has_to_last(file: CaseFile) -> bool:
    """Whether somebody has to say how long it lasts: time is lost, and nobody knows how much."""
    known = file.answered("triage") is not None
    return not known and any(one.reason in TIME_IS_LOST and one.until is None for one in _asked(file))


def outages(file: CaseFile) -> tuple[Outage, ...]:
    """Every time in which machines cannot work, as far as it is known how long."""
    said = file.answered("triage")
    return tuple(
        Outage(one.work_center, one.since or file.opened_at, until, one.machines)
        for one in _asked(file)
        if one.reason in TIME_IS_LOST and (until := one.until or _said_until(said)) is not None
    )


def _asked(file: CaseFile) -> list[ScheduleAdjustmentRequest]:
    return [cast(ScheduleAdjustmentRequest, request) for request in (file.request, *file.further)]


def _said_until(said: PastAnswer | None) -> datetime | None:
    return None if said is None or "until" not in said.values else datetime.fromisoformat(said.values["until"])
