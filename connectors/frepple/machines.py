"""Resources of a frePPLe plan as work centres, with the time in which they work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from connectors.frepple.bills import UNLIMITED, center_name, machines_used
from connectors.frepple.calendars import Timetable, timetables, working
from connectors.frepple.names import identifier
from connectors.frepple.tables import Row, Tables
from domain.fact import Fact
from domain.master_data import Calendar, WorkCenter

ALWAYS = "always"
MACHINES_WITHOUT_LIMIT = 10_000


@dataclass(frozen=True)
class Machines:
    """What a plan says of machines, crews and their hours."""

    plan: Tables
    zone: str
    now: datetime

    def hours(self, site: str) -> Calendar:
        """When the site works."""
        return self._calendar(site, self._open(site))

    def work_center(self, site: str, center: str) -> Iterator[Fact]:
        """The work centre with its calendar and, where it is a pool, the members who do its work."""
        hours = self.hours(site)
        if center == identifier(UNLIMITED):
            yield WorkCenter(
                site=hours.site, work_center=center, calendar=hours.calendar, machines=MACHINES_WITHOUT_LIMIT
            )
            return
        members = self._members(self._used[center])
        names = tuple(identifier(row.named("name")) for row in members)
        if names != (center,):
            yield WorkCenter(site=hours.site, work_center=center, calendar=hours.calendar, machines=0, alternates=names)
        for row in members:
            yield from self._machine(site, row)

    def _members(self, use: Row) -> list[Row]:
        """The resource itself or those that belong to it; where a skill is asked for, who has it."""
        resource, skill = use.named("resource"), use.text("skill")
        members = [row for row in self.plan["resource"] if row.text("owner") == resource]
        members = members or [row for row in self.plan["resource"] if row.text("name") == resource]
        if skill is not None:
            skilled = {row.text("resource") for row in self.plan["resourceskill"] if row.text("skill") == skill}
            members = [row for row in members if row.text("name") in skilled]
        return sorted(members, key=_efficiency, reverse=True)

    def _machine(self, site: str, row: Row) -> Iterator[Fact]:
        own = (row.text("available"), row.text("maximumcalendar"))
        calendar = self._calendar(site, [*self._open(site), *(name for name in own if name)])
        limit = self._timetables.get(row.text("maximumcalendar") or "")
        machines = row.number("maximum", "1") if limit is None else Decimal(limit.highest(self.now.date()))
        yield calendar
        yield WorkCenter(
            site=calendar.site,
            work_center=identifier(row.named("name")),
            calendar=calendar.calendar,
            machines=min(int(machines), MACHINES_WITHOUT_LIMIT),
            efficiency=_efficiency(row),
        )

    def _open(self, site: str) -> list[str]:
        found = (row.text("available") for row in self.plan["location"] if row.text("name") == site)
        return [name for name in found if name]

    def _calendar(self, site: str, names: list[str]) -> Calendar:
        together = [self._timetables[name] for name in names if name in self._timetables]
        name = identifier(" & ".join(names)) if names else ALWAYS
        return Calendar(site=identifier(site), calendar=name, working=working(name, together, self.zone, self.now))

    @cached_property
    def _timetables(self) -> Mapping[str, Timetable]:
        return timetables(self.plan)

    @cached_property
    def _used(self) -> Mapping[str, Row]:
        return {identifier(center_name(use)): use for use in machines_used(self.plan).values()}


def _efficiency(row: Row) -> Decimal:
    return row.number("efficiency", "100") / 100
