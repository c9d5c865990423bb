"""The daily report of a site."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from console.client import As, calling
from console.output import AsJson, say, show_json
from domain.report import DailyReport
from domain.report_page import sentences, title

commands = typer.Typer()
report = typer.Typer(
    no_args_is_help=True,
    help="What happened at a site on a day: read it, or be sent it each working morning.\n\n"
    "Example: lockstep report daily north",
)
commands.add_typer(report, name="report")

Site = Annotated[str, typer.Argument(metavar="SITE", help="Whose report.")]


@report.command()
def daily(
    site: Site,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Of which day; yesterday.")
    ] = None,
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """
    What happened at a site on a day, by its own clocks, and what was open at its end.

    Example: lockstep report daily north --date 2026-10-05 --as ralf.thoma
    """
    with calling(person) as api:
        wanted = None if day is None else f"{day:%Y-%m-%d}"
        found = api.get(DailyReport, "sites", site, "reports", "daily", date=wanted)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    say(f"{title(found)}, {found.plant}\n")
    for sentence in sentences(found):
        say(sentence)


@report.command()
def follow(site: Site, person: As = None) -> None:
    """
    Be sent the report each working morning, whatever your role.

    Example: lockstep report follow north --as mira.vogt
    """
    with calling(person) as api:
        api.tell("sites", site, "reports", "daily", "following", body={})
    say(f"You are sent the report of {site} each working morning, where you can be reached: lockstep contact mine")


@report.command()
def unfollow(site: Site, person: As = None) -> None:
    """
    Be sent it no more.

    Example: lockstep report unfollow north --as mira.vogt
    """
    with calling(person) as api:
        api.tell("sites", site, "reports", "daily", "following", "end", body={})
    say("You are sent it no more, unless your role is: then say lockstep contact mine --without report")
