"""People who come in with a password of ours."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.database import our_database
from console.output import refuse, refusing, say
from console.running import run
from console.settings import our_settings
from domain.decision import Principal, PrincipalKind
from domain.master_data import Person
from runtime.development import login_link
from runtime.passwords import PasswordTooWeak, hashed
from storage.accounts import Account, AccountExists, Accounts, NoSuchAccount
from storage.database import Database
from storage.facts import FactStore
from storage.tickets import TicketKind, Tickets

commands = typer.Typer()
group = typer.Typer(
    no_args_is_help=True,
    help="Passwords, for plants without an identity provider, and login links.\n\nExample: lockstep account add anna",
)
commands.add_typer(group, name="account")

Whose = Annotated[str, typer.Argument(help="The person, as the facts name him.")]
FromStdin = Annotated[bool, typer.Option("--stdin", help="Read the password from the first line of standard input.")]


@group.command()
def add(person: Whose, stdin: FromStdin = False) -> None:
    """
    Let a person who is known from the facts come in with a password. It is asked for, never an argument.

    Example: lockstep account add anna
    """
    kept = _new_password(person, stdin)
    run(_add(person, kept))
    say(f"{person} may come in.")


@group.command()
def password(person: Whose, stdin: FromStdin = False) -> None:
    """
    Give a person another password. Wherever he had logged in, he has to do it again.

    Example: lockstep account password anna
    """
    kept = _new_password(person, stdin)
    run(_change(person, kept))
    say(f"{person} has another password.")


@group.command()
def disable(person: Whose) -> None:
    """
    Let a person come in with a password no longer, and end what he has begun, from the next click on.

    Example: lockstep account disable anna
    """
    run(_disable(person))
    say(f"{person} may no longer come in with a password.")


@group.command()
def link(person: Whose) -> None:
    """
    A link that lets a person who is known from the facts in, once and within ten minutes. Whoever has it is he.

    Example: lockstep account link anna
    """
    public_url = our_settings().public_url
    say(login_link(public_url, run(_ticket(person))))


def _new_password(person: str, stdin: bool) -> str:
    typed = sys.stdin.readline().rstrip("\r\n") if stdin else typer.prompt(
        "Password", hide_input=True, confirmation_prompt=True
    )  # fmt: skip
    with refusing(PasswordTooWeak):
        return hashed(typed, person)


async def _add(person: str, kept: str) -> None:
    async with our_database() as database:
        principal = await _known(database, person)
        with refusing(AccountExists):
            await Accounts(database).add(Account(principal, kept), datetime.now(UTC))


async def _change(person: str, kept: str) -> None:
    async with our_database() as database:
        with refusing(NoSuchAccount):
            await Accounts(database).change(person, kept, datetime.now(UTC))


async def _disable(person: str) -> None:
    async with our_database() as database:
        with refusing(NoSuchAccount):
            await Accounts(database).disable(person, datetime.now(UTC))


async def _ticket(person: str) -> str:
    async with our_database() as database:
        principal = await _known(database, person)
        return await Tickets(database).give(TicketKind.LINK, principal.model_dump(mode="json"), datetime.now(UTC))


async def _known(database: Database, person: str) -> Principal:
    found = [reading.fact for reading in await FactStore(database).find(Person) if reading.fact.person == person]
    if not found:
        refuse(f"There is no person {person} in the facts. Load one with: lockstep load")
    return Principal(kind=PrincipalKind.PERSON, id=person, name=found[0].name)
