"""Claims: seeing to a question, letting go of it, and giving it to somebody."""

from __future__ import annotations

from typing import Annotated

import typer

from console.client import As, calling
from console.output import moment, say
from console.questions import Question
from domain.views import QuestionSummary

commands = typer.Typer()


@commands.command()
def claim(name: Question, person: As = None) -> None:
    """
    Say that you see to a question; the others see it.

    Example: lockstep claim OC-1-2-1 --as mira.vogt
    """
    with calling(person) as api:
        _show(api.post(QuestionSummary, "questions", name, "claim", body={}))


@commands.command()
def release(name: Question, person: As = None) -> None:
    """
    Let go of a question that you, or somebody you lead, claimed.

    Example: lockstep release OC-1-2-1 --as mira.vogt
    """
    with calling(person) as api:
        _show(api.post(QuestionSummary, "questions", name, "release", body={}))


@commands.command()
def assign(
    name: Question,
    to: Annotated[str, typer.Argument(metavar="PERSON", help="Who sees to it from now on.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")] = "",
    person: As = None,
) -> None:
    """
    Give a question to somebody whose role you lead.

    Example: lockstep assign OC-1-2-1 jon.berg --reason "Mira is in a meeting." --as olga.reuter
    """
    with calling(person) as api:
        _show(api.post(QuestionSummary, "questions", name, "assignment", body={"person": to, "reason": reason}))


def _show(found: QuestionSummary) -> None:
    if found.claim is None:
        say(f"Nobody sees to {found.id} now.")
    else:
        say(f"{found.claim.person} sees to {found.id} until {moment(found.claim.until)}.")
