"""Signatures under answers: given by who proves anew who he is, and looked at afterwards."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import BaseModel

from api.problem_kinds import Kind
from console.client import ApiRefusal, As, Client, calling
from console.output import AsJson, moment, say, show_json, show_table
from domain.electronic_signature import CheckedSignature, ElectronicSignature, Method
from domain.views import Page, QuestionDetail

commands = typer.Typer()

FromStdin = Annotated[
    bool, typer.Option("--stdin", help="Where a password is needed to sign: the first line of standard input.")
]


class Reauthenticated(BaseModel):
    """That somebody proved anew who he is."""

    reauthentication: str


@commands.command()
def signatures(
    number: Annotated[str, typer.Argument(metavar="CASE", help="The number of a case, such as DR-3.")],
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """
    Who signed which answer of a case, and whether each is still what was signed.

    Ends with 1 if anything was altered.

    Example: lockstep signatures DR-3 --as olga.reuter
    """
    with calling(person) as api:
        found = api.get(Page[CheckedSignature], "cases", number, "signatures").items
    show_checked(found, as_json=as_json)


def show_checked(found: Sequence[CheckedSignature], *, as_json: bool) -> None:
    """What was signed. Raises typer.Exit if anything was altered since."""
    if as_json:
        show_json([one.model_dump(mode="json") for one in found])
    else:
        show_signatures(found)
    if not all(one.intact for one in found):
        raise typer.Exit(1)


def show_signatures(found: Sequence[CheckedSignature]) -> None:
    """Name, time and meaning of each, how it was known who signed, and what was altered since."""
    show_table(
        ("Signed by", "At", "Means", "Question", "Answer", "Proven by", "Intact"),
        [
            (
                _name(one.signature),
                moment(one.signature.at),
                one.signature.meaning,
                f"{one.signature.question}: {one.signature.asked}",
                one.signature.answered,
                _METHODS[one.signature.method],
                "yes" if one.intact else "NO",
            )
            for one in found
        ],
    )
    for one in found:
        for what in one.altered:
            say(f"{one.signature.question}, {one.signature.name}: {what}", "bold")


_METHODS = {
    Method.PASSWORD: "password",
    Method.PROVIDER: "login at the provider, for this",
    Method.TOKEN: "login at the provider, just before",
    Method.DEVELOPMENT: "nothing: development system",
}


def signed(api: Client, asked: QuestionDetail, choice: str, seen: str, *, stdin: bool) -> dict[str, str]:
    """
    What goes with an answer of *choice* so that it is signed, on what was *seen*; nothing where no signature is asked.

    Raises ApiRefusal.
    """
    if choice not in asked.signed:
        return {}
    say(f"You sign: {asked.signed[choice]}", "bold")
    return {"reauthentication": proven(api, "questions", asked.id, stdin=stdin, choice=choice, seen=seen)}


def proven(api: Client, *of: str, stdin: bool, **said: str | None) -> str:
    """What is given to who proves anew who he is: by a login a moment ago, else by his password. Raises ApiRefusal."""
    path = (*of, "reauthentications")
    try:
        given = api.post(Reauthenticated, *path, body=said)
    except ApiRefusal as refusal:
        if not to_be_signed(refusal):
            raise
        password = sys.stdin.readline().rstrip("\r\n") if stdin else typer.prompt("Your password", hide_input=True)
        given = api.post(Reauthenticated, *path, body={**said, "password": password})
    return given.reauthentication


def to_be_signed(refusal: ApiRefusal) -> bool:
    """Whether it is missing that somebody proves anew who he is, and not something else that he did not show."""
    return refusal.kind == Kind.SIGNATURE_NEEDED.value.type


def say_signed(signature: ElectronicSignature) -> None:
    """In whose name, when and what for."""
    say(f"Signed by {_name(signature)} at {moment(signature.at)}: {signature.meaning}.")


def _name(signature: ElectronicSignature) -> str:
    return signature.name if signature.on_behalf_of is None else f"{signature.name} for {signature.on_behalf_of}"
