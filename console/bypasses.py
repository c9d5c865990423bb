"""What was changed past everybody, at the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from console.client import As, calling
from console.output import AsJson, moment, say, show_json, show_table
from domain.bypass import Bypasses
from domain.words import in_words

commands = typer.Typer()


@commands.command()
def bypasses(
    site: Annotated[str, typer.Argument(metavar="SITE", help="Where.")], person: As = None, as_json: AsJson = False
) -> None:
    """
    What was changed in other systems with no decision behind it, and how often.

    Example: lockstep bypasses north --as ralf.thoma
    """
    with calling(person) as api:
        found = api.get(Bypasses, "sites", site, "bypasses")
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    if found.rate is None:
        say("Nothing that takes a decision changed in the last four weeks.")
        return
    say(f"{found.undecided} of {found.changes} changes had no decision behind them: {found.rate:.0%}.")
    show_table(
        ("What", "Name", "Is different", "Said by", "At", "Became"),
        [
            (
                in_words(one.kind),
                one.key,
                ", ".join(in_words(field) for field in one.fields),
                one.source,
                moment(one.at),
                one.became,
            )
            for one in found.newest
        ],
    )
