"""The whole system on one machine."""

from __future__ import annotations

import asyncio

import typer

from console.output import refusing
from console.settings import our_settings
from runtime.dev import AlreadyRunning, develop
from runtime.dev_server import PortsTaken, TemporalCommandMissing
from runtime.development import DevelopmentFileWrong

commands = typer.Typer()


@commands.command()
def dev() -> None:
    """
    The whole system on this machine, with a sample plant, until Ctrl-C.

    Example: LOCKSTEP_API_PORT=9000 lockstep dev
    """
    with refusing(AlreadyRunning, PortsTaken, TemporalCommandMissing, DevelopmentFileWrong):
        code = asyncio.run(develop(our_settings(), typer.echo))
    raise typer.Exit(code)
