"""Documents that are made from the program, so that they cannot say anything else than it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from console.fact_page import fact_page
from console.output import complain, say
from console.settings_page import settings_page
from domain.catalog import PROCESSES
from domain.diagram import process_page
from domain.field_table import markdown_table
from domain.moments import MOMENTS
from domain.triggers import TRIGGERS
from domain.words import in_words
from runtime.policies import FOLDER as POLICIES
from runtime.policies import read_policy
from web.program import new_api

commands = typer.Typer()

PROGRAM = Path(__file__).parent.parent
"""Where the documents are, beside the rooms they speak of."""

_MADE = "<!-- Made by `lockstep docs`; what is changed here by hand is lost. -->\n\n"


_CHAINS = """
A thin arrow: a change of such a fact starts a case. A dotted one: nothing changes, and its time comes; a case that
waits for the fact looks again, otherwise one is started, once for each such moment. A thick one: a case of the one
process sets a case of the other going, with its cause and the reason; `lockstep chain` shows those that led to a case
and those that followed. Besides, a case that waits looks again as soon as a fact changes that it waits for, whoever
changed it.
""".strip()


@commands.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Only say which are not current; exit 1 then.")] = False,
    into: Annotated[Path, typer.Option(help="The folder to write below.", file_okay=False)] = PROGRAM,
) -> None:
    """
    Write the documents that are made from the program.

    Example: lockstep docs --check
    """
    pages = documents()
    stale = [name for name, text in pages.items() if _read(into / name) != text]
    left_over = [name for name in _written_processes(into) if name not in pages]
    if check:
        for name in stale:
            complain(f"{name} is not what the program says now. Write it anew: lockstep docs")
        for name in left_over:
            complain(f"{name} is about no process there is. Remove it: lockstep docs")
        if stale or left_over:
            raise typer.Exit(1)
        say(f"All {len(pages)} documents are current.")
        return
    for name in stale:
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        (into / name).write_text(pages[name], encoding="utf-8")
        say(f"{name} is written anew.")
    for name in left_over:
        (into / name).unlink()
        say(f"{name} is removed: there is no such process.")
    if not stale and not left_over:
        say(f"All {len(pages)} documents were current.")


def documents() -> dict[str, str]:
    """The text of every document by its place."""
    tables = [read_policy(path) for path in sorted(POLICIES.glob("*.yaml"))]
    pages = {
        f"docs/processes/{name}.md": process_page(process, [each for each in tables if each.process == name])
        for name, process in PROCESSES.items()
    }
    pages["docs/processes/index.md"] = _index()
    pages["docs/settings.md"] = settings_page()
    pages["docs/facts.md"] = fact_page()
    described = {name: _MADE + text for name, text in pages.items()}
    openapi = json.dumps(new_api().openapi(), ensure_ascii=False, indent=2) + "\n"
    return described | {"api/openapi.json": openapi}


def _index() -> str:
    rows = [(f"[{each.title}]({name}.md)", each.prefix, each.purpose) for name, each in PROCESSES.items()]
    return (
        "# Processes\n\n"
        + markdown_table(("Process", "Numbers", "Purpose"), rows)
        + "\n## How cases cause one another\n\n"
        + _CHAINS
        + "\n\n"
        + _chains()
    )


def _chains() -> str:
    """What starts which process, as a diagram."""
    lines = [
        f"    {trigger.fact.kind}([{in_words(trigger.fact.kind)}]) --> {trigger.process.name}" for trigger in TRIGGERS
    ]
    lines += [
        f"    {moment.fact.kind}([{in_words(moment.fact.kind)}]) -. {in_words(moment.name)} .-> {moment.process.name}"
        for moment in MOMENTS
    ]
    lines += [f"    {name}[{process.title}]" for name, process in PROCESSES.items()]
    lines += [f"    {name} ==> {successor}" for name, process in PROCESSES.items() for successor in process.successors]
    return "\n".join(["```mermaid", "flowchart LR", *dict.fromkeys(lines), "```", ""])


def _written_processes(into: Path) -> list[str]:
    return sorted(path.relative_to(into).as_posix() for path in (into / "docs/processes").glob("*.md"))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
