"""Who may call: keys for machines, tokens for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from console.database import our_database
from console.output import AsJson, moment, refuse, refusing, say, show_json, show_table
from console.running import run
from domain.decision import Principal, PrincipalKind
from domain.master_data import Person, Site
from runtime.credentials import MACHINE, PERSON, credential, new_secret
from storage.credentials import Credential, Credentials, TooManyKeys
from storage.facts import FactStore

SCOPES = ("events", "cases")

commands = typer.Typer()
group = typer.Typer(
    no_args_is_help=True,
    help="Who may call: give out keys and tokens, and take them back.\n\n"
    "Example: lockstep credential machine erp --site north",
)
commands.add_typer(group, name="credential")

Days = Annotated[int, typer.Option(help="After how many days it ends.", min=1, max=3650)]


@group.command()
def machine(
    name: Annotated[str, typer.Argument(help="The system, as the trail will name it.")],
    site: Annotated[list[str], typer.Option(help="A site it may speak of; may be given several times.")],
    scope: Annotated[list[str] | None, typer.Option(help="events or cases; both if none is given.")] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(help="A source whose events it may bring, or how it begins and a *; any if none is given."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="A type of event it may bring, or how it begins and a *; any if none is given."),
    ] = None,
    days: Days = 365,
) -> None:
    """
    A key for an ERP, MES or other system. It is shown once. A system has at most two, so that one can take the
    other's place.

    Example: lockstep credential machine erp --site north --source /erp/north --kind 'lockstep.fact.*'
    """
    scopes = tuple(scope or SCOPES)
    if wrong := set(scopes) - set(SCOPES):
        refuse(f"{', '.join(sorted(wrong))} is no scope; there are {' and '.join(SCOPES)}.")
    principal = Principal(kind=PrincipalKind.MACHINE, id=name, name=name)
    shown = new_secret(MACHINE)
    kept = replace(
        credential(shown, principal, tuple(site), scopes),
        sources=tuple(source or ()), kinds=tuple(kind or ()), expires_at=_in(days),
    )  # fmt: skip
    run(_keep_machine(kept))
    say(shown)


@group.command()
def person(name: Annotated[str, typer.Argument(help="The person, as the facts name him.")], days: Days = 365) -> None:
    """
    A token for a person who is known from the facts; his roles are read anew at every call. It is shown once.

    Example: lockstep credential person anna --days 30
    """
    say(run(_person(name, days)))


@group.command("list")
def listed(as_json: AsJson = False) -> None:
    """
    The keys and tokens in force, by whose they are, with what they are for and when they end.

    Example: lockstep credential list
    """
    known = run(_in_force())
    if as_json:
        show_json([_told(one) for one in known])
        return
    show_table(
        ("Of", "Id", "Sites", "Scopes", "Sources", "Types of event", "Ends"),
        [
            (
                one.principal.id, one.id, ", ".join(one.sites), ", ".join(one.scopes), ", ".join(one.sources),
                ", ".join(one.kinds), moment(one.expires_at) or "never",
            )
            for one in known
        ],
    )  # fmt: skip


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


async def _keep_machine(kept: Credential) -> None:
    async with our_database() as database:
        known = {reading.fact.site for reading in await FactStore(database).find(Site)}
        if unknown := set(kept.sites) - known:
            refuse(f"There is no site {', '.join(sorted(unknown))}; known are {', '.join(sorted(known)) or 'none'}.")
        with refusing(TooManyKeys):
            await Credentials(database).keep(kept, datetime.now(UTC))


async def _person(name: str, days: int) -> str:
    async with our_database() as database:
        found = [reading.fact for reading in await FactStore(database).find(Person) if reading.fact.person == name]
        if not found:
            refuse(f"There is no person {name} in the facts. Load one with: lockstep load")
        shown = new_secret(PERSON)
        principal = Principal(kind=PrincipalKind.PERSON, id=name, name=found[0].name)
        kept = credential(shown, principal, tuple(sorted(row.site for row in found)), ())
        await Credentials(database).keep(replace(kept, expires_at=_in(days)), datetime.now(UTC))
        return shown


async def _in_force() -> Sequence[Credential]:
    async with our_database() as database:
        return await Credentials(database).in_force(datetime.now(UTC))


async def _revoke(identity: str) -> None:
    async with our_database() as database:
        if not await Credentials(database).revoke(identity, datetime.now(UTC)):
            refuse(f"There is no credential {identity}.")


def _in(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def _told(one: Credential) -> dict[str, object]:
    return {
        "id": one.id,
        "of": one.principal.model_dump(mode="json"),
        "sites": one.sites,
        "scopes": one.scopes,
        "sources": one.sources,
        "kinds": one.kinds,
        "expires_at": None if one.expires_at is None else one.expires_at.isoformat(),
    }
