"""Order lines: where they are, and who has to do something next."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from console.client import As, Client, calling
from console.output import AsJson, moment, say, show_json, show_table
from domain.status import OrderLineStatus
from domain.words import in_words

commands = typer.Typer()

Site = Annotated[str, typer.Argument(metavar="SITE", help="Where it is delivered from.")]
Order = Annotated[str, typer.Argument(metavar="ORDER", help="The number of the order.")]
Line = Annotated[str, typer.Argument(metavar="LINE", help="The number of the line in it.")]


@commands.command()
def status(site: Site, order: Order, line: Line, person: As = None, as_json: AsJson = False) -> None:
    """
    Where an order line is, who has to act next, and when it will be there.

    Example: lockstep status north SO-1002 10 --as ida.brandt
    """
    with calling(person) as api:
        found = status_of(api, site, order, line)
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        show_status(found)


def status_of(api: Client, site: str, order: str, line: str) -> OrderLineStatus:
    """The line as it stands now. Raises ApiRefusal."""
    return api.get(OrderLineStatus, "status", "order-lines", site, order, line)


def show_status(found: OrderLineStatus) -> None:
    """The stage, what it waits for, the dates, and what stands in the way."""
    waits = f", waits for {in_words(found.waiting_on)}" if found.waiting_on else ""
    until = f" until {moment(found.next_due)}" if found.next_due else ""
    say(f"{found.order}:{found.line} at {found.site} is {in_words(found.status)}{waits}{until}.", "bold")
    ready = moment(found.projected_at) or "nobody knows when"
    say(f"Promised {moment(found.promised_at) or 'not yet'}, ready {ready}{_late(found.lateness)}.")
    if found.percent is not None:
        say(f"{found.percent} % of the work of its jobs is done.")
    for reason in found.reasons:
        say(f"- {reason.text}")
    if found.open_cases:
        rows = [(case.id, in_words(case.state), in_words(case.owner), moment(case.due_at)) for case in found.open_cases]
        show_table(("Open case", "State", "Waits for", "Until"), rows)
    say(f"Every source was asked at {moment(found.as_of)} or later.")


def _late(lateness: timedelta | None) -> str:
    if not lateness:
        return ""
    hours = lateness / timedelta(hours=1)
    return f", {lateness.days} days late" if lateness.days else f", {hours:.1f} hours late"
