"""Whether what every site needs is there: policies, calendars, clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import ValidationError

from domain.calendar import NeverWorking, WorkingCalendar
from domain.catalog import PROCESSES
from domain.master_data import Calendar, Site
from domain.ports import NotInSystem
from runtime.checkup.line import Line, broken, ok, warning
from storage.facts import FactStore
from storage.policies import Policies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.database import Database

_SOON = timedelta(days=14)


async def of_plant(database: Database, now: datetime | None = None) -> list[Line]:
    """Every site that facts tell of."""
    at = now or datetime.now(UTC)
    store = FactStore(database)
    sites = [reading.fact for reading in await store.find(Site)]
    if not sites:
        return [warning("sites", "No site is known, so nothing can be asked for.", "Load your sites: lockstep load")]
    lines: list[Line] = []
    for site in sites:
        lines += await _policies(Policies(database), site, at)
        lines += await _calendars(store, site, at)
    return lines


async def _policies(policies: Policies, site: Site, at: datetime) -> list[Line]:
    about = f"policies of {site.site}"
    now, soon = [
        {one.process: one for one in await policies.in_force_at(site.site, moment)} for moment in (at, at + _SOON)
    ]
    propose = "Propose one: lockstep policy publish"
    missing = [process for process in PROCESSES if process not in now]
    ending = [process for process in PROCESSES if process in now and process not in soon]
    lines = [
        broken(about, f"None is in force for {process}, so no case of it can be opened.", propose)
        for process in missing
    ]
    lines += [
        warning(about, f"The one for {process} ends within {_SOON.days} days, and none follows.", propose)
        for process in ending
    ]
    return lines or [ok(about, f"In force for {', '.join(PROCESSES)}.")]


async def _calendars(store: FactStore, site: Site, at: datetime) -> list[Line]:
    about = f"calendars of {site.site}"
    lines: list[Line] = []
    names = dict.fromkeys((site.calendar, *site.role_calendars.values()))
    for name in names:
        try:
            working = (await store.read(Calendar, site.site, name)).fact.working
        except NotInSystem:
            lines.append(
                broken(
                    about,
                    f"There is no calendar {name}; deadlines count round the clock instead.",
                    "Load it: lockstep load calendar.ndjson",
                )
            )
        except ValidationError as wrong:
            first = wrong.errors()[0]["msg"].removeprefix("Value error, ")
            lines.append(broken(about, f"The calendar {name} cannot be used: {first}.", "Load it anew: lockstep load"))
        else:
            lines += _judged(about, name, working, at)
    return lines or [ok(about, f"{', '.join(names)}: with working time ahead.")]


def _judged(about: str, name: str, working: WorkingCalendar, at: datetime) -> Iterator[Line]:
    try:
        working.next_working_moment(at)
    except NeverWorking as never:
        yield broken(about, str(never), "Load it with shifts: lockstep load")
    days = [exception.date for exception in working.exceptions]
    if days and max(days) < at.date():
        yield warning(
            about,
            f"The calendar {name} knows no holiday after {max(days)}.",
            "Load it with those of the coming year: lockstep load",
        )
