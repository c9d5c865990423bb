"""A worker as a program."""

from __future__ import annotations

import typer

from console.output import refusing
from console.running import run
from runtime.settings import SettingsWrong
from runtime.telemetry import ExporterMissing
from runtime.temporal import SearchAttributesMissing
from runtime.working import run_worker

commands = typer.Typer()


@commands.command()
def worker() -> None:
    """
    A worker: runs cases and passes messages on, until it is told to stop.

    Example: TEMPORAL_ADDRESS=temporal.plant.example:7233 lockstep worker
    """
    work()


def work() -> None:
    """Return when told to stop; the command ends if it cannot begin."""
    with refusing(SettingsWrong, ExporterMissing, SearchAttributesMissing):
        run(run_worker())
