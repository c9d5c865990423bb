"""A customer wants more than was planned, and the plant decides together."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from connectors.plant.sample import SITUATIONS
from console.cases import read_trail, show_trail
from console.cast import Cast
from console.changes import Opened
from console.narrator import Narrator, StoryStuck
from console.order_lines import LineStatus, show_status, status_of
from console.output import heading, say
from domain.diagram import in_words
from domain.facts import LineStatus as Progress
from domain.facts import OrderLine
from domain.processes.order_change import ORDER_CHANGE
from domain.roles import Role
from runtime.development import DevelopmentFile

_MORE = Decimal("1.4")
# Forty percent: more than any store has lying about.

_STAND_INS = ("short_in_slushy", "substitute_possible", "stock_covers", "transfer_possible", "frozen")
# The first is what the story is about; the others serve while a case about its line is open.


def order_change(file: DevelopmentFile) -> None:
    """Plays it to its end. Raises StoryStuck, NobodyThere, ApiRefusal."""
    cast, before = _free_line(file)
    line = before.line
    seller = cast.somebody(Role.SALES)
    wanted = (line.quantity * _MORE).to_integral_value(ROUND_CEILING)

    heading("How it stands")
    show_status(before)

    heading("The customer calls")
    say(f"{line.customer} wants {wanted:f} instead of {line.quantity:f}, by the same day.")
    opened = _ask(cast, seller, line, wanted)
    say(f"{cast.name(seller)} (sales) asks for the change: {opened.case_id} is {opened.result}.")
    say(f"  It runs durably; see it there: {opened.links['temporal_ui']}")

    heading("What the plant makes of it")
    case = Narrator(cast, seller).play(opened.case_id)

    heading("What stays on record")
    show_trail(read_trail(cast.client(seller), case.id))

    heading("How it ended")
    say(f"{case.id} is {in_words(case.state)}: {case.because}", "bold")
    show_status(status_of(cast.client(seller), line.site, line.order, line.line))
    say(f"\n  As JSON      {case.links['self']}\n  In Temporal  {case.links['temporal_ui']}")
    say(f"  Again        lockstep case {case.id} --as {seller}")


def _free_line(file: DevelopmentFile) -> tuple[Cast, LineStatus]:
    for situation in _STAND_INS:
        site, order, line = SITUATIONS[situation]
        cast = Cast(file, site)
        found = status_of(cast.client(cast.somebody(Role.SALES)), site, order, line)
        if not found.busy and found.line.status is Progress.OPEN:
            return cast, found
        say(f"{found.line.key} at {site} is busy; the story takes another line.")
    raise StoryStuck(
        "A case is open about every line this story knows. Answer what waits: lockstep questions"
    )


def _ask(cast: Cast, seller: str, line: OrderLine, wanted: Decimal) -> Opened:
    body = {
        "site": line.site,
        "order": line.order,
        "line": line.line,
        "quantity": f"{wanted:f}",
        "reason": "CUSTOMER_REQUEST",
        "comment": "The customer called: a second building is to be equipped as well",
    }
    return cast.client(seller).post(Opened, "processes", ORDER_CHANGE.name, "cases", body=body)
