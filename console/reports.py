"""Reports of a site: what happened on a day, and what is on hold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from console.client import As, calling
from console.output import AsJson, lasted, moment, say, show_json, show_table
from domain.held_lot.hold_list import HoldList, LotOnHold
from domain.report import DailyReport
from domain.report_page import sentences, title
from domain.roles import listed
from domain.words import in_words

commands = typer.Typer()
report = typer.Typer(
    no_args_is_help=True,
    help="What people go through together about a site: what happened on a day, what is on hold.\n\n"
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


@report.command()
def holds(site: Site, person: As = None, as_json: AsJson = False) -> None:
    """
    The lots on hold, the oldest first: how many, what they are worth, who is asked, and since when.

    Example: lockstep report holds north --as quin.weber
    """
    with calling(person) as api:
        found = api.get(HoldList, "sites", site, "reports", "holds")
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    if not found.holds:
        say(f"Nothing is on hold at {site}.")
        return
    show_table(
        ("Case", "Lot", "On hold for", "Quantity", "Value", "Severity", "What is wrong", "Asked", "Since"),
        [_row(hold) for hold in found.holds],
        title=f"On hold at {site}, {moment(found.at)}",
    )
    assert found.average_age is not None
    say(
        f"\n{len(found.holds)} on hold, worth {found.value:f}, for {lasted(found.average_age)} on average; "
        f"{found.raised} for so long that it was raised."
    )


def _row(hold: LotOnHold) -> tuple[str, ...]:
    raised = f", raised to {listed(hold.raised_to)}" if hold.raised_to else ""
    return (
        hold.case_id, f"{hold.item}:{hold.lot}", f"{lasted(hold.age)}{raised}",
        f"{hold.quantity:f}", f"{hold.value:f}", hold.severity, hold.because,
        listed(hold.asked) or in_words(hold.state), moment(hold.asked_since),
    )  # fmt: skip
