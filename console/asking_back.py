"""Asking back: having something found out before a question is answered."""

from __future__ import annotations

from typing import Annotated

import typer

from console.client import As, calling
from console.output import say
from console.questions import Question
from domain.views import QuestionSummary
from domain.words import in_words

commands = typer.Typer()


@commands.command()
def ask(
    name: Question,
    wanted: Annotated[str, typer.Argument(help="What is to be found out.")],
    person: As = None,
) -> None:
    """
    Have something found out before you decide.

    Example: lockstep ask OC-1-2-1 "Would the customer take the old revision?" --as mira.vogt
    """
    with calling(person) as api:
        found = api.post(QuestionSummary, "questions", name, "asking-back", body={"wanted": wanted})
    if found.closed_at is None:
        leads = ", ".join(map(in_words, found.further_roles))
        say(f"It has been asked back often enough: {leads} may decide {found.id} as well now.")
    else:
        say(f"It is being found out. {found.case_id} asks anew when it is there.")
