"""Parking: a question that waits for somebody outside, and what that does to its deadlines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.calendar import Duration, WorkingCalendar
from domain.decision import DecisionRefused, NotAllowed, OpenQuestion, Principal, UntilWrong, may_answer
from domain.question import QuestionKind, Rung
from domain.roles import Role, led_by

LONGEST_PARKING = timedelta(days=90)
"""Whatever waits for longer is no question any more: withdraw the request, and ask anew."""


class Cause(StrEnum):
    """What is waited for."""

    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    CARRIER = "carrier"
    INTERNAL = "internal"
    """Something of our own; the deadlines go on."""

    @property
    def stops_the_clock(self) -> bool:
        """Whether the time is not ours: it is for nobody in the plant to hurry."""
        return self is not Cause.INTERNAL


class Parking(BaseModel):
    """A question that is not answered for now, and why."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    cause: Cause
    reason: str
    by: str
    at: AwareDatetime
    until: AwareDatetime
    """When it is taken up again by itself."""

    def stands(self, at: datetime) -> bool:
        """Whether the question is parked at *at*."""
        return at < self.until


class ParkedAlready(DecisionRefused):
    """The question is parked."""


class NothingParked(DecisionRefused):
    """The question is not parked."""


def admit_parking(
    question: OpenQuestion,
    standing: Parking | None,
    until: datetime,
    by: Principal,
    roles: frozenset[Role],
    at: datetime,
) -> None:
    """Nothing, if *by*, who holds *roles*, may park *question* until *until*. Raises a DecisionRefused, UntilWrong."""
    _concerned(question, by, roles)
    if question.draft.kind is QuestionKind.CONFIRMATION:
        raise DecisionRefused("What was done at once is confirmed or put back in its time; that cannot be parked.")
    if standing is not None:
        raise ParkedAlready(f"{standing.by} parked this until {standing.until:%Y-%m-%d %H:%M} UTC. Resume it first.")
    if not at < until <= at + LONGEST_PARKING:
        raise UntilWrong(f"A question is parked until a moment to come, for {LONGEST_PARKING.days} days at most.")


def admit_resuming(question: OpenQuestion, standing: Parking | None, by: Principal, roles: frozenset[Role]) -> None:
    """Nothing, if *by*, who holds *roles*, may take *question* up again. Raises a DecisionRefused."""
    if standing is None:
        raise NothingParked("This is not parked.")
    _concerned(question, by, roles)


def put_off(
    moments: Iterable[datetime],
    since: datetime,
    until: datetime,
    within: Duration,
    calendars: Sequence[WorkingCalendar],
) -> tuple[datetime, ...]:
    """
    *moments* by as much later as passes from *since* to *until*; those before *since* stay where they are.

    Counted as the question counts its time *within*: in working hours of each of *calendars*, until all have passed.
    """
    if within.clock is not None:
        return tuple(moment + (until - since) if moment > since else moment for moment in moments)
    lost = [(calendar, calendar.working_time_between(since, until)) for calendar in calendars]
    return tuple(
        max(calendar.add_working_time(moment, time) for calendar, time in lost) if moment > since else moment
        for moment in moments
    )


def put_off_ladder(
    due_at: datetime, rungs: Sequence[Rung], parking: Parking, until: datetime, within: Duration,
    calendars: Sequence[WorkingCalendar],
) -> tuple[datetime, tuple[Rung, ...]]:  # fmt: skip
    """
    When the question that was parked is due, and its ladder, if it is taken up again at *until*.

    Only what is waited for outside stops the clock.
    """
    if not parking.cause.stops_the_clock:
        return due_at, tuple(rungs)
    due, *moments = put_off((due_at, *(rung.at for rung in rungs)), parking.at, until, within, calendars)
    moved = (rung.model_copy(update={"at": at}) for rung, at in zip(rungs, moments, strict=True))
    return due, tuple(moved)


def _concerned(question: OpenQuestion, by: Principal, roles: frozenset[Role]) -> None:
    """
    Nothing, if *by* may answer *question* or leads who does, and did not ask for it himself.

    Raises NotAllowed, QuestionClosed.
    """
    try:
        may_answer(question, by, roles)
    except NotAllowed:
        if led_by(roles).isdisjoint(question.candidates) or question.closed_at is not None:
            raise
        if by.id in question.asked_by:
            text = "Whoever asks for a change does not decide it, nor when it is decided; another is needed."
            raise NotAllowed(text) from None
