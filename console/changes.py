"""Asking for changes of order lines, and taking that back."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from console.client import As, calling
from console.order_lines import Line, Order, Site
from console.output import AsJson, refuse, say, show_json
from console.times import written_time
from domain.processes.order_change import ORDER_CHANGE

commands = typer.Typer()


class Opened(BaseModel):
    """What became of a request."""

    case_id: str
    result: str
    behind: str | None
    links: dict[str, str]


class Told(BaseModel):
    """A command that the case will see, or a request that was taken back."""

    case_id: str
    command: str
    goes_on_for: tuple[str, ...] = ()


_OUTCOMES = {
    "opened": "{case} is open.",
    "known": "The same was asked before: {case}.",
    "superseding": "{case} takes over from {behind}.",
    "queued": "{case} waits for {behind} to end.",
}


@commands.command()
def change(  # noqa: PLR0913, PLR0917 - each is an option of the command
    site: Site,
    order: Order,
    line: Line,
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(ORDER_CHANGE.reasons)}.")],
    quantity: Annotated[str | None, typer.Option(help="How many it is to be in all.")] = None,
    wanted_at: Annotated[
        str | None,
        typer.Option("--date", help="When it is wanted: 2026-12-01, or with a time and its offset."),
    ] = None,
    item: Annotated[str | None, typer.Option(help="What is to be delivered instead.")] = None,
    revision: Annotated[str | None, typer.Option(help="In which revision.")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Nothing is wanted any more.")] = False,
    comment: Annotated[str, typer.Option(help="Why, for those who decide.")] = "",
    reference: Annotated[str, typer.Option(help="The mail, call note or document it came by.")] = "",
    corrects: Annotated[str, typer.Option(help="The question whose decision turned out wrong.")] = "",
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """
    Ask for a change of an order line.

    Example: lockstep change north SO-1002 10 --quantity 70 --reason customer_request --as ida.brandt
    """
    wanted: dict[str, Any] = {
        "quantity": None if quantity is None else _number(quantity),
        "requested_at": None if wanted_at is None else written_time(wanted_at),
        "item": item,
        "revision": revision,
        "cancel": cancel or None,
    }
    if not any(value is not None for value in wanted.values()):
        refuse("Say what is to be different: --quantity, --date, --item, --revision or --cancel.")
    code = reason.upper().replace("-", "_")
    if code not in ORDER_CHANGE.reasons:
        refuse(f"{reason} is none of the reasons {', '.join(ORDER_CHANGE.reasons)}. Say more in --comment.")
    about = {"site": site, "order": order, "line": line}
    why = {"reason": code, "comment": comment, "reference": reference, "corrects": corrects}
    with calling(person) as api:
        opened = api.post(Opened, "processes", ORDER_CHANGE.name, "cases", body={**about, **wanted, **why})
    if as_json:
        show_json(opened.model_dump(mode="json"))
        return
    say(_OUTCOMES[opened.result].format(case=opened.case_id, behind=opened.behind))
    say(f"See it with: lockstep case {opened.case_id}\nIn Temporal: {opened.links['temporal_ui']}")


@commands.command()
def withdraw(
    case: Annotated[str, typer.Argument(metavar="CASE", help="The number of a case, such as OC-12.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept on the trail.")],
    person: As = None,
) -> None:
    """
    Take a request back.

    Example: lockstep withdraw OC-1 --reason "The customer called again." --as ida.brandt
    """
    with calling(person) as api:
        told = api.post(Told, "cases", case, "commands", body={"command": "withdraw", "reason": reason})
    if told.goes_on_for:
        say(f"You ask for it no more. {told.case_id} goes on for {', '.join(told.goes_on_for)}.")
    else:
        say(f"{told.case_id} will be withdrawn; nothing of it stays behind.")


def _number(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        refuse(f"{text} is no quantity; write it as in 70 or 12.5.")
    return f"{number:f}"
