"""Following: hearing what happens to a case or an order."""

from __future__ import annotations

from typing import Annotated

import typer

from console.cases import what_happened, who_did
from console.client import As, calling
from console.output import AsJson, moment, say, show_json, show_table
from domain.following import Heard
from domain.views import Page

commands = typer.Typer()

Name = Annotated[str, typer.Argument(metavar="CASE|ORDER", help="The number of a case, or an order with --site.")]
Site = Annotated[str | None, typer.Option(help="Whose order it is.")]


@commands.command()
def follow(name: Name, site: Site = None, person: As = None) -> None:
    """
    Hear what happens to a case, or to all cases about an order.

    Example: lockstep follow SO-1001 --site hall1 --as mira.vogt
    """
    with calling(person) as api:
        api.tell(*_path(name, site), body={})
    say(f"You hear what happens to {name} with: lockstep news")


@commands.command()
def unfollow(name: Name, site: Site = None, person: As = None) -> None:
    """
    Hear no more of a case or an order.

    Example: lockstep unfollow OC-1 --as mira.vogt
    """
    with calling(person) as api:
        api.tell(*_path(name, site), "end", body={})
    say(f"You hear no more of {name}.")


@commands.command()
def news(person: As = None, as_json: AsJson = False) -> None:
    """
    What happened to what you follow, the newest first.

    Example: lockstep news --as mira.vogt
    """
    with calling(person) as api:
        found = api.get(Page[Heard], "me", "news").items
    if as_json:
        show_json([one.model_dump(mode="json") for one in found])
        return
    show_table(
        ("Case", "About", "When", "Who", "What", "Why"),
        [
            (one.case_id, one.subject, moment(one.line.at), who_did(one.line), what_happened(one.line), one.line.reason)
            for one in found
        ],
    )


def _path(name: str, site: str | None) -> tuple[str, ...]:
    return ("cases", name, "following") if site is None else ("sites", site, "orders", name, "following")
