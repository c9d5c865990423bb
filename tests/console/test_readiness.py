"""Readiness at the command line, through a real API."""

from __future__ import annotations

import json
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


def test_a_site_gets_figures_of_its_own(lockstep: Lockstep, api: RunningApi, tmp_path: Path) -> None:
    own = tmp_path / "north.yaml"
    own.write_text(DEFAULT.read_text(encoding="utf-8").replace('site: "*"', "site: north"), encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("site: north\n", encoding="utf-8")

    checked = lockstep("readiness", "policy", own)
    published = [lockstep("readiness", "policy", own, "--publish").stdout for _ in range(2)]
    listed = lockstep("readiness", "policy")
    refused = lockstep("readiness", "policy", wrong)

    assert api.url
    assert "for north, from 2026-01-01 on" in checked.stdout
    assert "It is published." in published[0]
    assert "nothing changed" in published[1]
    assert listed.stdout.index("for north") < listed.stdout.index("every site without its own")
    assert "packing list" in listed.stdout
    assert refused.exit_code == 1
    assert "effective_from" in refused.stderr


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
