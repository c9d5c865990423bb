"""Approval policies: who must agree to what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.database import our_database
from console.output import AsJson, moment, refuse, refusing, say, show_json, show_table
from console.running import run
from domain.case import CaseFile
from domain.catalog import PROCESSES
from domain.diagram import asked_of, in_words, length, policy_rows, ruled_case, time_to_decide, where
from domain.policy import PolicyTable, Ruling
from domain.policy_review import Review, differences, every_case, review, tried
from runtime.policies import PolicyWrong, read_policy
from storage.case_files import recent_case_files
from storage.policies import EVERYWHERE, Policies

commands = typer.Typer()
policy = typer.Typer(
    no_args_is_help=True,
    help="Who must agree to what: show, check, compare, try and publish approval policies.\n\n"
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
    Whether a policy document can be used, what it says, and what trying it on every case shows.

    Example: lockstep policy check policies/order_change.yaml
    """
    table = _read(document)
    _tell(table)
    _tell_of_review(review(table))


@policy.command()
def publish(document: Document) -> None:
    """
    Let a policy hold for new cases from its effective date on. Cases keep the version they were opened under.

    Example: lockstep policy publish policies/order_change.yaml
    """
    table = _read(document)
    _refuse_dead_rules(review(table))
    if run(_publish(table)):
        since = f"{table.effective_from:%Y-%m-%d}"
        say(f"Version {table.version} holds for new cases of {table.process} from {since} on.")
    else:
        say(f"Version {table.version} had been published already; nothing changed.")


@policy.command()
def diff(
    before: Annotated[str, typer.Argument(help="A published version, or a policy in YAML.")],
    after: Annotated[str, typer.Argument(help="Another.")],
) -> None:
    """
    In which cases two policies ask different people, proven over every case that either tells apart.

    Example: lockstep policy diff 3f9a1c20b7de policies/order_change.yaml
    """
    published = {table.version: table for table in run(_published())}
    tables = [published[name] if name in published else _read(_existing(name)) for name in (before, after)]
    if tables[0].process != tables[1].process:
        refuse(f"They are policies of two processes: {tables[0].process} and {tables[1].process}.")
    found = differences(*tables)
    total = sum(1 for _ in every_case(*tables))
    if not found:
        say(f"They say the same in all {total} cases.")
        return
    show_table(
        ("Cases", "Before", "After", "For example"),
        [(f"{one.cases}", _said(one.before), _said(one.after), ruled_case(one.example)) for one in found],
        title=f"{sum(one.cases for one in found)} of {total} cases are ruled differently",
    )


@policy.command(name="try")
def try_on_cases(
    document: Document,
    last: Annotated[int, typer.Option(min=1, max=1000, help="On how many of the newest cases.")] = 50,
) -> None:
    """
    How the newest cases would have been ruled by a policy, on the evidence they had. Changes nothing.

    Example: lockstep policy try policies/order_change.yaml --last 100
    """
    table = _read(document)
    propose = PROCESSES[table.process].propose
    files = run(_recent(table, last))
    trials = [trial for file in files if (trial := tried(file, propose, table)) is not None]
    differing = [trial for trial in trials if trial.differs]
    if differing:
        show_table(
            ("Case", "Option", "Was ruled", "Would be ruled"),
            [(one.case, in_words(one.option), _said(one.before), _said(one.after)) for one in differing],
        )
    without = len(files) - len(trials)
    say(f"{len(differing)} of {len(trials)} cases would be ruled differently; {without} more had no options.")


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        refuse(f"{name} is neither a published version nor a file. Versions: lockstep policy show")
    return path


def _said(ruling: Ruling) -> str:
    return f"{asked_of(automatic=ruling.automatic, require=ruling.require)}, within {length(ruling.within)}"


def _tell_of_review(found: Review) -> None:
    _refuse_dead_rules(found)
    say(f"\nTried on all {found.cases} cases that its limits tell apart: every one is ruled, and every rule applies.")
    for first, other, cases in found.shadowed:
        say(f"- {first} is taken before {other}, which says something else, in {cases} of them.")
    for one in found.relaxations:
        who = " and ".join(in_words(role) for role in one.spared)
        say(f"- Worse needs fewer: {in_words(one.worse)} from {ruled_case(one.before)} spares {who}.")


def _refuse_dead_rules(found: Review) -> None:
    if found.dead:
        refuse(
            f"{', '.join(found.dead)} would never apply: the rules before leave nothing. Move or remove what is dead."
        )


async def _recent(table: PolicyTable, last: int) -> tuple[CaseFile, ...]:
    async with our_database() as database:
        site = None if table.site == EVERYWHERE else table.site
        return await recent_case_files(database, table.process, site, last)


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
