"""Order lines: what is known of them, and what is under way for them."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import BaseModel

from console.client import As, Client, calling
from console.output import AsJson, moment, say, show_json, show_table
from domain.diagram import in_words
from domain.facts import OrderLine, Reading
from domain.subject import Subject
from domain.views import CaseSummary, Page

commands = typer.Typer()

Site = Annotated[str, typer.Argument(metavar="SITE", help="Where it is delivered from.")]
Order = Annotated[str, typer.Argument(metavar="ORDER", help="The number of the order.")]
Line = Annotated[str, typer.Argument(metavar="LINE", help="The number of the line in it.")]


class LineStatus(BaseModel):
    """An order line as it stands, and the cases about it."""

    reading: Reading[OrderLine]
    cases: tuple[CaseSummary, ...]
    """The newest first."""

    @property
    def line(self) -> OrderLine:
        """What the order book says."""
        return self.reading.fact

    @property
    def busy(self) -> bool:
        """Whether a case about it is open."""
        return any(case.closed_at is None for case in self.cases)


@commands.command()
def status(site: Site, order: Order, line: Line, person: As = None, as_json: AsJson = False) -> None:
    """
    What is known of an order line, and what is under way for it.

    Example: lockstep status north SO-1002 10 --as ida.brandt
    """
    with calling(person) as api:
        found = status_of(api, site, order, line)
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        show_status(found)


def status_of(api: Client, site: str, order: str, line: str) -> LineStatus:
    """The line as it stands now. Raises ApiRefusal."""
    subject = Subject.order_line(site, order, line)
    return LineStatus(
        reading=api.get(Reading[OrderLine], "sites", site, "order-lines", order, line),
        cases=api.get(Page[CaseSummary], "cases", site=site, subject=subject.key).items,
    )


def show_status(found: LineStatus) -> None:
    """What was ordered, what was promised, and the cases about it."""
    line = found.line
    revision = f" in revision {line.revision}" if line.revision else ""
    say(f"{line.key} at {line.site}: {line.quantity:f} × {line.item}{revision} for {line.customer}", "bold")
    say(
        f"{in_words(line.status)}, {line.shipped:f} shipped; wanted {moment(line.requested_at)}, "
        f"promised {moment(line.promised_at) or 'not yet'}."
    )
    say(f"So says {found.reading.source}, as of {moment(found.reading.as_of)}.")
    if found.cases:
        rows = [(case.id, case.process, in_words(case.state), case.because) for case in found.cases]
        show_table(("Case", "Process", "State", "Why"), rows)
    else:
        say("No case was ever opened about it.")
