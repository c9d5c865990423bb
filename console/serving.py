"""The programs of production."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
import uvicorn

from console.output import complain, say
from console.running import run
from console.settings import our_settings
from console.working import work
from runtime.production import keep_running
from runtime.safety import Part, unsafe
from runtime.settings import Settings, Tls
from runtime.surroundings import look_around
from web.program import new_api

commands = typer.Typer()


@commands.command()
def api() -> None:
    """
    The HTTP API, until it is told to stop.

    Example: LOCKSTEP_API_HOST=0.0.0.0 lockstep api
    """
    _answer(our_settings())


@commands.command()
def serve(
    part: Annotated[Part | None, typer.Argument(help="Only this program; both if none is named.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is unsafe; exit 1 then.")] = False,
) -> None:
    """
    Lockstep in production: API and worker, unless anything about the settings is unsafe.

    Example: lockstep serve --check
    """
    settings = our_settings()
    found = run(look_around(settings))
    if findings := unsafe(settings, found, [part] if part else list(Part)):
        complain(f"Nothing is started: {len(findings)} to mend.")
        for finding in findings:
            complain(f"\n- {finding.what}\n  {finding.mend}")
        raise typer.Exit(1)
    if check:
        unasked = " Temporal did not answer, so what it keeps its data in was not looked at."
        say(f"Nothing about the settings is unsafe.{unasked if found.temporal_store is None else ''}")
        return
    match part:
        case Part.API:
            _answer(settings)
        case Part.WORKER:
            work()
        case None:
            raise typer.Exit(asyncio.run(keep_running(say)))


def _answer(settings: Settings) -> None:
    direct = settings.tls is Tls.DIRECT
    # The API writes a line of its own for each request, in the form that is set for all lines.
    uvicorn.run(
        new_api(),
        host=settings.api_host,
        port=settings.api_port,
        ssl_certfile=settings.tls_certificate if direct else None,
        ssl_keyfile=settings.tls_key if direct else None,
        log_config=None,
        access_log=False,
        server_header=False,
    )
