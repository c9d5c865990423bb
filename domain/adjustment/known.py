"""What a case about a disturbed work centre knows: what was reported, for how long, and what could be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import cast

from domain.adjustment.findings import DisturbanceFound, DisturbedScheduleFound
from domain.adjustment.requested import ScheduleAdjustmentRequest
from domain.case import CaseFile, PastAnswer
from domain.master_data import OutsideCapacity
from domain.roles import Role
from domain.schedule.known import Outage
from domain.schedule.options import ScheduleOption
from domain.schedule.outside import usable

TIME_IS_LOST = ("MACHINE", "LABOUR", "TOOL", "QUALITY", "MAINTENANCE", "OTHER")
"""Reasons for which machines stand still. For all others the facts say already what has changed."""


OUTSIDE = "outside"
"""What the buyer is asked: who else would do the work."""

UNANSWERED = "unanswered"
"""What becomes of the decision when nobody takes it in time, and production may take it alone."""


def disturbance(file: CaseFile) -> DisturbanceFound | None:
    """How the work centre is, where that could be looked up."""
    return file.finding("disturbance", DisturbanceFound)


def adjusted(file: CaseFile) -> DisturbedScheduleFound | None:
    """What could be done, where that could be worked out."""
    return file.finding("schedule", DisturbedScheduleFound)


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


def offered(file: CaseFile) -> tuple[OutsideCapacity, ...]:
    """
    What the buyer was offered by others, who are approved by whoever agrees to the plan that makes use of it.

    When he could not have a plan's work done after all, what he was offered before counts no more.
    """
    handed_on = file.answered(Role.BUYER)
    refused = handed_on.step if handed_on is not None and handed_on.choice == "refuse" else 0
    return tuple(
        OutsideCapacity(
            site=file.site, offer=f"{file.id}-{said.step}", work_center=file.subject, approved=True,
            supplier=said.values["supplier"], price_per_hour=Decimal(said.values["price_per_hour"]),
            lead_days=Decimal(said.values["lead_days"]),
            valid_until=datetime.fromisoformat(said.values["valid_until"]),
        )
        for said in file.answers
        if said.topic == OUTSIDE and said.choice == "offered" and said.step > refused
    )  # fmt: skip


def left_to_production(file: CaseFile, found: DisturbedScheduleFound) -> bool:
    """Whether no planner answered in time, and production may go on alone with some of what was *found*."""
    decided = [past.choice for past in file.answers if past.topic == "decision"]
    if file.state == "committing":
        decided = decided[:-1]  # what is being written; who could say so, was said by the one before
    return bool(found.local) and decided[-1:] == [UNANSWERED]


def chosen_plan(file: CaseFile) -> ScheduleOption | None:
    """The plan that was chosen; nothing where somebody moved the case by hand, and there is none."""
    found, taken = adjusted(file), file.chosen
    if found is None or taken is None:
        return None
    return next((option for option in found.options if option.kind == taken.name), None)


def sent_out(file: CaseFile) -> tuple[str, ...]:
    """What others do by the chosen plan, each with who, until when and for how much."""
    plan = chosen_plan(file)
    return tuple(sent.in_words for sent in plan.outside) if plan is not None else ()


def others_wanted(file: CaseFile, held_up: Sequence[str]) -> tuple[str, ...]:
    """Of what is *held_up* and nobody else would do, that for which the buyer has still to ask around."""
    if not any(one.reason in TIME_IS_LOST for one in _asked(file)):
        return ()  # it waits for material or papers, which it would elsewhere as well
    latest = file.answered(OUTSIDE)
    ran_out = latest is not None and latest.choice == "offered" and not usable(offered(file)[-1:], file.at)
    return tuple(held_up) if latest is None or ran_out else ()


def _asked(file: CaseFile) -> list[ScheduleAdjustmentRequest]:
    return [cast(ScheduleAdjustmentRequest, request) for request in (file.request, *file.further)]


def _said_until(said: PastAnswer | None) -> datetime | None:
    return None if said is None or "until" not in said.values else datetime.fromisoformat(said.values["until"])
