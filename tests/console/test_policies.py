"""Approval policies at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtime.policies import FOLDER
from tests.console.conftest import Lockstep

POLICY = FOLDER / "order_change.yaml"


def test_shows_what_a_policy_says_in_words(lockstep: Lockstep) -> None:
    told = lockstep("policy", "check", POLICY)

    assert told.exit_code == 0
    assert "frozen_costly" in told.stdout
    assert "planner and production and plant manager" in told.stdout


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("process: order_change", "process: order_chance", "there is no process order_chance"),
        ("[{role: planner}]", "[{role: planer}]", "rows.1.require.0.role"),
        ("rows:", "rows: [", "is not YAML"),
    ],
)
def test_refuses_a_policy_that_cannot_be_used_and_says_where(
    lockstep: Lockstep, tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    document = tmp_path / "policy.yaml"
    document.write_text(POLICY.read_text().replace(before, after, 1))

    told = lockstep("policy", "check", document)

    assert told.exit_code == 1
    assert complaint in told.stderr


def test_publishes_a_policy_once(lockstep: Lockstep, tmp_path: Path) -> None:
    lockstep("migrate")
    document = tmp_path / "north.yaml"
    document.write_text(POLICY.read_text().replace('site: "*"', "site: north", 1))

    first, again = lockstep("policy", "publish", document), lockstep("policy", "publish", document)

    assert "holds for new cases of order_change" in first.stdout
    assert "nothing changed" in again.stdout
    shown = json.loads(lockstep("policy", "show", "--json").stdout)
    assert {(table["process"], table["site"]) for table in shown} == {("order_change", "*"), ("order_change", "north")}
