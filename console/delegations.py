"""Delegations: having somebody answer one question for you, and having it back."""

from __future__ import annotations

from typing import Annotated

import typer

from console.client import As, calling
from console.output import say
from console.questions import Question
from console.times import written_time
from domain.views import QuestionSummary

commands = typer.Typer()


@commands.command()
def delegate(
    name: Question,
    to: Annotated[str, typer.Argument(metavar="PERSON", help="Who answers for you; he has to hold the role himself.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    until: Annotated[str | None, typer.Option(help="When it returns by itself, such as 2026-12-04T12:00:00Z.")] = None,
    person: As = None,
) -> None:
    """
    Have somebody answer a question for you.

    Example: lockstep delegate OC-1-2-1 jon.berg --reason "He knows the customer." --as mira.vogt
    """
    body = {"person": to, "reason": reason, "until": written_time(until) if until else None}
    with calling(person) as api:
        found = api.post(QuestionSummary, "questions", name, "delegation", body=body)
    say(f"{to} may answer {found.id} for you. Take it back with: lockstep return {found.id}")


@commands.command("return")
def give_back(name: Question, person: As = None) -> None:
    """
    Take a question back that you delegated, or give one back.

    Example: lockstep return OC-1-2-1 --as mira.vogt
    """
    with calling(person) as api:
        found = api.post(QuestionSummary, "questions", name, "delegation", "return", body={})
    say(f"{found.id} is with whom it was asked of.")
