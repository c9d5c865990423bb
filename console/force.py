"""What operators do about a case that is stuck: have it looked at again, or move it by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from console.changes import Told
from console.client import As, calling
from console.output import moment, say, show_table
from domain.force import ForcedMove
from domain.words import in_words

commands = typer.Typer()

Case = Annotated[str, typer.Argument(metavar="CASE", help="The number of a case, such as OC-12.")]


@commands.command()
def force(
    number: Case,
    to: Annotated[str, typer.Option(help="The state to move it to; `lockstep case --json` says which it may be.")],
    reason: Annotated[str, typer.Option(help="Why there is no other way; the plant manager reads it.")],
    person: As = None,
) -> None:
    """
    Move a stuck case by hand; it is put back unless the plant manager confirms it.

    Example: lockstep force OC-1 --to assessing --reason "The planner's answer got lost." --as timo.falk
    """
    with calling(person) as api:
        moved = api.post(ForcedMove, "cases", number, "force", body={"to": to, "reason": reason})
    say(f"{moved.case_id} was {in_words(moved.from_state)} and is {in_words(moved.to_state)} now.")
    say(f"Whether that stands is asked as {moved.question}; without a yes it is put back at {moment(moved.due_at)}.")


@commands.command()
def retry(
    number: Case,
    reason: Annotated[str, typer.Option(help="Why; it is kept on the trail.")],
    person: As = None,
) -> None:
    """
    Have a case look again now at what it waits for.

    Example: lockstep retry DR-2 --reason "The carrier rang." --as greta.pohl
    """
    with calling(person) as api:
        told = api.post(Told, "cases", number, "commands", body={"command": "look_again", "reason": reason})
    say(f"{told.case_id} looks again.")


def show_forced_moves(moves: Iterable[ForcedMove]) -> None:
    """Each move by hand, and what became of it."""
    show_table(
        ("When", "Who", "From", "To", "Why", "Is"),
        [
            (
                moment(move.at),
                move.by.name or move.by.id,
                in_words(move.from_state),
                in_words(move.to_state),
                move.reason,
                f"{in_words(move.outcome)} {move.became}".strip(),
            )
            for move in moves
        ],
        title="Moved by force",
    )
