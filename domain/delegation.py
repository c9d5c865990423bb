"""Delegation: somebody answers one question for somebody else, until it returns to him."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.decision import DecisionRefused, NotAllowed, OpenQuestion, Principal, UntilWrong, may_answer, may_be_given
from domain.roles import Role


class Delegation(BaseModel):
    """One question, put into the hands of somebody who holds the role himself."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    delegator: str
    """Who is asked, and to whom it returns."""
    delegate: str
    """Who answers for him."""
    roles: tuple[Role, ...]
    """In which both could answer when it was given."""
    reason: str
    at: AwareDatetime
    until: AwareDatetime | None = None
    """When it returns by itself; nothing means when one of the two says so, or the question is settled."""
    ended_by: str | None = None
    ended_at: AwareDatetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether the question is with the delegate at *at*."""
        return self.ended_at is None and (self.until is None or at < self.until)


class DelegationStands(DecisionRefused):
    """The question is in somebody's hands already."""


class NothingDelegated(DecisionRefused):
    """There is nothing to give back or to take back."""


def admit_delegation(
    question: OpenQuestion,
    standing: Iterable[Delegation],
    to: str,
    until: datetime | None,
    by: Principal,
    *,
    his: frozenset[Role],
    theirs: frozenset[Role],
    at: datetime,
) -> tuple[Role, ...]:
    """
    In which roles *to*, who holds *theirs*, answers *question* for *by*, who holds *his*.

    Nobody gives what he could not answer himself, and what was given to him he does not pass on: so nobody stands
    behind two others. *standing* are the delegations of the question that stand. Raises a DecisionRefused, UntilWrong.
    """
    held = may_answer(question, by, his)
    if until is not None and until <= at:
        raise UntilWrong("It would have returned already: name a moment to come.")
    if to == by.id:
        raise NotAllowed("Nobody delegates to himself.")
    for one in standing:
        if one.delegate == by.id:
            raise NotAllowed(f"{one.delegator} has delegated this to you: answer it or give it back, but not on.")
        if one.delegator == by.id:
            raise DelegationStands(f"You have delegated this to {one.delegate}. Take it back first.")
        if one.delegator == to:
            raise DelegationStands(f"{to} has delegated this to {one.delegate} himself.")
    given = [role for role in held if role in may_be_given(question, to, theirs)]
    if not given:
        raise NotAllowed(f"{to} holds none of the roles in which you could answer.")
    return tuple(given)


def ended_by(standing: Iterable[Delegation], by: Principal) -> tuple[Delegation, ...]:
    """Those of *standing* that *by* takes back or gives back. Raises NothingDelegated."""
    his = tuple(one for one in standing if by.id in (one.delegator, one.delegate))
    if not his:
        raise NothingDelegated("You have delegated this to nobody, nor has anybody delegated it to you.")
    return his
