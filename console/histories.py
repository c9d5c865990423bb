"""Recorded cases, run again by the present program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from console.output import complain, say
from console.running import run
from runtime.temporal import workflow_runner
from workflows.catalog import WORKFLOWS

commands = typer.Typer()


@commands.command()
def replay(
    files: Annotated[
        list[Path],
        typer.Argument(help="Histories as Temporal writes them in JSON.", exists=True, dir_okay=False),
    ],
) -> None:
    """
    Check that recorded cases still run as they did.

    A history that does not would stop running cases of its kind; the exit code is 1 then.

    Example: lockstep replay history-of-a-case.json
    """
    failed = run(_replay(files))
    say(f"{len(files) - failed} of {len(files)} recorded cases run as they did.")
    if failed:
        raise typer.Exit(1)


async def _replay(files: list[Path]) -> int:
    replayer = Replayer(
        workflows=list(WORKFLOWS.values()),
        workflow_runner=workflow_runner(),
        data_converter=pydantic_data_converter,
    )
    failed = 0
    for path in files:
        try:
            history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))
        except (ValueError, KeyError, TypeError, OSError) as problem:
            complain(f"{path}: this is no history: {problem}")
            failed += 1
            continue
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        if result.replay_failure is not None:
            complain(f"{path}: {result.replay_failure}")
            failed += 1
    return failed
