"""Notices: who is told of what, how urgent that is, and when it may reach him. The inbox is what counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from domain.calendar import Duration, NeverWorking, Shift, WorkingCalendar
from domain.contact import Concern, Contact
from domain.decision import DecisionRefused, OpenQuestion, may_be_given
from domain.roles import Role

COLLECTED_FOR = timedelta(minutes=5)
"""How a case goes on is told at full five minutes, all of it at once: a case may take several steps in a second."""


class Occasion(StrEnum):
    """Why somebody is told."""

    ASKED = "asked"
    ASSIGNED = "assigned"
    """It was given to somebody by a lead, or by whom he answers for, and he alone is told."""
    RETURNED = "returned"
    """It is back with whom it was delegated by."""
    TAKEN_BACK = "taken_back"
    """It is no longer with whom it was delegated to."""
    RESUMED = "resumed"
    """It is parked no more, and who parked it did not take it up again himself."""
    REMINDED = "reminded"
    OVERDUE = "overdue"
    """The time for the answer is over; whom the question has been opened to meanwhile is told as well."""
    SETTLED = "settled"
    """Somebody else has answered, or silence has."""
    WITHDRAWN = "withdrawn"
    """The case went on without an answer."""
    LATE = "late"
    """Somebody answered when it was closed already."""
    MENTIONED = "mentioned"
    """A comment calls somebody."""
    MOVED = "moved"
    """A case that somebody follows is somewhere else."""
    DECIDED = "decided"
    """What somebody asked for is to be carried out, in one way or another."""
    ENDED = "ended"
    """The case that somebody asked for is over."""
    AGED = "aged"
    """A lot is on hold for so long that somebody else has to hear of it."""
    UNTOLD = "untold"
    """A shipment has left, and its customer has not been sent the ship notice in time."""
    REPORTED = "reported"
    """A day of a site is over."""
    LISTED = "listed"
    """A new week begins, and lots are on hold."""

    @property
    def waits(self) -> bool:
        """Whether a question waits for whoever is told."""
        return self in _WAITS

    @property
    def about_case(self) -> bool:
        """Whether it tells of a case rather than of a question."""
        return self in _ABOUT_CASE

    @property
    def raised(self) -> bool:
        """Whether a role is told, by the clock, because something about the case takes too long."""
        return self in _RAISED

    @property
    def about_site(self) -> bool:
        """Whether it tells of a site as a whole."""
        return self in _OF_SITE

    @property
    def collected(self) -> bool:
        """Whether it is told together with what else happens within some minutes."""
        return self in (Occasion.MOVED, Occasion.DECIDED, Occasion.ENDED)

    @property
    def concern(self) -> Concern:
        """As what somebody can do without it."""
        return _CONCERNS.get(self, Concern.QUESTIONS)


_RAISED = frozenset({Occasion.AGED, Occasion.UNTOLD})
_ABOUT_CASE = frozenset({Occasion.MENTIONED, Occasion.MOVED, Occasion.DECIDED, Occasion.ENDED}) | _RAISED
_OF_SITE = frozenset({Occasion.REPORTED, Occasion.LISTED})
_OVER = frozenset({Occasion.SETTLED, Occasion.WITHDRAWN})
_WAITS = frozenset(Occasion) - _ABOUT_CASE - _OVER - {Occasion.TAKEN_BACK, Occasion.LATE} - _OF_SITE
_CONCERNS = {
    Occasion.ASSIGNED: Concern.GIVEN,
    Occasion.RETURNED: Concern.GIVEN,
    Occasion.TAKEN_BACK: Concern.GIVEN,
    Occasion.RESUMED: Concern.GIVEN,
    Occasion.LATE: Concern.LATE,
    Occasion.MENTIONED: Concern.MENTIONS,
    Occasion.MOVED: Concern.FOLLOWED,
    Occasion.DECIDED: Concern.REQUESTS,
    Occasion.ENDED: Concern.REQUESTS,
    Occasion.REPORTED: Concern.REPORT,
    Occasion.LISTED: Concern.HOLDS,
}


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
    What is asked of somebody whose turn has come is no news to those who were told before, nor is it twice that an
    answer was late.
    """
    found = {
        person: told_as(occasion, question, person, roles)
        for person, roles in people.items()
        if not (occasion in _OVER and person not in told)
        and not (occasion in (Occasion.ASKED, Occasion.LATE) and person in told)
    }
    return {person: role for person, role in found.items() if role is not None}


def told_as(occasion: Occasion, question: OpenQuestion, person: str, roles: frozenset[Role]) -> Role | None:
    """In which of his *roles* the question concerns *person* now; nothing if it does not."""
    match occasion:
        case Occasion.SETTLED | Occasion.WITHDRAWN:
            return _asked_in(question, person, roles)
        case Occasion.RESUMED | Occasion.TAKEN_BACK:
            over = question.closed_at is not None or any(person in given.people for given in question.given)
            return None if over else read_as(roles, question.candidates)
        case Occasion.LATE:
            return read_as(roles, question.candidates)
        case Occasion.ASSIGNED | Occasion.RETURNED:
            # Who has it by name is concerned in whatever role he may answer.
            return _answers_in(question, person, roles, question.candidates)
        case _:
            return _answers_in(question, person, roles, concerned(question))


def read_as(roles: frozenset[Role], asked: Collection[Role] = ()) -> Role | None:
    """In which of his *roles* somebody reads of a case, best in one that is *asked*; nothing without any."""
    return min(roles, key=lambda role: (role not in asked, role), default=None)


def goes_without_saying(occasion: Occasion, later: Occasion, *, same_question: bool) -> bool:
    """Whether somebody who is told of what came *later* about the case need not be told of *occasion* any more."""
    match occasion:
        case Occasion.MOVED:
            return later.collected or later is Occasion.ASKED
        case Occasion.DECIDED:
            return later in (Occasion.DECIDED, Occasion.ENDED)
        case Occasion.MENTIONED | Occasion.ENDED | Occasion.REPORTED | Occasion.LISTED:
            return False
        case Occasion.AGED | Occasion.UNTOLD:
            return False
        case _:
            return same_question


def urgency(occasion: Occasion, within: Duration | None = None) -> Urgency:
    """How urgent it is to tell, of a question that is given the time *within*, where it is of one."""
    if occasion is Occasion.MENTIONED or occasion.raised:
        return Urgency.NORMAL  # something is wanted of him
    if not occasion.waits:
        return Urgency.LOW
    # Whoever gave it clock time said that it does not wait for the next shift.
    by_the_clock = within is not None and within.clock is not None
    return Urgency.URGENT if occasion is Occasion.OVERDUE or by_the_clock else Urgency.NORMAL


def sending(
    urgent: Urgency,
    contact: Contact,
    working: WorkingCalendar,
    now: datetime,
    due_at: datetime | None = None,
    *,
    collected: bool = False,
) -> Sending:
    """
    When to tell somebody whose role keeps the *working* hours of something, which may be due at *due_at*.

    What is urgent leaves now, and so does what would be late by the time he may be told. What is *collected* leaves
    with the rest of it.
    """
    if urgent is Urgency.URGENT:
        return Sending(now, held=False)
    wanted = _full_minutes(now) if collected else now
    if urgent is Urgency.LOW and contact.digest_at is not None:
        wanted = _daily(contact.digest_at, working.zone).next_working_moment(now)
    try:
        at = contact.hours(working).next_working_moment(wanted)
    except NeverWorking:
        at = wanted
    if at <= now or (urgent is Urgency.NORMAL and due_at is not None and due_at <= at):
        return Sending(now, held=False)
    return Sending(at, held=True)


def concerned(question: OpenQuestion) -> tuple[Role, ...]:
    """Whose word takes the question further now, most concerned first; not who could only waive or refuse it."""
    waited_for = (question.turn or question.draft.first_turn).waited_for
    named = dict.fromkeys((*waited_for, *question.further_roles))
    return tuple(role for role in named if role in question.candidates)


def _answers_in(question: OpenQuestion, person: str, roles: frozenset[Role], wanted: Collection[Role]) -> Role | None:
    try:
        his = may_be_given(question, person, roles)
    except DecisionRefused:
        return None
    return next((role for role in wanted if role in his), None)


def _asked_in(question: OpenQuestion, person: str, roles: frozenset[Role]) -> Role | None:
    # Who has answered knows, and for whom another has knew beforehand.
    if any(person in given.people for given in question.given):
        return None
    return next((role for role in question.candidates if role in roles), None)


def _full_minutes(now: datetime) -> datetime:
    """The next moment at which what is collected leaves."""
    return now + COLLECTED_FOR - (now - datetime.min.replace(tzinfo=UTC)) % COLLECTED_FOR


def _daily(at: time, zone: str) -> WorkingCalendar:
    """A minute of every day: calendars know what to do where clocks are put forward or back."""
    end = (datetime.combine(date.min, at) + timedelta(minutes=1)).time()
    return WorkingCalendar(
        name="digest", zone=zone, shifts=tuple(Shift(weekday=day, start=at, end=end) for day in range(7))
    )
