"""What is missing of an item from when until when, and every way to fill that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from domain.calendar import WorkingCalendar
from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Reading
from domain.master_data import Item
from domain.option import Gap
from domain.policy import PolicyTable
from domain.roles import Role
from domain.shortage import wording
from domain.shortage.balance import Balance, Coming
from domain.shortage.giving import with_consent
from domain.shortage.severity import ZONES, Severity, severity
from domain.shortage.stocktaking import balance_of
from domain.shortage.told import Told, as_told
from domain.shortage.way import Way
from domain.shortage.ways import ways
from domain.supply import Place, SupplyPicture


class Suspicion(Found):
    """What somebody says of the item, whatever the books say."""

    line_stopped: bool
    needed_by: AwareDatetime | None


class ShortageFound(Found):
    """The balance of the item, and how bad it is."""

    balance: Balance
    gap: Gap | None
    below: Gap | None = None
    """What is used of the safety stock, where nothing is missing; nothing if none of it is."""
    severity: Severity | None
    """Nothing if nothing is missing and nobody says so."""
    goes_into: tuple[str, ...]
    """The items whose jobs take it."""
    alternates: tuple[str, ...]
    """Items those jobs may take instead."""
    work_centers: tuple[str, ...] = ()
    """Where the jobs that take it begin."""


class SourcesFound(Found):
    """Every single way to fill the gap, as those say who were asked; none if there is no gap."""

    ways: tuple[Way, ...]


def asked(place: Place, suspicion: Suspicion, told: Sequence[Told] = ()) -> Any:
    """All that the findings depend on besides the facts."""
    return [place.site, place.name, suspicion.model_dump(mode="json"), *(one.model_dump(mode="json") for one in told)]


def judge(
    place: Place,
    suspicion: Suspicion,
    picture: SupplyPicture,
    calendar: WorkingCalendar,
    readings: Sequence[Reading[Any]],
    at: datetime,
) -> Evidence:
    """Whether anything is missing; a person's word that it is makes it as pressing as he says."""
    balance = balance_of(picture, place)
    gap, item = balance.gap(), picture.item(place)
    below = balance.gap(kept=balance.kept) if gap is None else None
    users = picture.jobs_using(place)
    found = ShortageFound(
        balance=balance,
        gap=gap,
        below=below,
        severity=_severity(suspicion, gap, item, calendar, at),
        goes_into=tuple(sorted({job.item for job, _ in users})),
        alternates=tuple(sorted({name for _, component in users for name in component.alternates})),
        work_centers=tuple(sorted({job.operations[0].work_center for job, _ in users if job.operations})),
    )
    reasons = [] if gap is None else [_missing(place, gap, bought=not item.made)]
    reasons += [] if below is None else [_below(item, below, at)]
    reasons += [_overdue(place, some) for some in balance.overdue]
    verdict = Verdict.FAIL if gap else Verdict.WARN if below else Verdict.PASS
    return evidence("shortage", found, verdict, reasons, readings, at, asked(place, suspicion))


def judge_sources(
    place: Place,
    suspicion: Suspicion,
    told: Sequence[Told],
    picture: SupplyPicture,
    givers: Mapping[str, PolicyTable],
    calendar: WorkingCalendar,
    readings: Sequence[Reading[Any]],
    at: datetime,
) -> Evidence:
    """
    Where what is missing can come from; no longer good than what was told of it.

    *givers* are the policies of the sites that it may be brought from.
    """
    balance = balance_of(picture, place)
    gap = balance.gap()
    every = () if gap is None else ways(picture, place, balance, gap, calendar)
    zone = ZONES[_severity(suspicion, gap, picture.item(place), calendar, at) or Severity.S4]
    found = SourcesFound(ways=tuple(as_told(with_consent(every, givers, zone), told, at)))
    verdict = Verdict.PASS if gap is None or found.ways else Verdict.FAIL
    made = evidence("sources", found, verdict, (), readings, at, asked(place, suspicion, told))
    good_until = (way.good_until for way in found.ways if way.good_until is not None)
    return made.model_copy(update={"valid_until": min((made.valid_until, *good_until))})


def _severity(
    suspicion: Suspicion, gap: Gap | None, item: Item, calendar: WorkingCalendar, at: datetime
) -> Severity | None:
    moments = [moment for moment in (suspicion.needed_by, None if gap is None else gap.since) if moment is not None]
    since = min(moments, default=at if suspicion.line_stopped else None)
    return None if since is None else severity(since, at, calendar, item, line_stopped=suspicion.line_stopped)


def _overdue(place: Place, some: Coming) -> Reason:
    text = f"{some.quantity.normalize():f} {place.name} by {some.source} should have come {some.at:%Y-%m-%d %H:%M} UTC."
    return Reason(code="overdue", thing=some.source, owner=Role.BUYER, text=text)


def _below(item: Item, below: Gap, at: datetime) -> Reason:
    owner = Role.PLANNER if item.made else Role.BUYER
    return Reason(code="below_safety_stock", thing=item.item, owner=owner, text=wording.below(item, below, at))


def _missing(place: Place, gap: Gap, *, bought: bool) -> Reason:
    until = "with nothing known to come" if gap.until is None else f"until {gap.until:%Y-%m-%d %H:%M} UTC"
    text = f"{gap.quantity.normalize():f} {place.name} are missing from {gap.since:%Y-%m-%d %H:%M} UTC, {until}."
    return Reason(code="short", thing=place.name, owner=Role.BUYER if bought else Role.PLANNER, text=text)
