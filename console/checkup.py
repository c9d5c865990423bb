"""Whether the installation is well."""

from __future__ import annotations

from dataclasses import asdict

import typer

from console.output import AsJson, say, show_json
from console.running import run
from console.settings import our_settings
from runtime.checkup.line import Health
from runtime.checkup.whole import check_up

commands = typer.Typer()

_STYLES = {Health.OK: "green", Health.WARNING: "yellow", Health.BROKEN: "red"}


@commands.command()
def doctor(as_json: AsJson = False) -> None:
    """
    Whether the running installation is well, and what mends it; exit 1 if anything is broken.

    Example: lockstep doctor
    """
    lines = run(check_up(our_settings()))
    if as_json:
        show_json([asdict(line) for line in lines])
    else:
        for line in lines:
            say(f"{line.health:<8} {line.about}: {line.what}", _STYLES[line.health])
            if line.mend:
                say(f"         {line.mend}")
    if any(line.health is Health.BROKEN for line in lines):
        raise typer.Exit(1)
