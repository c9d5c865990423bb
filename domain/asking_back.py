"""Asking back: who is to decide wants something found out first."""

from __future__ import annotations

from dataclasses import dataclass

from domain.decision import DecisionRefused, OpenQuestion, Principal, ReasonMissing, may_answer
from domain.question import QuestionKind
from domain.roles import Role, lead_of

ASK_BACK = "ask_back"
"""What a question that was asked back came to."""

MOST_ROUNDS = 2
"""In one case; whoever would ask back once more brings in the lead instead (processes 1.2, row 12)."""


@dataclass(frozen=True)
class AskedBack:
    """What becomes of it."""

    role: Role
    """In which it is asked."""
    lead: Role | None
    """Who is asked as well from now on; nobody where it is found out, and the evidence gathered anew."""


class NotAskedBack(DecisionRefused):
    """The question cannot be asked back, or not any more."""


def admit_asking_back(
    question: OpenQuestion, wanted: str, by: Principal, roles: frozenset[Role], *, can_be: bool, rounds: int
) -> AskedBack:
    """
    What becomes of it when *by*, who holds *roles*, wants *wanted* found out before he answers *question*.

    *can_be* says whether the process finds out what is asked there, *rounds* how often it has in this case.
    Raises a DecisionRefused.
    """
    role = may_answer(question, by, roles)[0]
    if question.draft.kind is not QuestionKind.DECISION or not can_be:
        raise NotAskedBack("This is not for asking back: answer it, or comment on the case.")
    if len(wanted.strip()) < 3:
        raise ReasonMissing("Please say what is to be found out.")
    if rounds < MOST_ROUNDS:
        return AskedBack(role, None)
    lead = lead_of(role)
    if lead in question.candidates:
        raise NotAskedBack(f"This was asked back {MOST_ROUNDS} times, and the lead is asked as well: decide it now.")
    return AskedBack(role, lead)
