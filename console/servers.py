"""The programs that a production installation runs."""

from __future__ import annotations

import typer
import uvicorn

from console.output import refusing
from console.running import run
from console.settings import our_settings
from runtime.assembly import new_api, run_worker
from runtime.temporal import SearchAttributesMissing

commands = typer.Typer()


@commands.command()
def api() -> None:
    """
    The HTTP API, until it is told to stop.

    Example: LOCKSTEP_API_HOST=0.0.0.0 lockstep api
    """
    settings = our_settings()
    # The API writes its own line for each request, in the form that is set for all lines.
    uvicorn.run(
        new_api(), host=settings.api_host, port=settings.api_port, log_config=None, access_log=False, server_header=False
    )


@commands.command()
def worker() -> None:
    """
    A worker: runs cases and passes messages on, until it is told to stop.

    Example: TEMPORAL_ADDRESS=temporal.plant.example:7233 lockstep worker
    """
    our_settings()
    with refusing(SearchAttributesMissing):
        run(run_worker())
