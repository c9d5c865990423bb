"""Approval policies: who must agree to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.client import As, calling
from console.database import our_database
from console.output import AsJson, moment, refuse, refusing, say, show_json, show_table
from console.proposing import propose, tell_who_confirms
from console.running import run
from domain.case import CaseFile
from domain.catalog import PROCESSES
from domain.diagram import policy_rows, time_to_decide, where
from domain.policy import PolicyTable
from domain.policy_publishing import (
    EVERYWHERE,
    Findings,
    InForce,
    PolicyEvent,
    PolicyUnfit,
    ProposedPolicy,
    RuledDifferently,
    as_said,
    findings_of,
    ruled_differently,
)
from domain.policy_review import cases_told_apart, tried
from domain.views import Page
from domain.words import in_words
from runtime.policies import PolicyWrong, read_policy
from storage.case_files import recent_case_files
from storage.policies import Policies
from storage.proposals import Proposals

commands = typer.Typer()
policy = typer.Typer(
    no_args_is_help=True,
    help="Who must agree to what: show, check, compare, try, publish and confirm approval policies.\n\n"
    "Example: lockstep policy show order_change",
)
commands.add_typer(policy, name="policy")

Document = Annotated[Path, typer.Argument(help="A policy in YAML.", exists=True, dir_okay=False)]


@policy.command()
def show(
    process: Annotated[str | None, typer.Argument(help="Only of this process, with its rules.")] = None,
    site: Annotated[str | None, typer.Option(help="Only what is in force at this site today.")] = None,
    as_json: AsJson = False,
) -> None:
    """
    The policies that are published, newest first, and those that wait to be confirmed.

    Example: lockstep policy show order_change --site north
    """
    found = run(_known(site))
    published = [table for table in found.published if process in (None, table.process)]
    proposed = [(one, table) for one, table in found.proposed if process in (None, table.process)]
    if as_json:
        show_json([{"version": table.version, **table.model_dump(mode="json")} for table in published])
        return
    if site is not None:
        _tell_of_those_in_force(site, [one for one in found.in_force if process in (None, one.process)])
    else:
        show_table(
            ("Version", "Process", "Site", "In force from", "Until"),
            [
                (table.version, table.process, table.site, moment(table.effective_from), moment(table.effective_until))
                for table in published
            ],
        )
    for one, table in proposed:
        say(f"\nProposed by {one.proposed_by} for {where(table)}: {one.reason}")
        _tell(table)
        _tell_of_findings(one.findings)
    for table in published if process is not None else ():
        _tell(table)


@policy.command()
def check(document: Document) -> None:
    """
    Whether a policy document can be used, what it says, and what trying it on every case shows.

    Example: lockstep policy check policies/order_change.yaml
    """
    table = _read(document)
    _tell(table)
    with refusing(PolicyUnfit):
        _tell_of_findings(findings_of(table))


@policy.command()
def publish(
    document: Document,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    site: Annotated[str | None, typer.Option(help="Where you work, if the policy is for every site.")] = None,
    person: As = None,
) -> None:
    """
    Propose a policy. It holds for new cases from its day on, once another person has confirmed it.

    Example: lockstep policy publish north.yaml --reason "A second planner." --as dana.whitfield
    """
    proposed = propose(_read(document), reason, site, person)
    _tell_of_findings(proposed.findings)
    tell_who_confirms(proposed, site)


@policy.command()
def confirm(
    site: Annotated[str, typer.Argument(metavar="SITE", help="Where you are plant manager.")],
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Of what somebody else proposed.")],
    person: As = None,
) -> None:
    """
    Let a policy of any kind hold that somebody else proposed. Cases keep the approval policy they were opened under.

    Example: lockstep policy confirm north 3f9a1c20b7de --as ralf.thoma
    """
    with calling(person) as api:
        confirmed = api.post(ProposedPolicy, "sites", site, "policies", "proposals", version, "confirm", body={})
    table = confirmed.table
    if isinstance(table, PolicyTable):
        held = f"new cases of {table.process} from {moment(table.effective_from)} {_until(table.effective_until)}"
    else:
        held = f"the {confirmed.kind} of {_for_whom(table.site)} from {moment(table.effective_from)} on"
    say(
        f"Version {confirmed.version} holds for {held}; proposed by {confirmed.proposed_by}, "
        f"confirmed by {confirmed.confirmed_by}."
    )


@policy.command()
def history(
    site: Annotated[str, typer.Argument(metavar="SITE", help="Whose policies.")],
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """
    What was proposed and confirmed for a site, of policies of every kind, and what was refused; the newest 500.

    Example: lockstep policy history north --as ralf.thoma
    """
    with calling(person) as api:
        found = api.get(Page[PolicyEvent], "sites", site, "policies", "history", limit=500).items
    if as_json:
        show_json([one.model_dump(mode="json") for one in found])
        return
    show_table(
        ("When", "Version", "About", "For", "Who", "What", "Why"),
        [
            (
                moment(one.at),
                one.version,
                in_words(one.about),
                _for_whom(one.site),
                one.by.name or one.by.id,
                in_words(one.step.removeprefix("policy_")),
                one.reason,
            )
            for one in found
        ],
    )


@policy.command()
def diff(
    before: Annotated[str, typer.Argument(help="A published version, or a policy in YAML.")],
    after: Annotated[str, typer.Argument(help="Another.")],
) -> None:
    """
    In which cases two policies ask different people, proven over every case that either tells apart.

    Example: lockstep policy diff 3f9a1c20b7de policies/order_change.yaml
    """
    found = run(_known())
    known = {table.version: table for table in (*found.published, *(table for _, table in found.proposed))}
    tables = [known[name] if name in known else _read(_existing(name)) for name in (before, after)]
    if tables[0].process != tables[1].process:
        refuse(f"They are policies of two processes: {tables[0].process} and {tables[1].process}.")
    differing = ruled_differently(*tables)
    total = cases_told_apart(*tables)
    if differing:
        _tell_of_differences(differing, f"{sum(one.cases for one in differing)} of {total} cases are ruled differently")
    else:
        say(f"They say the same in all {total} cases.")


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
            [(one.case, in_words(one.option), as_said(one.before), as_said(one.after)) for one in differing],
        )
    without = len(files) - len(trials)
    say(f"{len(differing)} of {len(trials)} cases would be ruled differently; {without} more had no options.")


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        refuse(f"{name} is neither a published version nor a file. Versions: lockstep policy show")
    return path


def _tell_of_findings(found: Findings | None) -> None:
    if found is None:
        return
    say(f"\nTried on all {found.cases} cases that its limits tell apart: every one is ruled, and every rule applies.")
    for sentence in (*found.overlaps, *found.relaxations):
        say(f"- {sentence}")
    if found.differences:
        _tell_of_differences(found.differences, f"Ruled differently from {found.against}, which is in force")
    elif found.against is not None:
        say(f"It asks the same people in all cases as {found.against}, which is in force.")


def _tell_of_differences(found: Sequence[RuledDifferently], title: str) -> None:
    show_table(
        ("Cases", "Before", "After", "For example"),
        [(f"{one.cases}", one.before, one.after, one.example) for one in found],
        title=title,
    )


def _tell_of_those_in_force(site: str, found: Sequence[InForce]) -> None:
    show_table(
        ("Process", "Version", "Since", "Until", "For", "Proposed by", "Confirmed by"),
        [
            (
                one.process,
                one.version,
                moment(one.since),
                moment(one.until),
                _for_whom(one.site),
                one.proposed_by or "nobody: it came with the program",
                one.confirmed_by or "",
            )
            for one in found
        ],
        title=f"In force at {site}",
    )


def _for_whom(site: str) -> str:
    """The site of a table, in words."""
    return "every site" if site == EVERYWHERE else site


def _until(end: datetime | None) -> str:
    return "on" if end is None else f"until {moment(end)}"


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


@dataclass(frozen=True)
class _Known:
    """The policies in our database."""

    published: tuple[PolicyTable, ...]
    proposed: tuple[tuple[ProposedPolicy, PolicyTable], ...]
    """Each with its table."""
    in_force: tuple[InForce, ...]
    """At the site that was asked about."""


async def _known(site: str | None = None) -> _Known:
    now = datetime.now(UTC)
    async with our_database() as database:
        policies = Policies(database)
        in_force = () if site is None else await policies.in_force_at(site, now)
        versions = {one.version for one in in_force}
        published = [
            PolicyTable.model_validate(row.body)
            for row in await policies.published()
            if site is None or row.version in versions
        ]
        waiting = await Proposals(database).waiting(now, site)
        proposed = tuple((one, one.table) for one in waiting if isinstance(one.table, PolicyTable))
        return _Known(tuple(published), proposed, in_force)


def _tell(table: PolicyTable) -> None:
    period = f"from {table.effective_from:%Y-%m-%d} {_until(table.effective_until)}"
    say(f"\n{table.process} at {where(table)}, version {table.version}, {period}.\n")
    show_table(("Rule", "When", "Then"), [*policy_rows(table.rows), *policy_rows(table.further, "and ")])
    say(f"\n{time_to_decide(table)}")
