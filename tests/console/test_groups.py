"""What groups mean is said at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.console.conftest import Lockstep


@pytest.fixture
def north(lockstep: Lockstep, tmp_path: Path) -> Lockstep:
    """Calls ``lockstep`` on a database that knows the site in the north and nothing else."""
    facts = tmp_path / "site.ndjson"
    facts.write_text('{"kind": "site", "site": "north", "name": "North", "calendar": "two-shifts"}\n')
    assert lockstep("migrate").exit_code == 0
    assert lockstep("load", facts, "--source", "erp").exit_code == 0
    return lockstep


def test_a_group_is_given_a_role_and_loses_it(north: Lockstep) -> None:
    given = north("group", "grant", "north-planning", "planner", "--site", "north")
    again = north("group", "grant", "north-planning", "planner", "--site", "north")
    listed = north("group", "list", "--json")
    taken = north("group", "withdraw", "north-planning", "planner", "--site", "north")

    assert (given.exit_code, given.stdout) == (0, "north-planning now means planner at north.\n")
    assert "already" in again.stdout
    assert json.loads(listed.stdout) == [{"site": "north", "group": "north-planning", "role": "planner"}]
    assert taken.exit_code == 0
    assert "There are none." in north("group", "list").stdout


@pytest.mark.parametrize(
    "words", [("grant", "g", "planner", "--site", "nowhere"), ("withdraw", "g", "planner", "--site", "north")]
)
def test_refuses_what_is_not_there(north: Lockstep, words: tuple[str, ...]) -> None:
    refused = north("group", *words)

    assert refused.exit_code == 1
    assert refused.stdout == ""


def test_a_role_there_is_not_is_refused_with_those_there_are(north: Lockstep) -> None:
    refused = north("group", "grant", "g", "king", "--site", "north")

    assert refused.exit_code == 2
    assert "planner" in refused.stderr
