"""Turns: of all whom a question needs one after the other, those who have time of their own from an answer on."""

from __future__ import annotations

from datetime import datetime

from domain.agreement import held_back, stage_begun
from domain.decision import GivenAnswer, OpenQuestion, choice_of
from domain.policy import soonest
from domain.question import Turn


def turn_begun(before: OpenQuestion, given: GivenAnswer) -> Turn | None:
    """
    Whose turn has come by the answer *given*, where the policy gives them time of their own; else nothing.

    A turn comes once: who has been asked already over another choice has no time anew.
    """
    choice, after = choice_of(before.draft, given.choice), before.model_copy(update={"given": (*before.given, given)})
    needs = stage_begun(choice, before.said_to(choice), after.said_to(choice))
    waited_for = tuple(dict.fromkeys(role for need in needs for role in need.roles))
    later = held_back(before.draft, after.said)
    came = held_back(before.draft, before.said) - later
    if came.isdisjoint(waited_for):
        return None
    asked = (role for role in before.draft.roles if role not in later)
    timed = soonest(need for need in needs if need.turn == needs[0].turn)
    assert timed is not None
    assert timed.within is not None
    return Turn(
        within=timed.within,
        ladder=timed.ladder,
        waited_for=waited_for,
        known=tuple(dict.fromkeys((*asked, *before.draft.first_turn.known))),
        answers=len(after.given),
        since=given.at,
    )


def turn_given_back(question: OpenQuestion, at: datetime) -> Turn | None:
    """
    Whose turn it is again at *at*, where an answer counts no longer by which the turn of all who are waited for came.

    Nothing where any of them is still asked.
    """
    turn, later = question.turn, held_back(question.draft, question.said)
    if turn is None or not later.issuperset(turn.waited_for):
        return None
    first, asked = question.draft.first_turn, tuple(role for role in question.draft.roles if role not in later)
    known = tuple(dict.fromkeys((*asked, *first.known)))
    return Turn(within=first.within, waited_for=asked, known=known, answers=len(question.given), since=at)
