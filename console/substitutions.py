"""Substitutions: naming who answers while somebody is away, seeing who does, and ending it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from console.client import As, calling
from console.output import AsJson, refuse, say, show_json, show_table
from domain.substitution import Substitution
from domain.views import Page
from domain.words import in_words

commands = typer.Typer()

Site = Annotated[str, typer.Argument(metavar="SITE", help="Where somebody is away.")]
Why = Annotated[str, typer.Option(help="Why; it is kept.")]


@commands.command()
def substitutes(site: Site, person: As = None, as_json: AsJson = False) -> None:
    """
    Who stands in for whom at a site, now or later.

    Example: lockstep substitutes hall1 --as mira.vogt
    """
    with calling(person) as api:
        found = api.get(Page[Substitution], "sites", site, "substitutions").items
    if as_json:
        show_json([one.model_dump(mode="json") for one in found])
        return
    show_table(
        ("Name", "Away", "Substitute", "As", "Process", "From", "Until", "Why"),
        [
            (
                one.id,
                one.absent,
                one.substitute,
                ", ".join(map(in_words, one.roles)),
                one.process or "all",
                f"{one.first_day}",
                f"{one.last_day}",
                one.reason,
            )
            for one in found
        ],
    )


@commands.command()
def substitute(  # noqa: PLR0913, PLR0917 - each is an option of the command
    site: Site,
    substitute: Annotated[str, typer.Argument(help="Who answers; he has to hold the role himself.")],
    until: Annotated[str, typer.Option(help="The last day, such as 2026-12-04.")],
    reason: Why,
    since: Annotated[str | None, typer.Option("--from", help="The first day; today where none is named.")] = None,
    absent: Annotated[str | None, typer.Option("--for", help="Who is away; you, where nobody is named.")] = None,
    process: Annotated[str | None, typer.Option(help="Only in this process.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="Only in this role; may be repeated.")] = None,
    person: As = None,
) -> None:
    """
    Name who answers for you while you are away, or for somebody whose role you lead.

    Example: lockstep substitute hall1 jon.berg --until 2026-12-04 --reason "On leave." --as mira.vogt
    """
    body = {
        "substitute": substitute,
        "absent": absent,
        "process": process,
        "roles": role or None,
        "first_day": f"{_day(since) if since else date.today()}",  # noqa: DTZ011 - the day of whoever types it
        "last_day": f"{_day(until)}",
        "reason": reason,
    }
    with calling(person) as api:
        given = api.post(Substitution, "sites", site, "substitutions", body=body)
    say(
        f"{given.id}: {given.substitute} answers for {given.absent} as {', '.join(map(in_words, given.roles))}"
        f"{f' in {given.process}' if given.process else ''}, from {given.first_day} until {given.last_day}."
    )


@commands.command()
def unsubstitute(
    site: Site,
    name: Annotated[str, typer.Argument(metavar="SUBSTITUTION", help="Its name, as lists show it.")],
    reason: Why,
    person: As = None,
) -> None:
    """
    End a substitution at once.

    Example: lockstep unsubstitute hall1 SUB-1 --reason "Back early." --as mira.vogt
    """
    with calling(person) as api:
        ended = api.post(Substitution, "sites", site, "substitutions", name, "end", body={"reason": reason})
    say(f"{ended.id} has ended: {ended.substitute} no longer answers for {ended.absent}.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(f"{text} is no day. Write it as 2026-12-04.")
