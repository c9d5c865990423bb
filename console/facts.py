"""Facts from files: what other systems exported, into the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.progress import Progress, TaskID

from connectors.frepple.conversion import convert_file
from connectors.frepple.tables import UnreadablePlan
from connectors.plant.files import BadLine, count_lines, read_file, write_file
from console.database import our_database
from console.output import complain, progress, refuse, refusing, say, show_table
from console.running import run
from domain.fact import Fact, Reading
from storage.facts import LARGEST_BATCH, FactStore

commands = typer.Typer()
convert = typer.Typer(
    no_args_is_help=True,
    help="Write what another system exported as facts that can be loaded.\n\n"
    "Example: lockstep convert frepple plan.json plant.ndjson",
)
commands.add_typer(convert, name="convert")


@dataclass
class Loaded:
    """What became of the lines of a file, or of several."""

    taken: int = 0
    changed: int = 0
    bad: int = 0


@commands.command()
def load(
    files: Annotated[
        list[Path], typer.Argument(help="NDJSON, or CSV named after its kind.", exists=True, dir_okay=False)
    ],
    source: Annotated[str, typer.Option(help="The system that says so, where a line names none.")] = "file",
) -> None:
    """
    Take facts from files in NDJSON or CSV.

    Good lines are taken, bad ones reported by their number; the exit code is 1 if there were any.
    docs/facts.md says what may be in a file. A changed order line opens a case, as if an event had told of it.

    Example: lockstep load sites.ndjson order_line.csv --source erp
    """
    with refusing(OSError), progress() as bar:
        total = run(_load(files, source, bar))
    say(f"{total.taken} facts read, {total.changed} of them new or different; {total.bad} lines refused.")
    if total.bad:
        raise typer.Exit(1)


@convert.command()
def frepple(
    plan: Annotated[Path, typer.Argument(help="A frePPLe plan: JSON, or XML.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Argument(help="The NDJSON file to write.")],
    zone: Annotated[str, typer.Option(help="The IANA time zone whose clocks the plan's dates show.")] = "UTC",
) -> None:
    """
    A frePPLe plan as facts that can be loaded.

    Example: lockstep convert frepple plan.json plant.ndjson --zone Europe/Berlin
    """
    try:
        converted = convert_file(plan, site_zone=zone)
        count = write_file(out, converted.facts)
    except (UnreadablePlan, ValidationError, UnicodeDecodeError, OSError, KeyError) as problem:
        refuse(f"{plan} cannot be converted: {problem}")
    say(f"{count} facts, as of {converted.now:%Y-%m-%d %H:%M} UTC, are in {out}.")
    if converted.skipped:
        skipped = [(what, str(often)) for what, often in converted.skipped.items()]
        show_table(("What facts cannot say", "How often"), skipped)


async def _load(files: list[Path], source: str, bar: Progress) -> Loaded:
    total = Loaded()
    async with our_database() as database:
        store = FactStore(database)
        for path in files:
            task = bar.add_task(path.name, total=count_lines(path))
            lines = read_file(path, source=source, read_at=datetime.now(UTC))
            while batch := list(islice(_good(lines, path, total, bar, task), LARGEST_BATCH)):
                total.taken += len(batch)
                total.changed += len(await store.keep(batch))
    return total


def _good(
    lines: Iterator[Reading[Fact] | BadLine], path: Path, total: Loaded, bar: Progress, task: TaskID
) -> Iterator[Reading[Fact]]:
    for line in lines:
        bar.advance(task)
        if isinstance(line, BadLine):
            total.bad += 1
            complain(f"{path}:{line.number}: {line.reason}")
        else:
            yield line
