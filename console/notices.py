"""What people could not be told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import typer
from pydantic import ValidationError

from console.database import our_database
from console.output import refuse, refusing, say, show_table
from console.running import run
from console.settings import our_settings
from domain.contact import MAIL, Contact
from domain.letter import trial
from domain.ports import NotDeliverable, SystemUnavailable
from runtime.assembly import carriers, rooms
from runtime.settings import SettingsWrong
from storage.notices import Notices, Undelivered

commands = typer.Typer()
group = typer.Typer(
    no_args_is_help=True,
    help="What people could not be told: see it, send it again, try whether it arrives.\n\n"
    "Example: lockstep notices list",
)
commands.add_typer(group, name="notices")


@group.command(name="list")
def list_notices() -> None:
    """
    The notices that have not arrived: given up, or tried again later.

    Example: lockstep notices list
    """
    show_table(
        ("Notice", "Person", "By", "About", "Since", "Tries", "Again", "Why"),
        [
            (
                f"{notice.number}",
                notice.person,
                notice.channel,
                ", ".join(notice.cases) or "daily report",
                f"{notice.created_at:%Y-%m-%d %H:%M}",
                f"{notice.attempts}",
                f"{notice.again_at:%Y-%m-%d %H:%M}" if notice.again_at else "given up",
                notice.why,
            )
            for notice in run(_undelivered())
        ],
        title="Times in UTC",
    )


@group.command()
def again(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="NOTICE", help="Which; all, if none is named.")] = None,
) -> None:
    """
    Send notices again that were given up, once what was wrong is mended.

    Example: lockstep notices again 12
    """
    sent = run(_again(numbers))
    say(f"On their way again: {', '.join(map(str, sent)) or 'none'}.")
    if missing := sorted(set(numbers or ()) - set(sent)):
        refuse(f"Not given up, so not sent again: {', '.join(map(str, missing))}.")


@group.command(name="try")
def try_out(
    to: Annotated[str, typer.Option(help="The address there; a room needs none.")] = "",
    by: Annotated[str, typer.Option(help="By mail, or the name of a chat.")] = MAIL,
) -> None:
    """
    Send a test to an address, now, by what is set.

    Example: lockstep notices try --to mira.vogt@plant.example
    """
    settings = our_settings()
    with refusing(SettingsWrong):
        carrier = carriers(settings).get(by)
    if carrier is None:
        refuse(f"Nobody is told by {by} here. Set LOCKSTEP_MAIL or LOCKSTEP_CHATS.")
    if by not in {room.name for room in rooms(settings)}:
        try:
            Contact.model_validate({"mail": to} if by == MAIL else {"chat": f"{by}:{to}"})
        except ValidationError:
            refuse(f"{to or 'Nothing'} is no address for {by}.")
    with refusing(NotDeliverable, SystemUnavailable):
        run(carrier.carry(trial(f"test-{uuid4()}", datetime.now(UTC), settings.public_url), to))
    say(f"A test has been taken by {by}{f' for {to}' if to else ''}.")


async def _undelivered() -> tuple[Undelivered, ...]:
    async with our_database() as database:
        return await Notices(database).undelivered()


async def _again(numbers: list[int] | None) -> list[int]:
    async with our_database() as database:
        notices, now = Notices(database), datetime.now(UTC)
        given_up = [notice.number for notice in await notices.undelivered() if notice.again_at is None]
        wanted = [number for number in numbers or given_up if number in given_up]
        return [number for number in wanted if await notices.try_again(number, now)]
