"""Approval policies at the command line."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from runtime.policies import FOLDER
from storage.database import Database
from storage.record import CaseRecord
from tests.console.conftest import Lockstep
from tests.console.running_api import running_api
from tests.domain.assessed import assessed
from tests.storage.plant import ask, more_valves, move

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


def test_says_on_how_many_cases_a_policy_was_tried_and_where_worse_needs_fewer(
    lockstep: Lockstep, tmp_path: Path
) -> None:
    document = tmp_path / "policy.yaml"
    document.write_text(POLICY.read_text().replace("{promises_broken: true}", "{promises_broken: false}", 1))

    good, lax = lockstep("policy", "check", POLICY), lockstep("policy", "check", document)

    assert "every one is ruled, and every rule applies" in " ".join(good.stdout.split())
    assert "Worse needs fewer" not in good.stdout
    assert "Worse needs fewer: promises broken" in lax.stdout


def test_refuses_a_policy_with_a_rule_that_never_applies(lockstep: Lockstep, tmp_path: Path) -> None:
    document = tmp_path / "policy.yaml"
    rule = "  - rule: never\n    when: {zone: [liquid], cost_up_to: 10}\n    require: [{role: planner}]\n"
    document.write_text(POLICY.read_text().replace("  - rule: frozen_cheap", f"{rule}  - rule: frozen_cheap", 1))

    told = lockstep("policy", "check", document)

    assert told.exit_code == 1
    assert "never would never apply" in told.stderr


def test_tells_what_another_policy_would_change(lockstep: Lockstep, tmp_path: Path) -> None:
    lockstep("migrate")
    (published,) = json.loads(lockstep("policy", "show", "order_change", "--json").stdout)
    document = tmp_path / "policy.yaml"
    document.write_text(POLICY.read_text().replace("cost_over: 500", "cost_over: 800", 1))

    told = lockstep("policy", "diff", published["version"], document)
    same = lockstep("policy", "diff", published["version"], POLICY)
    unknown = lockstep("policy", "diff", "0000", POLICY)

    assert "cases are ruled differently" in told.stdout
    assert "planner and sales manager" in told.stdout
    assert "They say the same in all" in same.stdout
    assert "neither a published version nor a file" in unknown.stderr


def test_tries_a_policy_on_the_cases_there_were(lockstep: Lockstep, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    with running_api(tmp_path / "home") as api:
        case_id = api.with_record(_assessed)
    document = tmp_path / "policy.yaml"
    document.write_text(POLICY.read_text().replace("[{role: planner}", "[{role: buyer}"))

    same, told = lockstep("policy", "try", POLICY), lockstep("policy", "try", document, "--last", "5")

    assert "0 of 1 cases would be ruled differently" in same.stdout
    assert "1 of 1 cases would be ruled differently" in told.stdout
    assert case_id in told.stdout
    assert "buyer" in told.stdout


async def _assessed(database: Database) -> str:
    """A case that was looked at by every check."""
    found = assessed("SO-2", quantity=Decimal(14))
    assert found.proposal is not None
    opened = await ask(database, more_valves(14, "SO-2"))
    await move(database, opened.case_id, 1, "assessing", assessment=1)
    record = CaseRecord(database)
    await record.keep_evidence(opened.case_id, 1, *found.evidence)
    await record.keep_proposal(opened.case_id, 1, found.proposal)
    return opened.case_id


def test_one_publishes_a_policy_and_another_confirms_it(lockstep: Lockstep, tmp_path: Path) -> None:
    begins, ends = (datetime.now(UTC).replace(microsecond=0) + timedelta(days=days) for days in (1, 9))
    document = tmp_path / "north.yaml"
    of_the_north = (
        POLICY.read_text().replace('site: "*"', "site: north", 1).replace("[{role: planner}]", "[{role: buyer}]")
    )
    period = f"effective_from: {begins.isoformat()}\neffective_until: {ends.isoformat()}"
    document.write_text(of_the_north.replace("effective_from: 2026-01-01T00:00:00Z", period))
    (tmp_path / "home").mkdir()

    with running_api(tmp_path / "home"):
        told = lockstep("policy", "publish", document, "--reason", "A trial.", "--as", "petra")
        waiting = lockstep("policy", "show", "order_change", "--site", "north")
        (version,) = set(re.findall(r"confirm north ([0-9a-f]{12})", " ".join(told.stdout.split())))
        own = lockstep("policy", "confirm", "north", version, "--as", "petra")
        confirmed = lockstep("policy", "confirm", "north", version, "--as", "paul")
        happened = json.loads(lockstep("policy", "history", "north", "--as", "paul", "--json").stdout)
    in_force = lockstep("policy", "show", "--site", "north")

    assert "Ruled differently from 7645065e085a, which is in force" in told.stdout
    assert "Proposed by petra for north: A trial." in waiting.stdout
    assert "It is for plant manager." in own.stderr
    assert "proposed by petra, confirmed by paul" in " ".join(confirmed.stdout.split())
    assert "it came with the program" in " ".join(in_force.stdout.split())
    assert f"{begins:%Y-%m-%d}" in in_force.stdout
    assert "Proposed by" in in_force.stdout
    assert [(event["step"], event["by"]["id"]) for event in happened] == [
        ("policy_confirmed", "paul"), ("policy_proposed", "petra"),
    ]  # fmt: skip
    shown = json.loads(lockstep("policy", "show", "order_change", "--json").stdout)
    assert {(table["process"], table["site"]) for table in shown} == {("order_change", "*"), ("order_change", "north")}


def test_a_policy_for_every_site_is_proposed_by_somebody_at_one(lockstep: Lockstep) -> None:
    told = lockstep("policy", "publish", POLICY, "--reason", "Anew.")

    assert told.exit_code == 1
    assert "Say at which one you work" in told.stderr
