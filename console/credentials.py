"""Who may call: keys for machines, tokens for people."""

from __future__ import annotations

from typing import Annotated

import typer

from console.database import our_database
from console.output import refuse, say
from console.running import run
from domain.decision import Principal, PrincipalKind
from domain.master_data import Person, Site
from runtime.credentials import MACHINE, PERSON, credential, new_secret
from storage.facts import FactStore
from storage.identity import Identity

SCOPES = ("events", "cases")

commands = typer.Typer()
group = typer.Typer(
    no_args_is_help=True,
    help="Who may call: give out keys and tokens, and take them back.\n\n"
    "Example: lockstep credential machine erp --site north",
)
commands.add_typer(group, name="credential")


@group.command()
def machine(
    name: Annotated[str, typer.Argument(help="The system, as the trail will name it.")],
    site: Annotated[list[str], typer.Option(help="A site it may speak of; may be given several times.")],
    scope: Annotated[list[str] | None, typer.Option(help="events or cases; both if none is given.")] = None,
) -> None:
    """
    A key for an ERP, MES or other system. It is shown once.

    Example: lockstep credential machine erp --site north --scope events
    """
    scopes = tuple(scope or SCOPES)
    if wrong := set(scopes) - set(SCOPES):
        refuse(f"{', '.join(sorted(wrong))} is no scope; there are {' and '.join(SCOPES)}.")
    principal = Principal(kind=PrincipalKind.MACHINE, id=name, name=name)
    say(run(_machine(principal, tuple(site), scopes)))


@group.command()
def person(name: Annotated[str, typer.Argument(help="The person, as the facts name him.")]) -> None:
    """
    A token for a person who is known from the facts; his roles are read anew at every call. It is shown once.

    Example: lockstep credential person anna
    """
    say(run(_person(name)))


@group.command()
def revoke(
    identity: Annotated[str, typer.Argument(help="The part of the key or token between the underscores.")],
) -> None:
    """
    Accept a key or token no longer, from the next call on.

    Example: lockstep credential revoke 1acb7f69
    """
    run(_revoke(identity))
    say(f"{identity} is no longer accepted.")


async def _machine(principal: Principal, sites: tuple[str, ...], scopes: tuple[str, ...]) -> str:
    async with our_database() as database:
        known = {reading.fact.site for reading in await FactStore(database).find(Site)}
        if unknown := set(sites) - known:
            refuse(f"There is no site {', '.join(sorted(unknown))}; known are {', '.join(sorted(known)) or 'none'}.")
        shown = new_secret(MACHINE)
        kept = credential(shown, principal, sites, scopes)
        await Identity(database).keep(kept.id, kept.sha256, kept.principal, kept.sites, kept.scopes)
        return shown


async def _person(name: str) -> str:
    async with our_database() as database:
        found = [reading.fact for reading in await FactStore(database).find(Person) if reading.fact.person == name]
        if not found:
            refuse(f"There is no person {name} in the facts. Load one with: lockstep load")
        shown = new_secret(PERSON)
        principal = Principal(kind=PrincipalKind.PERSON, id=name, name=found[0].name)
        kept = credential(shown, principal, tuple(sorted(row.site for row in found)), ())
        await Identity(database).keep(kept.id, kept.sha256, kept.principal, kept.sites, kept.scopes)
        return shown


async def _revoke(identity: str) -> None:
    async with our_database() as database:
        if not await Identity(database).revoke(identity):
            refuse(f"There is no credential {identity}.")
