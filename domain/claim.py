"""Claim: who sees to a question just now. A courtesy to the others, who may still answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.calendar import Duration, WorkingCalendar
from domain.decision import (
    DecisionRefused,
    NotAllowed,
    OpenQuestion,
    Principal,
    PrincipalKind,
    may_answer,
    may_be_given,
)
from domain.roles import Role, led_by


class Claim(BaseModel):
    """Somebody has taken a question on, or was given it by a lead."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    person: str
    at: AwareDatetime
    until: AwareDatetime
    """When it lapses: half of the time the question was given later. Who claims again has as long again."""
    assigned_by: str | None = None
    """The lead who put it on him; nothing where he took it on himself."""

    def stands(self, at: datetime) -> bool:
        """Whether it has not lapsed at *at*."""
        return at < self.until


class ClaimStands(DecisionRefused):
    """Somebody else sees to the question."""


class NothingClaimed(DecisionRefused):
    """Nobody sees to the question."""


def lapses_at(within: Duration, since: datetime, claimed_at: datetime, calendar: WorkingCalendar) -> datetime:
    """When half of the time *within*, given *since*, has passed after *claimed_at*, in the time of *calendar*."""
    if within.clock is not None:
        return claimed_at + within.clock / 2
    given = calendar.working_time_between(since, calendar.after(since, within))
    # Of no time at all half is none, and a claim that never stood would say that it did.
    return calendar.add_working_time(claimed_at, max(given / 2, timedelta(minutes=1)))


def admit_claim(question: OpenQuestion, standing: Claim | None, by: Principal, roles: frozenset[Role]) -> None:
    """
    Nothing, if *by*, who holds *roles* at the site, may take *question* on. Raises a DecisionRefused.

    Who has it already may claim it again.
    """
    may_answer(question, by, roles)
    if standing is not None and standing.person != by.id:
        raise ClaimStands(
            f"{standing.person} sees to this until {standing.until:%Y-%m-%d %H:%M} UTC. You may answer all the same; "
            "the lead of a role that is asked can give it to you."
        )


def admit_release(question: OpenQuestion, standing: Claim | None, by: Principal, roles: frozenset[Role]) -> None:
    """Nothing, if *by* may let go of *question*: who claimed it, or the lead of a role. Raises a DecisionRefused."""
    if standing is None:
        raise NothingClaimed("Nobody has claimed this.")
    if by.id != standing.person and led_by(roles).isdisjoint(question.candidates):
        raise NotAllowed(f"{standing.person} has claimed this: it is for him to let go of, or for a lead of his.")


def admit_assignment(
    question: OpenQuestion, to: str, by: Principal, *, theirs: frozenset[Role], giver: frozenset[Role]
) -> None:
    """
    Nothing, if *by*, who holds the roles *giver*, may give *question* to *to*, who holds *theirs*.

    A lead gives it, whoever had it before, to somebody who may answer in a role he leads. Raises a DecisionRefused.
    """
    led = led_by(giver).intersection(question.candidates)
    if by.kind is not PrincipalKind.PERSON or not led:
        raise NotAllowed("A question is given to somebody by the lead of a role that is asked.")
    if led.isdisjoint(may_be_given(question, to, theirs)):
        raise NotAllowed(f"{to} holds no role here that you lead.")
