"""Where people are told of what concerns them, when, and of what."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from console.client import As, calling
from console.database import our_database
from console.output import refuse, say, show_table
from console.running import run
from domain.contact import Concern, Contact
from domain.decision import Channel
from domain.master_data import Person
from domain.words import in_words
from storage.contacts import Contacts
from storage.facts import FactStore
from storage.trail import LOCKSTEP

commands = typer.Typer()
group = typer.Typer(
    no_args_is_help=True,
    help="Where people are told of what concerns them, when, and of what.\n\n"
    "Example: lockstep contact set mira.vogt --mail mira.vogt@plant.example",
)
commands.add_typer(group, name="contact")

Mail = Annotated[str | None, typer.Option(help="The mail address; empty for none.")]
Chat = Annotated[
    str | None,
    typer.Option(help="The name of a chat and what he is called there, such as mattermost:@mira; empty for none."),
]
Quiet = Annotated[
    str | None, typer.Option(help="When only what is urgent comes, such as 22:00-06:00; empty for outside work.")
]
Digest = Annotated[
    str | None, typer.Option(help="When what asks nothing comes, once a day, such as 07:00; empty for at once.")
]
Without = Annotated[
    str | None,
    typer.Option(
        help=f"What is not to be told, such as followed,requests; empty for nothing. There are {', '.join(Concern)}."
    ),
]


@group.command()
def mine(
    mail: Mail = None,
    chat: Chat = None,
    quiet: Quiet = None,
    digest: Digest = None,
    without: Without = None,
    person: As = None,
) -> None:
    """
    Where you are told, and when; changed where something is said.

    Example: lockstep contact mine --quiet 22:00-06:00 --digest 07:00 --as mira.vogt
    """
    with calling(person) as api:
        contact = api.get(Contact, "me", "contact")
        if said := _said(mail, chat, quiet, digest, without):
            changed = _changed(contact, said)
            contact = api.put(Contact, "me", "contact", body=changed.model_dump(mode="json"))
    say(_in_words(contact))


@group.command(name="set")
def set_contact(
    person: Annotated[str, typer.Argument(help="The person, as the facts name him.")],
    mail: Mail = None,
    chat: Chat = None,
    quiet: Quiet = None,
    digest: Digest = None,
    without: Without = None,
) -> None:
    """
    Where a person is told, and when, on our database; what is not said stays.

    Example: lockstep contact set mira.vogt --mail mira.vogt@plant.example
    """
    say(_in_words(run(_set(person, _said(mail, chat, quiet, digest, without)))))


@group.command(name="list")
def list_contacts(site: Annotated[str, typer.Argument(metavar="SITE", help="Whose people.")]) -> None:
    """
    The people of a site and how each is told, on our database.

    Example: lockstep contact list north
    """
    people, known = run(_at(site))
    show_table(
        ("Person", "Roles", "Told"),
        [
            (person.person, ", ".join(map(in_words, person.roles)), _in_words(known.get(person.person, Contact())))
            for person in people
        ],
    )


async def _set(person: str, said: dict[str, Any]) -> Contact:
    async with our_database() as database:
        if not any(reading.fact.person == person for reading in await FactStore(database).find(Person)):
            refuse(f"There is no person {person} in the facts. Load one with: lockstep load")
        contact = _changed(await Contacts(database).of(person), said)
        await Contacts(database).keep(person, contact, LOCKSTEP, Channel.COMMAND_LINE, datetime.now(UTC))
        return contact


async def _at(site: str) -> tuple[list[Person], dict[str, Contact]]:
    async with our_database() as database:
        people = [reading.fact for reading in await FactStore(database).find(Person, site) if reading.fact.active]
        return people, await Contacts(database).known([person.person for person in people])


def _said(
    mail: str | None, chat: str | None, quiet: str | None, digest: str | None, without: str | None
) -> dict[str, Any]:
    """The fields of a contact that the options speak of."""
    said: dict[str, Any] = {}
    if mail is not None:
        said["mail"] = mail or None
    if chat is not None:
        said["chat"] = chat or None
    if quiet is not None:
        since, _, until = quiet.partition("-")
        said["quiet_from"], said["quiet_until"] = (_clock(since), _clock(until)) if quiet else (None, None)
    if digest is not None:
        said["digest_at"] = _clock(digest) if digest else None
    if without is not None:
        said["without"] = [_concern(name) for name in without.split(",") if name.strip()]
    return said


def _changed(contact: Contact, said: dict[str, Any]) -> Contact:
    try:
        return Contact.model_validate({**contact.model_dump(), **said})
    except ValidationError as wrong:
        refuse(f"This is no way to be told: {wrong.errors()[0]['msg'].removeprefix('Value error, ')}.")


def _concern(name: str) -> Concern:
    try:
        return Concern(name.strip())
    except ValueError:
        refuse(f"{name.strip()} is nothing that could be left out. There are {', '.join(Concern)}.")


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        refuse(f"{text or 'Nothing'} is no time of day. Write it as 22:00, and hours as 22:00-06:00.")


def _in_words(contact: Contact) -> str:
    ways = " and ".join([f"mail to {contact.mail}"] * bool(contact.mail) + [f"{contact.chat}"] * bool(contact.chat))
    if not ways:
        return "By nothing: questions are found in the inbox only."
    quiet = "outside working hours"
    if contact.quiet_from and contact.quiet_until:
        quiet = f"from {contact.quiet_from:%H:%M} until {contact.quiet_until:%H:%M}"
    digest = f" What asks nothing comes together at {contact.digest_at:%H:%M}." if contact.digest_at else ""
    without = f" Nothing of {', '.join(contact.without)}." if contact.without else ""
    return f"By {ways}; only what is urgent {quiet}.{digest}{without}"
