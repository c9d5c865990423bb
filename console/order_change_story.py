"""A customer wants more than was planned, and the plant decides together."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

from connectors.plant.sample import SITUATIONS, sample_plant
from console.cases import ShownCase, read_trail, show_trail
from console.cast import Cast
from console.changes import Opened
from console.client import Client
from console.narrator import Narrator, StoryStuck
from console.order_lines import show_status, status_of
from console.output import heading, say
from domain.effect import ReviseOrderLine
from domain.facts import OrderLine
from domain.order_line.stage import LineStage
from domain.processes.order_change import ORDER_CHANGE
from domain.roles import Role
from domain.status import OrderLineStatus
from domain.subject import Subject
from domain.views import CaseSummary, Page
from domain.words import in_words
from runtime.development import DevelopmentFile

_MORE = Decimal("1.4")
# Forty percent: more than any store has lying about.

_STAND_INS = ("short_in_slushy", "substitute_possible", "stock_covers", "transfer_possible", "frozen")
# The first is what the story is about; the others serve while a case about its line is open.

_OVER = (LineStage.CANCELLED, LineStage.CLOSED, LineStage.DELIVERED, LineStage.SHIPPED, LineStage.LOADING)


def order_change(file: DevelopmentFile) -> None:
    """Plays it to its end. Raises StoryStuck, NobodyThere, ApiRefusal."""
    cast, line = _free_line(file)
    seller = cast.somebody(Role.SALES)
    present = _quantity(cast.client(seller), line)
    wanted = (present * _MORE).to_integral_value(ROUND_CEILING)

    heading("How it stands")
    show_status(line)

    heading("The customer calls")
    say(f"He wants {wanted:f} instead of {present:f}, by the same day.")
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


def _free_line(file: DevelopmentFile) -> tuple[Cast, OrderLineStatus]:
    for situation in _STAND_INS:
        site, order, line = SITUATIONS[situation]
        cast = Cast(file, site)
        found = status_of(cast.client(cast.somebody(Role.SALES)), site, order, line)
        if not found.open_cases and found.status not in _OVER:
            return cast, found
        say(f"{order}:{line} at {site} is {in_words(found.status)}; the story takes another line.")
    raise StoryStuck("A case is open about every line this story knows. Answer what waits: lockstep questions")


def _quantity(api: Client, line: OrderLineStatus) -> Decimal:
    """What the newest case about the line left it at; without one, what the sample plant began with."""
    about = Subject.order_line(line.site, line.order, line.line)
    known = api.get(Page[CaseSummary], "cases", site=about.site, subject=about.key, limit=1).items
    if not known:
        plant = sample_plant(datetime.now(UTC))
        lines = (fact for fact in plant if isinstance(fact, OrderLine) and fact.site == about.site)
        return next(fact.quantity for fact in lines if fact.key == about.key)
    case = api.get(ShownCase, "cases", known[0].id)
    kept = case.effects if case.state == "completed" else ()
    written = [each.effect.quantity for each in kept if isinstance(each.effect, ReviseOrderLine)]
    return written[-1] if written else Decimal(case.before.fact["quantity"])


def _ask(cast: Cast, seller: str, line: OrderLineStatus, wanted: Decimal) -> Opened:
    body = {
        "site": line.site,
        "order": line.order,
        "line": line.line,
        "quantity": f"{wanted:f}",
        "reason": "CUSTOMER_REQUEST",
        "comment": "The customer called: a second building is to be equipped as well",
    }
    return cast.client(seller).post(Opened, "processes", ORDER_CHANGE.name, "cases", body=body)
