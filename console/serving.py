"""The HTTP API as a program."""

from __future__ import annotations

import typer
import uvicorn

from api.program import new_api
from console.settings import our_settings

commands = typer.Typer()


@commands.command()
def api() -> None:
    """
    The HTTP API, until it is told to stop.

    Example: LOCKSTEP_API_HOST=0.0.0.0 lockstep api
    """
    settings = our_settings()
    # The API writes a line of its own for each request, in the form that is set for all lines.
    uvicorn.run(
        new_api(),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
    )
