"""Attachments: giving a case documents and pictures, seeing which there are, and saving them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from pydantic import RootModel

from console.cases import Case
from console.client import As, Client, calling
from console.findings import SHORT, show_attachments
from console.output import AsJson, refuse, refusing, say, show_json
from domain.attachment import Attachment, cleaned

commands = typer.Typer()

_Kept = RootModel[tuple[Attachment, ...]]


@commands.command()
def attach(
    number: Case,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Documents and pictures.")],
    person: As = None,
) -> None:
    """
    Attach documents and pictures to a case.

    Example: lockstep attach QH-1 inspection.pdf scratch.jpg --as quentin.abel
    """
    with calling(person) as api:
        for kept in attach_files(api, number, files):
            say(f"{kept.name} is with {kept.case_id} as {kept.digest[:SHORT]}.")


@commands.command()
def attachments(number: Case, person: As = None, as_json: AsJson = False) -> None:
    """
    What is attached to a case, oldest first.

    Example: lockstep attachments QH-1 --as quentin.abel
    """
    with calling(person) as api:
        found = _attached(api, number)
    if as_json:
        show_json([one.model_dump(mode="json") for one in found])
    else:
        show_attachments(found)


@commands.command()
def download(
    number: Case,
    digest: Annotated[str, typer.Argument(metavar="ATTACHMENT", help="Its digest, or how that begins.")],
    to: Annotated[Path | None, typer.Option(help="The file; otherwise its name, here. None is overwritten.")] = None,
    person: As = None,
) -> None:
    """
    Save an attachment of a case as a file.

    Example: lockstep download QH-1 3f9a1c20b7de --as quentin.abel
    """
    with calling(person) as api:
        meant = [one for one in _attached(api, number) if one.digest.startswith(digest)]
        if len(meant) != 1:
            refuse(f"{number} has {'several attachments' if meant else 'no attachment'} beginning with {digest}.")
        # Whatever the name says, it is a name here and leads nowhere else.
        place = to or Path(cleaned(meant[0].name, meant[0].kind))
        with refusing(OSError):
            _save(api, meant[0], place)
    say(f"Saved as {place}.")


def attach_files(api: Client, case_id: str, files: Iterable[Path]) -> list[Attachment]:
    """The attachments that *files* became, each once however often it was attached. Raises ApiRefusal."""
    kept = []
    for path in files:
        with refusing(OSError), path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            kept.append(
                api.send(Attachment, "cases", case_id, "attachments", content=file, name=path.name, digest=digest)
            )
    return kept


def _attached(api: Client, number: str) -> tuple[Attachment, ...]:
    return api.get(_Kept, "cases", number, "attachments").root


def _save(api: Client, attachment: Attachment, place: Path) -> None:
    """Write the attachment to *place*, where nothing is yet; nothing is left there unless all of it came."""
    with ExitStack() as undo:
        with place.open("xb") as file:
            undo.callback(place.unlink)
            api.save(file, "cases", attachment.case_id, "attachments", attachment.digest)
        with place.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest() == attachment.digest
        if not whole:
            refuse("What came is not what was attached, and was not kept. Try again.")
        undo.pop_all()
