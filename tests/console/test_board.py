"""The board at the command line, through a real API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi, running_api
from tests.storage.plant import tell
from tests.support.small_plant import small_plant


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RunningApi]:
    """The API that the command line finds in its folder, on a plant that has just said everything."""
    (tmp_path / "home").mkdir()
    with running_api(tmp_path / "home") as running:
        running.with_record(lambda database: tell(database, *small_plant(datetime.now(UTC)), at=datetime.now(UTC)))
        yield running


@pytest.mark.usefixtures("api")
def test_shows_where_things_are_who_has_to_act_and_why(lockstep: Lockstep) -> None:
    jobs = lockstep("board", "jobs", "north", "--as", "boris")
    lines = lockstep("board", "lines", "north", "--status", "loading", "--as", "boris")
    lots = json.loads(lockstep("board", "lots", "north", "--all", "--json", "--as", "boris").stdout)
    few = lockstep("board", "jobs", "north", "--limit", "1", "--as", "boris")
    late = lockstep("board", "jobs", "north", "--late", "--as", "boris")
    wrong = lockstep("board", "jobs", "south", "--as", "boris")

    assert jobs.exit_code == 0, jobs.stderr
    assert "10 of HOUSING are missing for J-2." in jobs.stdout
    assert "kit short" in jobs.stdout
    assert "SO-4:10" in lines.stdout
    assert "SO-1:10" not in lines.stdout
    assert {lot["status"] for lot in lots} == {"unrestricted"}
    assert "There are more." in few.stdout
    assert "There are none." in late.stdout
    assert wrong.exit_code == 1
