"""What a disturbance does to the schedule, and what could be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from domain.adjustment.departures import Departure, departures
from domain.calendar import WorkingCalendar
from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Reading
from domain.facts import Job, OrderLine
from domain.master_data import OutsideCapacity
from domain.release import MachineState
from domain.roles import Role
from domain.schedule.disturbance import at_planned_work_centers, hit
from domain.schedule.known import KnownSchedule, Outage
from domain.schedule.options import ScheduleOption
from domain.schedule.outside import unusable
from domain.schedule.policy import SchedulePolicy
from domain.schedule.variants import Offers

LONGEST_FROZEN = timedelta(hours=24)
"""What lies further ahead than that is not frozen, however long the shifts are."""


class DisturbanceFound(Found):
    """How the work centre is now."""

    down: bool | None
    """Nothing where nobody said."""
    because: str


class DisturbedScheduleFound(Found):
    """What could be done, best first; nothing while it is not known how long it lasts."""

    options: tuple[ScheduleOption, ...]
    jobs: tuple[Job, ...]
    """Those of which an option moves a step, as they are now."""
    lines: tuple[OrderLine, ...]
    """Those that are worked for."""
    left_out: tuple[str, ...]
    """Jobs that nobody can schedule, each with the reason."""
    nobody_outside_for: tuple[str, ...] = ()
    """What is held up and nobody is known to do in place of the site."""
    offers_left_out: tuple[str, ...] = ()
    """Offers that cannot be taken, each with the reason."""
    local: tuple[str, ...] = ()
    """Which options production may take alone when no planner answers."""
    published: int = 0
    """How often another plan was published for the work centre in this shift."""
    most_changes: int | None = None
    """How often it should be at most."""
    policy_version: str = ""
    """Of the figures by which the options were compared."""
    departures: tuple[Departure, ...] = ()
    """Shipments that take of what an option moves."""
    closed: tuple[str, ...] = ()
    """Work centres and suppliers to which no work can be moved now."""


def judge_machine(work_center: str, told: Reading[MachineState] | None, at: datetime) -> Evidence:
    """Whether the work centre works."""
    down = None if told is None else told.fact.down
    found = DisturbanceFound(down=down, because="" if told is None else told.fact.because)
    text = f"{work_center} is down{f': {found.because}' if found.because else '.'}"
    reasons = [Reason(code="machine_down", thing=work_center, owner=Role.PRODUCTION, text=text)] if down else []
    verdict = Verdict.WARN if down else Verdict.PASS
    return evidence("disturbance", found, verdict, reasons, [] if told is None else [told], at, asked(work_center, ()))


def judge(
    known: KnownSchedule,
    options: Sequence[ScheduleOption],
    readings: Sequence[Reading[Any]],
    at: datetime,
    asked_about: Any,
    policy: SchedulePolicy,
    offers: Offers,
    published: int = 0,
) -> Evidence:
    """What the disturbance comes to, and what could be done."""
    jobs = moved_jobs(options, readings)
    served = {r.fact.line_key for r in readings if isinstance(r.fact, Job) and r.fact.open}
    found = DisturbedScheduleFound(
        options=tuple(options),
        jobs=jobs,
        lines=tuple(r.fact for r in readings if isinstance(r.fact, OrderLine) and r.fact.key in served),
        left_out=tuple(known.left_out.values()),
        nobody_outside_for=tuple(sorted(_held_up(known) - {offer.operation for offer in offers.outside})),
        offers_left_out=unusable((told.fact for told in readings if isinstance(told.fact, OutsideCapacity)), at),
        local=tuple(option.kind for option in options if option.local and policy.local_autonomy),
        published=published,
        most_changes=policy.most_changes,
        policy_version=policy.version,
        departures=tuple(departures(readings, lines_of(jobs))),
        closed=tuple(sorted(known.closed)),
    )
    first = min(options, key=lambda option: option.score, default=None)
    reasons = [
        Reason(
            code="promise_broken", thing=late.commitment, owner=Role.PLANNER,
            text=f"{late.commitment} would be kept at {late.after:%Y-%m-%d %H:%M} UTC, due {late.due:%Y-%m-%d %H:%M}.",
        )
        for late in (first.breaks if first else ())
    ]  # fmt: skip
    verdict = Verdict.WARN if jobs else Verdict.PASS
    return evidence("schedule", found, verdict, reasons, readings, at, asked_about)


def down_without_end(
    states: Iterable[Reading[MachineState]], outages: Iterable[Outage]
) -> tuple[Reading[MachineState], ...]:
    """The work centres that are down, and no outage says how long: nothing can be moved there."""
    said = {outage.work_center for outage in outages}
    return tuple(told for told in states if told.fact.down and told.fact.work_center not in said)


def moved_jobs(options: Iterable[ScheduleOption], readings: Iterable[Reading[Any]]) -> tuple[Job, ...]:
    """The jobs of which an option moves a step, as they are now."""
    moved = {name.split(":")[0] for option in options for name in option.measures.moved}
    return tuple(r.fact for r in readings if isinstance(r.fact, Job) and r.fact.job in moved)


def lines_of(jobs: Iterable[Job]) -> frozenset[str]:
    """The order lines that *jobs* are for, such as ``SO-2:10``."""
    return frozenset(job.line_key for job in jobs if job.line_key)


def frozen_until(hours: WorkingCalendar, at: datetime) -> datetime:
    """The end of the shift after the present or next one (processes 1.3), within a day."""
    shifts = list(islice(hours.spans(at, at + timedelta(days=14)), 2))
    return min(shifts[-1][1], at + LONGEST_FROZEN) if shifts else at + LONGEST_FROZEN


def shift_began(hours: WorkingCalendar, at: datetime) -> datetime:
    """When the present shift began, or the last one where nobody works; a day ago where it never ends."""
    shifts = list(hours.spans(at - timedelta(days=14), at))
    return max(shifts[-1][0], at - LONGEST_FROZEN) if shifts else at - LONGEST_FROZEN


def asked(work_center: str, outages: Sequence[Outage], offered: Sequence[OutsideCapacity] = ()) -> Any:
    """All that the finding depends on besides the facts."""
    lost = ([o.work_center, o.start.isoformat(), o.end.isoformat(), o.machines] for o in outages)
    return [work_center, *lost, *(offer.model_dump(mode="json") for offer in offered)]


def _held_up(known: KnownSchedule) -> frozenset[str]:
    return hit(at_planned_work_centers(known.problem))
