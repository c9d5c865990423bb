"""The processes there are."""

from __future__ import annotations

from typing import Annotated

import typer

from console.output import refuse, say, show_json, show_table
from domain.catalog import PROCESSES
from domain.diagram import in_words, state_row
from domain.process import Process

commands = typer.Typer()


@commands.command()
def processes(
    name: Annotated[str | None, typer.Argument(help="Of one process.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """
    The processes there are, or the states of one.

    Example: lockstep processes order_change
    """
    if name is None:
        _list(as_json)
        return
    process = PROCESSES.get(name.replace("-", "_"))
    if process is None:
        refuse(f"There is no process {name}; there are {', '.join(PROCESSES)}.")
    if as_json:
        show_json(_states(process))
        return
    say(f"{process.title}: {process.purpose}\n")
    show_table(STATE_COLUMNS, [state_row(state) for state in process.states])
