"""The house itself: every thing in its room, and what is written about it true."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.main import get_group

from console.commands import COMMANDS
from domain.catalog import PROCESSES
from runtime.policies import FOLDER as POLICIES
from runtime.policies import read_policy
from runtime.settings import PREFIX, Settings
from workflows.catalog import WORKFLOWS

ROOT = Path(__file__).parents[1]


def kept(*patterns: str) -> list[Path]:
    """Files under version control or about to be, that fit one of *patterns*."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for path in (ROOT / name for name in sorted(set(listed))) if path.exists()]


def name(path: Path) -> str:
    """A file as a test names it."""
    return path.relative_to(ROOT).as_posix()


ROOMS = [path for path in kept("**/__init__.py") if path.parent.parent == ROOT or path.parts[-3] != "tests"]
MODULES = kept("*.py")
WRITTEN = kept("*.md")


# Rooms


@pytest.mark.parametrize("sign", ROOMS, ids=name)
def test_every_room_has_one_sentence_on_its_door_and_nothing_else(sign: Path) -> None:
    (statement,) = ast.parse(sign.read_text(encoding="utf-8")).body

    assert isinstance(statement, ast.Expr)
    sentence = ast.literal_eval(statement.value)
    assert re.fullmatch(r"[^\n]+[^.]\.", sentence), sentence


def test_no_file_says_nothing_by_its_name() -> None:
    empty = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

    vague = [name(path) for path in MODULES if {*re.split(r"[_/]", name(path).removesuffix(".py"))} & empty]

    assert vague == []


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    ours = [path for path in MODULES if "migrations" not in path.parts]

    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in ours}

    # A table of sentences about one thing may be longer than the thing.
    assert {at: lines for at, lines in lengths.items() if lines > (400 if at.startswith("tests/") else 350)} == {}


# Processes


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize(
    "pattern",
    [
        "domain/processes/{}.py",
        "workflows/{}.py",
        "policies/{}.yaml",
        "tests/workflows/test_{}.py",
        "tests/histories/{}-*.json",
        "docs/processes/{}.md",
    ],
)
def test_every_process_has_all_that_a_process_has(process: str, pattern: str) -> None:
    found = list(ROOT.glob(pattern.format(process)))

    assert found, f"{pattern.format(process)} is missing"


def test_every_file_of_a_process_is_in_the_catalogs() -> None:
    defined = {path.stem for path in (ROOT / "domain/processes").glob("*.py")} - {"__init__"}

    assert defined == set(PROCESSES) == set(WORKFLOWS)


@pytest.mark.parametrize("process", PROCESSES)
def test_the_workflow_of_a_process_is_one_class(process: str) -> None:
    tree = ast.parse((ROOT / f"workflows/{process}.py").read_text(encoding="utf-8"))

    classes = [statement.name for statement in tree.body if isinstance(statement, ast.ClassDef)]

    assert classes == [WORKFLOWS[process].__name__]


def test_every_process_has_a_policy_that_holds_at_any_site() -> None:
    tables = [read_policy(path) for path in POLICIES.glob("*.yaml")]

    assert {table.process for table in tables if table.site == "*"} == set(PROCESSES)


# What is written


@pytest.mark.parametrize("page", WRITTEN, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)

    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]

    assert [link for link in links if link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", WRITTEN, ids=name)
def test_every_setting_that_is_named_can_be_set(page: Path) -> None:
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    known |= {"LOCKSTEP_API_URL", "LOCKSTEP_TOKEN"}  # of those who call, not of the system: console.client

    named = set(re.findall(r"\bLOCKSTEP_[A-Z0-9_]+[A-Z0-9]\b", page.read_text(encoding="utf-8")))

    assert {setting.removesuffix("_FILE") for setting in named} - known == set()


@cache
def commands() -> dict[str, set[str]]:
    """Every command, with the commands within it."""
    found = {}
    for command in (command for group in COMMANDS.values() for command in group):
        room: typer.Typer = import_module(f"console.{command.room}").commands
        entry = get_group(room).commands[command.name]
        found[command.name] = set(getattr(entry, "commands", ()))
    return found


@pytest.mark.parametrize("page", WRITTEN, ids=name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    code = [*re.findall(r"```sh\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`]+)`", text)]

    named = re.findall(r"(?:^|bin/|\s)lockstep[ \n]([a-z]+(?:-[a-z]+)*)(?: ([a-z]+))?", "\n".join(code), re.MULTILINE)

    unknown = [
        (command, within)
        for command, within in named
        if command not in commands() or (within and commands()[command] and within not in commands()[command])
    ]
    assert unknown == []


def test_the_changelog_says_what_is_not_released() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_decision_is_listed_under_its_number() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("0*.md"))
    listed = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")

    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").split(" ", 1)
        assert title[0] == page.name[:4]
        assert f"[{title[0]}]({page.name})" in listed


def test_the_program_is_installed_under_the_name_that_is_written() -> None:
    assert (Path(sys.prefix) / "bin" / "lockstep").exists()
