"""What groups of the plant's identity provider mean here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from console.database import our_database
from console.output import AsJson, refuse, say, show_json, show_table
from console.running import run
from domain.master_data import Site
from domain.roles import Role
from storage.facts import FactStore
from storage.groups import Groups
from storage.tables.access import GroupRoleRow

commands = typer.Typer()
group = typer.Typer(
    no_args_is_help=True,
    help="What groups of the identity provider mean: roles at sites.\n\n"
    "Example: lockstep group grant plant-north-planning planner --site north",
)
commands.add_typer(group, name="group")

Group = Annotated[str, typer.Argument(help="The group, as the identity provider's tokens name it.")]
HeldRole = Annotated[Role, typer.Argument(help="The role.")]
AtSite = Annotated[str, typer.Option("--site", help="The site at which the group means the role.")]


@group.command()
def grant(name: Group, role: HeldRole, site: AtSite) -> None:
    """
    Whoever is in the group holds the role at the site, from the next call on.

    Example: lockstep group grant plant-north-planning planner --site north
    """
    new = run(_grant(name, role, site))
    say(f"{name} {'now means' if new else 'already means'} {role} at {site}.")


@group.command()
def withdraw(name: Group, role: HeldRole, site: AtSite) -> None:
    """
    The group means the role at the site no longer, from the next call on.

    Example: lockstep group withdraw plant-north-planning planner --site north
    """
    run(_withdraw(name, role, site))
    say(f"{name} no longer means {role} at {site}.")


@group.command("list")
def listed(as_json: AsJson = False) -> None:
    """
    What each group means.

    Example: lockstep group list
    """
    granted = [(row.site, row.group, row.role) for row in run(_granted())]
    if as_json:
        show_json([{"site": site, "group": group, "role": role} for site, group, role in granted])
    else:
        show_table(("Site", "Group", "Role"), granted)


async def _grant(name: str, role: Role, site: str) -> bool:
    async with our_database() as database:
        known = {reading.fact.site for reading in await FactStore(database).find(Site)}
        if site not in known:
            refuse(f"There is no site {site}; known are {', '.join(sorted(known)) or 'none'}.")
        return await Groups(database).grant(name, role, site, datetime.now(UTC))


async def _withdraw(name: str, role: Role, site: str) -> None:
    async with our_database() as database:
        groups, now = Groups(database), datetime.now(UTC)
        if not await groups.withdraw(name, role, site, now):
            refuse(f"{name} does not mean {role} at {site}.")


async def _granted() -> list[GroupRoleRow]:
    async with our_database() as database:
        return list(await Groups(database).granted())
