"""Whether the record holds together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from console.database import our_database
from console.output import AsJson, busy, say, show_json
from console.running import run
from domain.invariants import INVARIANTS, Broken
from storage.invariants import broken_invariants, unguarded_trail

commands = typer.Typer()

_SHOWN = 20
# Places of one kind, to people; machines get them all.


@commands.command()
def check(
    days: Annotated[
        int | None, typer.Option(min=1, help="Look at open cases, and at those that ended in so many days.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Whether the record holds together: what must be so of every case, and where it is not; exit 1 if anything is.

    Changes nothing and keeps nobody waiting. Meant for every night.

    Example: lockstep check --days 7
    """
    found = run(_look_through(days))
    if as_json:
        show_json(
            [
                {"invariant": name, "law": law, "broken": [asdict(one) for one in found.get(name, ())]}
                for name, law in INVARIANTS.items()
            ]
        )
    else:
        for name, law in INVARIANTS.items():
            _tell(name, law, found.get(name, []))
    if found:
        raise typer.Exit(1)


def _tell(name: str, law: str, places: list[Broken]) -> None:
    say(f"{'broken' if places else 'holds':<8} {name}: {law}", "red" if places else "green")
    for one in places[:_SHOWN]:
        say(f"         {one.row}: {one.what}")
    if len(places) > _SHOWN:
        say(f"         And {len(places) - _SHOWN} more; --json lists them all.")


async def _look_through(days: int | None) -> dict[str, list[Broken]]:
    now = datetime.now(UTC)
    since = None if days is None else now - timedelta(days=days)
    found: dict[str, list[Broken]] = defaultdict(list)
    with busy("Looking through the record …"):
        async with our_database() as database:
            async for one in broken_invariants(database, now, since):
                found[one.invariant].append(one)
            if (unguarded := await unguarded_trail(database)) is not None:
                found[unguarded.invariant].append(unguarded)
    return found
