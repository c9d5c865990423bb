"""Comments: writing one about a case, and reading those there are or that call you."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from console.attachments import attach_files
from console.cases import Case
from console.client import As, calling
from console.findings import SHORT
from console.output import AsJson, moment, say, show_json, show_table
from domain.comment import Comment
from domain.views import Page

commands = typer.Typer()


@commands.command()
def comment(
    number: Case,
    text: Annotated[str, typer.Argument(help="What is to be said; @mira.vogt calls her.")],
    files: Annotated[list[Path] | None, typer.Option("--attach", help="A file that goes with it.")] = None,
    person: As = None,
) -> None:
    """
    Write a comment on a case.

    Example: lockstep comment OC-1 "@mira.vogt the customer rang again." --as jon.berg
    """
    with calling(person) as api:
        attached = [one.digest for one in attach_files(api, number, files or [])]
        body = {"text": text, "attachments": attached or None}
        kept = api.post(Comment, "cases", number, "comments", body=body)
    called = f", for {', '.join(kept.mentions)}" if kept.mentions else ""
    say(f"Comment {kept.number} on {kept.case_id} is kept{called}.")


@commands.command()
def comments(number: Case, person: As = None, as_json: AsJson = False) -> None:
    """
    The comments on a case, oldest first.

    Example: lockstep comments OC-1 --as mira.vogt
    """
    with calling(person) as api:
        _show(api.get(Page[Comment], "cases", number, "comments", limit=500).items, as_json=as_json)


@commands.command()
def mentions(person: As = None, as_json: AsJson = False) -> None:
    """
    The comments that call you, newest first.

    Example: lockstep mentions --as mira.vogt
    """
    with calling(person) as api:
        _show(api.get(Page[Comment], "me", "mentions").items, as_json=as_json)


def _show(found: Iterable[Comment], *, as_json: bool) -> None:
    if as_json:
        show_json([one.model_dump(mode="json") for one in found])
        return
    show_table(
        ("Comment", "Case", "When", "Who", "What"),
        [(str(one.number), one.case_id, moment(one.at), one.by.name or one.by.id, _said(one)) for one in found],
    )


def _said(one: Comment) -> str:
    beside = ", ".join(digest[:SHORT] for digest in one.attachments)
    return f"{one.text} (with {beside})" if beside else one.text
