"""Readiness at the command line, through a real API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relay.readiness import ReadinessRelay
from runtime.policies import FOLDER
from storage.database import Database
from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi, running_api
from tests.storage.plant import tell
from tests.support.small_plant import small_plant

DEFAULT = FOLDER / "readiness/default.yaml"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RunningApi]:
    """The API that the command line finds in its folder."""
    (tmp_path / "home").mkdir()
    with running_api(tmp_path / "home") as running:
        yield running


@pytest.mark.usefixtures("api")
def test_shows_what_is_ready_with_who_can_mend_what_is_not(lockstep: Lockstep) -> None:
    shown = lockstep("readiness", "show", "jobs", "north", "J-2", "--as", "boris")
    as_json = json.loads(lockstep("readiness", "show", "jobs", "north", "J-2", "--as", "boris", "--json").stdout)
    missing = lockstep("readiness", "show", "jobs", "north", "J-404", "--as", "boris")

    assert shown.exit_code == 0, shown.stderr
    assert "10 of HOUSING are missing for J-2." in shown.stdout
    assert "Every source that counts was heard at 2026-10-05 08:00 UTC or later." in shown.stdout
    assert as_json["judgements"][0]["predicate"] == "materials_ready"
    assert missing.exit_code == 1


def test_one_proposes_figures_of_a_site_and_another_confirms_them(
    lockstep: Lockstep, api: RunningApi, tmp_path: Path
) -> None:
    tomorrow = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    document = DEFAULT.read_text(encoding="utf-8").replace("weekday: 0", "weekday: 1")
    over, own = tmp_path / "over.yaml", tmp_path / "north.yaml"
    over.write_text(document.replace('site: "*"', "site: north"), encoding="utf-8")
    begins = f"effective_from: {tomorrow.isoformat()}"
    own.write_text(over.read_text(encoding="utf-8").replace("effective_from: 2026-01-01T00:00:00Z", begins))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("site: north\n", encoding="utf-8")
    policy = ("readiness", "policy")

    checked, silent, late, malformed = (
        lockstep(*policy, own),
        lockstep(*policy, own, "--publish", "--as", "petra"),
        lockstep(*policy, over, "--publish", "--reason", "So.", "--as", "petra"),
        lockstep(*policy, wrong),
    )
    proposed = lockstep(*policy, own, "--publish", "--reason", "Tuesdays.", "--as", "petra")
    (version,) = re.findall(r"lockstep policy confirm north ([0-9a-f]{12})", " ".join(proposed.stdout.split()))
    waiting = lockstep(*policy).stdout
    own_word = lockstep("policy", "confirm", "north", version, "--as", "petra")
    confirmed = lockstep("policy", "confirm", "north", version, "--as", "paul")
    listed = lockstep(*policy).stdout
    happened = lockstep("policy", "history", "north", "--as", "paul").stdout

    assert api.url
    assert f"for north, from {tomorrow:%Y-%m-%d}" in checked.stdout
    assert "every Tuesday, all lots on hold" in checked.stdout
    assert "a lot on hold for 30 days" in checked.stdout
    assert "a work centre stands still" in checked.stdout
    assert "Say why" in silent.stderr
    assert "a time that is over" in late.stderr
    assert "effective_from" in malformed.stderr
    assert "Proposed by petra, and confirmed by nobody yet: Tuesdays." in waiting
    assert "It is for plant manager." in own_word.stderr
    assert "holds for the readiness of north from" in " ".join(confirmed.stdout.split())
    assert "Proposed by petra, confirmed by paul." in listed
    assert "Nobody proposed it: it came with the program." in listed
    assert listed.index("for north") < listed.index("every site without its own")
    assert "packing list" in listed
    assert [version in line and "readiness" in line for line in happened.splitlines()].count(True) == 2


def test_a_job_may_start_short_once_two_have_agreed(lockstep: Lockstep, api: RunningApi) -> None:
    api.with_record(lambda database: tell(database, *small_plant(datetime.now(UTC)), at=datetime.now(UTC)))

    asked = lockstep("waiver", "ask", "north", "J-2", "materials_ready", "--reason", "At noon.", "--as", "boris")
    listed = lockstep("waiver", "list", "north", "--as", "carla")
    refused = lockstep("waiver", "agree", "north", "WV-1", "--as", "anna")
    agreed = lockstep("waiver", "agree", "north", "WV-1", "--as", "carla")
    shown = lockstep("readiness", "show", "jobs", "north", "J-2", "--as", "anna")
    ended = lockstep("waiver", "end", "north", "WV-1", "--reason", "They came.", "--as", "carla")
    left = json.loads(lockstep("waiver", "list", "north", "--as", "carla", "--json").stdout)

    assert asked.exit_code == 0, asked.stderr
    assert "WV-1: materials ready of J-2 is not waived yet; production must agree." in asked.stdout
    assert "10 of HOUSING are missing for J-2." in listed.stdout
    assert "planner or production" in refused.stderr
    assert "WV-1: materials ready of J-2 is waived until" in agreed.stdout
    assert "false, waived until" in shown.stdout
    assert "WV-1 has ended" in ended.stdout
    assert left == []


def test_says_how_long_a_job_waited_for_whom(lockstep: Lockstep, api: RunningApi) -> None:
    before = datetime.now(UTC) - timedelta(hours=5)

    async def judged(database: Database) -> None:
        await tell(database, *small_plant(before), at=before)
        while await ReadinessRelay(database, now=lambda: before).once():
            pass

    api.with_record(judged)

    told = lockstep("readiness", "history", "jobs", "north", "J-2", "--as", "boris")

    assert told.exit_code == 0, told.stderr
    assert "10 of HOUSING are missing for J-2." in told.stdout
    assert "buyer 5.0 hours" in told.stdout


def test_lists_what_cannot_start_or_leave(lockstep: Lockstep, api: RunningApi) -> None:
    now = datetime.now(UTC)

    async def judged(database: Database) -> None:
        await tell(database, *small_plant(now), at=now)
        while await ReadinessRelay(database, now=lambda: now).once():
            pass

    api.with_record(judged)

    jobs = lockstep("not-ready", "--kind", "jobs", "--owner", "buyer", "--site", "north", "--as", "boris")
    few = lockstep("not-ready", "--limit", "1", "--as", "boris")
    shipments = json.loads(lockstep("not-ready", "--kind", "shipments", "--json", "--as", "boris").stdout)
    none = lockstep("not-ready", "--owner", "auditor", "--as", "boris")

    assert jobs.exit_code == 0, jobs.stderr
    assert "J-2" in jobs.stdout
    assert "short: 10 of HOUSING are missing for J-2." in " ".join(jobs.stdout.split())
    assert "There are more." in few.stdout
    assert {one["kind"] for one in shipments} == {"shipment"}
    assert "There are none." in none.stdout
