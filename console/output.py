"""How commands speak: to people in tables and sentences, to machines in JSON, and of what went wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]

_WIDE = 200
# Columns, where there is no terminal: whoever reads a pipe wants lines whole.


def say(text: str = "", style: str | None = None) -> None:
    """Write *text* as it is, wrapped at words."""
    _console().print(plain(text), style=style, markup=False, highlight=False)


def heading(text: str) -> None:
    """Begin a part of something long."""
    say(f"\n── {text} ──\n", "bold cyan")


def refuse(sentence: str) -> NoReturn:
    """End the command: *sentence* goes to standard error, and the exit code is 1."""
    complain(sentence)
    raise typer.Exit(1)


def complain(sentence: str) -> None:
    """Write what went wrong to standard error."""
    _console(error=True).print(plain(sentence), style="red", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Whatever of *kinds* is raised within ends the command with the sentence it carries."""
    try:
        yield
    except kinds as problem:
        refuse(str(problem))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Write *rows* under *columns*; one sentence where there are none."""
    table = Table(title=plain(title) or None, title_justify="left", title_style="bold", header_style="bold", box=None)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    if table.row_count:
        _console().print(table, markup=False, highlight=False)
    else:
        say("There are none.")


def show_json(value: Any) -> None:
    """Write *value* as JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def progress() -> Progress:
    """A bar on standard error that says how far long work has come."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=_console(error=True), transient=True)


@contextmanager
def busy(what: str) -> Iterator[Callable[[str], None]]:
    """Shows on standard error that *what* is going on; what is given may say otherwise from time to time."""
    with _console(error=True).status(what) as status:
        yield status.update


def moment(at: datetime | None) -> str:
    """A time as people read it; nothing for none."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def lasted(length: timedelta) -> str:
    """How long something lasted as people say it, in days, hours or minutes."""
    for one, name in ((timedelta(days=1), "days"), (timedelta(hours=1), "hours")):
        if length >= one:
            return f"{length / one:.1f} {name}"
    return f"{length / timedelta(minutes=1):.0f} minutes"


def plain(text: str) -> str:
    """*text* without anything that could repaint a terminal or turn its letters around."""
    text = text.replace("\t", "    ")
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)


def _console(*, error: bool = False) -> Console:
    stream = sys.stderr if error else sys.stdout
    return Console(stderr=error, width=None if stream.isatty() else _WIDE, markup=False)
