"""Notices: who is told of what, how urgent that is, and when it may reach him. The inbox is what counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import Duration, NeverWorking, Shift, WorkingCalendar
from domain.contact import Contact
from domain.decision import DecisionRefused, OpenQuestion, may_be_given
from domain.roles import Role


class Occasion(StrEnum):
    """Why somebody is told."""

    ASKED = "asked"
    ASSIGNED = "assigned"
    """It was given to somebody by a lead, or by whom he answers for, and he alone is told."""
    REMINDED = "reminded"
    OVERDUE = "overdue"
    """The time for the answer is over; whom the question has been opened to meanwhile is told as well."""
    SETTLED = "settled"
    """Somebody else has answered, or silence has."""
    WITHDRAWN = "withdrawn"
    """The case went on without an answer."""

    @property
    def waits(self) -> bool:
        """Whether something waits for whoever is told."""
        return self not in (Occasion.SETTLED, Occasion.WITHDRAWN)


class Urgency(StrEnum):
    """How long somebody may be left alone."""

    LOW = "low"
    """Nothing waits for him."""
    NORMAL = "normal"
    """It waits, and there is time."""
    URGENT = "urgent"
    """The time is over, or counts by day and night."""


@dataclass(frozen=True)
class Room:
    """Where several people read what waits for their roles; who is told himself is told besides."""

    name: str
    sites: tuple[str, ...] = ()
    """Whose questions are told here; none named means those of all."""
    roles: tuple[Role, ...] = ()
    """Of whom; none named means of anybody."""

    def told_as(self, occasion: Occasion, question: OpenQuestion, site: str, *, told: bool) -> Role | None:
        """Of which role it is told here; nothing if it is not. What waits no more is where it was *told* to wait."""
        if (self.sites and site not in self.sites) or (question.closed_at is not None if occasion.waits else not told):
            return None
        if occasion is Occasion.ASKED and told:
            return None
        return next((role for role in concerned(question) if not self.roles or role in self.roles), None)


@dataclass(frozen=True)
class Sending:
    """When a notice leaves."""

    at: datetime
    held: bool
    """Whether it waits for a better hour, and goes together with what else waits for that."""


def addressees(
    occasion: Occasion, question: OpenQuestion, people: Mapping[str, frozenset[Role]], told: Collection[str]
) -> dict[str, Role]:
    """
    Who of the *people* at the site, by the roles they hold, is told, and in which role.

    Of what waits, everybody whose word takes it further now; that it waits no more, only those who were *told* it does.
    What is asked of somebody whose turn has come is no news to those who were told before.
    """
    found = {
        person: _answers_in(question, person, roles, occasion) if occasion.waits else _asked_in(question, person, roles)
        for person, roles in people.items()
        if (person not in told if occasion is Occasion.ASKED else occasion.waits or person in told)
    }
    return {person: role for person, role in found.items() if role is not None}


def urgency(occasion: Occasion, within: Duration) -> Urgency:
    """How urgent it is to tell of a question that is given the time *within*."""
    if not occasion.waits:
        return Urgency.LOW
    # Whoever gave it clock time said that it does not wait for the next shift.
    return Urgency.URGENT if occasion is Occasion.OVERDUE or within.clock is not None else Urgency.NORMAL


def sending(urgent: Urgency, contact: Contact, working: WorkingCalendar, now: datetime, due_at: datetime) -> Sending:
    """
    When to tell somebody whose role keeps the *working* hours of something that is due at *due_at*.

    What is urgent leaves now, and so does what would be late by the time he may be told.
    """
    if urgent is Urgency.URGENT:
        return Sending(now, held=False)
    wanted = now
    if urgent is Urgency.LOW and contact.digest_at is not None:
        wanted = _daily(contact.digest_at, working.zone).next_working_moment(now)
    try:
        at = contact.hours(working).next_working_moment(wanted)
    except NeverWorking:
        at = wanted
    if at <= now or (urgent is Urgency.NORMAL and due_at <= at):
        return Sending(now, held=False)
    return Sending(at, held=True)


def concerned(question: OpenQuestion) -> tuple[Role, ...]:
    """Whose word takes the question further now, most concerned first; not who could only waive or refuse it."""
    named = dict.fromkeys((*question.draft.waited_for, *question.further_roles))
    return tuple(role for role in named if role in question.candidates)


def _answers_in(question: OpenQuestion, person: str, roles: frozenset[Role], occasion: Occasion) -> Role | None:
    try:
        his = may_be_given(question, person, roles)
    except DecisionRefused:
        return None
    # Who was given it by name is concerned in whatever role he may answer.
    wanted = question.candidates if occasion is Occasion.ASSIGNED else concerned(question)
    return next((role for role in wanted if role in his), None)


def _asked_in(question: OpenQuestion, person: str, roles: frozenset[Role]) -> Role | None:
    # Who has answered knows, and for whom another has knew beforehand.
    if any(person in given.people for given in question.given):
        return None
    return next((role for role in question.candidates if role in roles), None)


def _daily(at: time, zone: str) -> WorkingCalendar:
    """A minute of every day: calendars know what to do where clocks are put forward or back."""
    end = (datetime.combine(date.min, at) + timedelta(minutes=1)).time()
    return WorkingCalendar(
        name="digest", zone=zone, shifts=tuple(Shift(weekday=day, start=at, end=end) for day in range(7))
    )
