"""Approval policies: who must agree to what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.database import our_database
from console.output import AsJson, moment, refuse, refusing, say, show_json, show_table
from console.running import run
from domain.catalog import PROCESSES
from domain.diagram import policy_rows, time_to_decide, where
from domain.policy import PolicyTable
from runtime.policies import PolicyWrong, read_policy
from storage.policies import Policies

commands = typer.Typer()
policy = typer.Typer(
    no_args_is_help=True,
    help="Who must agree to what: show, check and publish approval policies.\n\n"
    "Example: lockstep policy show order_change",
)
commands.add_typer(policy, name="policy")

Document = Annotated[Path, typer.Argument(help="A policy in YAML.", exists=True, dir_okay=False)]


@policy.command()
def show(
    process: Annotated[str | None, typer.Argument(help="Only of this process, with its rules.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    The policies that are published, newest first.

    Example: lockstep policy show order_change
    """
    tables = [table for table in run(_published()) if process is None or table.process == process]
    if as_json:
        show_json([{"version": table.version, **table.model_dump(mode="json")} for table in tables])
        return
    show_table(
        ("Version", "Process", "Site", "In force from"),
        [(table.version, table.process, table.site, moment(table.effective_from)) for table in tables],
    )
    for table in tables if process is not None else ():
        _tell(table)


@policy.command()
def check(document: Document) -> None:
    """
    Whether a policy document can be used, and what it says.

    Example: lockstep policy check policies/order_change.yaml
    """
    _tell(_read(document))


@policy.command()
def publish(document: Document) -> None:
    """
    Let a policy hold for new cases from its effective date on. Cases keep the version they were opened under.

    Example: lockstep policy publish policies/order_change.yaml
    """
    table = _read(document)
    if run(_publish(table)):
        since = f"{table.effective_from:%Y-%m-%d}"
        say(f"Version {table.version} holds for new cases of {table.process} from {since} on.")
    else:
        say(f"Version {table.version} had been published already; nothing changed.")


def _read(document: Path) -> PolicyTable:
    with refusing(PolicyWrong, OSError, UnicodeDecodeError):
        table = read_policy(document)
    if table.process not in PROCESSES:
        refuse(f"{document}: there is no process {table.process}; there are {', '.join(PROCESSES)}.")
    return table


async def _published() -> list[PolicyTable]:
    async with our_database() as database:
        return [PolicyTable.model_validate(row.body) for row in await Policies(database).published()]


async def _publish(table: PolicyTable) -> bool:
    async with our_database() as database:
        return await Policies(database).publish(table, datetime.now(UTC))


def _tell(table: PolicyTable) -> None:
    since = f"{table.effective_from:%Y-%m-%d}"
    say(f"\n{table.process} at {where(table)}, version {table.version}, from {since} on.\n")
    show_table(("Rule", "When", "Then"), [*policy_rows(table.rows), *policy_rows(table.further, "and ")])
    say(f"\n{time_to_decide(table)}")
