"""The processes there are."""

from __future__ import annotations

from typing import Annotated

import typer

from console.output import AsJson, refuse, say, show_json, show_table
from domain.catalog import PROCESSES
from domain.diagram import STATE_COLUMNS, length, state_row
from domain.process import Process

commands = typer.Typer()


@commands.command()
def processes(
    name: Annotated[str | None, typer.Argument(help="Of one process.")] = None,
    as_json: AsJson = False,
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


def _list(as_json: bool) -> None:
    listed = PROCESSES.values()
    if as_json:
        show_json([{"name": each.name, "title": each.title, "purpose": each.purpose} for each in listed])
    else:
        show_table(("Process", "Title", "Purpose"), [(each.name, each.title, each.purpose) for each in listed])


def _states(process: Process) -> list[dict[str, object]]:
    return [
        {
            "name": state.name,
            "meaning": state.meaning,
            "owner": None if state.final else str(state.owner),
            "late_after": None if state.within is None else length(state.within),
            "can_be_stopped": state.interruptible,
            "next": list(state.next),
        }
        for state in process.states
    ]
