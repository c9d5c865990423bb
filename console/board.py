"""The board: where things are, who has to act, until when, how late they are, and why."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from console.client import As, calling
from console.output import AsJson, lasted, moment, say, show_json, show_table
from domain.standing.standing import Standing
from domain.status import OrderLineStatus
from domain.views import Page
from domain.words import in_words

commands = typer.Typer()


class Kinds(StrEnum):
    """What has a status."""

    LINES = "lines"
    LOTS = "lots"
    JOBS = "jobs"
    SHIPMENTS = "shipments"


@commands.command()
def board(  # noqa: PLR0913, PLR0917 - each is an option of the command
    kind: Annotated[Kinds, typer.Argument(help="What is to be seen.")],
    site: Annotated[str, typer.Argument(metavar="SITE", help="Where it is.")],
    status: Annotated[str | None, typer.Option(help="Only in this status, such as kit_short.")] = None,
    waiting_on: Annotated[str | None, typer.Option(help="Only what waits for this role.")] = None,
    cause: Annotated[str | None, typer.Option(help="Only what this is in the way of, such as material.")] = None,
    late: Annotated[
        bool | None, typer.Option("--late/--in-time", help="Only what is late, or only what is not.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what nobody waits for any more.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """
    Where the order lines, lots, jobs or shipments of a site are, who has to act, and how late they are.

    Example: lockstep board jobs north --waiting-on buyer --as leyla.demir
    """
    wanted = {
        "status": status,
        "waiting_on": waiting_on,
        "cause": cause,
        "late": late,
        "open": None if everything else True,
        "limit": limit,
    }
    shape: Any = Page[OrderLineStatus] if kind is Kinds.LINES else Page[Standing]
    with calling(person) as api:
        page = api.get(shape, "status", kind, site, **wanted)
    if as_json:
        show_json([shown.model_dump(mode="json") for shown in page.items])
        return
    show_table(("Name", "Is", "Waits for", "Until", "Late", "In the way"), [_row(shown) for shown in page.items])
    if page.next:
        say("There are more. Narrow them down, or raise --limit.")


def _row(shown: OrderLineStatus | Standing) -> tuple[str, ...]:
    late = "" if not shown.lateness or shown.lateness < timedelta(minutes=1) else lasted(shown.lateness)
    first = shown.reasons[0].text if shown.reasons else ""
    more = f" And {len(shown.reasons) - 1} more." if len(shown.reasons) > 1 else ""
    return (
        shown.key if isinstance(shown, Standing) else f"{shown.order}:{shown.line}",
        in_words(shown.status),
        in_words(shown.waiting_on or ""),
        moment(shown.next_due),
        late,
        f"{first}{more}",
    )
