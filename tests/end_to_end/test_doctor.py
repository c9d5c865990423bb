"""Lockstep's doctor at a running installation in which things are really broken."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from storage.migration import downgrade, latest, upgrade
from tests.end_to_end.production import Installation, installation, prepare
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Installation]:
    """An installation that runs, on PostgreSQL and Temporal."""
    with installation(tmp_path_factory.mktemp("doctor"), postgres.create_database()) as made:
        prepare(made)
        made.start_temporal()
        made.start_lockstep()
        yield made


def looked_at(installed: Installation) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and what was found, by what it is about."""
    told = installed.lockstep("doctor", "--json")
    return told.returncode, {line["about"]: line for line in json.loads(told.stdout)}


def broken(lines: dict[str, dict[str, Any]]) -> set[str]:
    return {about for about, line in lines.items() if line["health"] == "broken"}


def test_finds_everything_well_where_it_is(installed: Installation) -> None:
    code, lines = looked_at(installed)

    assert (code, broken(lines)) == (0, set())
    well = {
        "settings", "database", "database clock", "messages", "events", "cases", "receivers", "policies of north",
        "calendars of north", "keys and tokens", "Temporal", "search attributes", "Temporal's clock", "workers",
        "backlog", "versions", "workflow tasks",
    }  # fmt: skip
    assert {about for about, line in lines.items() if line["health"] == "ok"} == well
    # It is good for a day, and the browser of this test knows it, but nobody else does.
    assert (lines["certificate"]["health"], lines["API"]["health"]) == ("warning", "warning")


def test_tells_people_line_by_line_how_things_are(installed: Installation) -> None:
    told = installed.lockstep("doctor")

    assert told.returncode == 0
    assert "ok       workers: 1 at lockstep." in told.stdout
    assert "Renew it, and start the API again." in told.stdout


def test_says_that_temporal_is_away(installed: Installation) -> None:
    with installed.frozen("temporal"):
        code, lines = looked_at(installed)

    assert (code, broken(lines)) == (1, {"Temporal"})
    assert "does not answer at 127.0.0.1:" in lines["Temporal"]["what"]
    assert "are kept meanwhile" in lines["Temporal"]["mend"]


def test_says_that_the_database_has_an_older_shape(installed: Installation) -> None:
    url = installed.settings["LOCKSTEP_DATABASE_URL"]
    downgrade(url, "-1")

    code, lines = looked_at(installed)
    upgrade(url)

    assert (code, broken(lines)) == (1, {"database"})
    assert lines["database"]["what"].endswith(f"{latest()} is needed.")
    assert "lockstep migrate" in lines["database"]["mend"]


def test_says_that_no_worker_is_there_as_soon_as_it_has_ended(installed: Installation) -> None:
    installed.stop("lockstep")

    code, lines = looked_at(installed)
    installed.start_lockstep()

    assert (code, broken(lines)) == (1, {"workers"})
    assert "Nobody takes workflows and activities" in lines["workers"]["what"]
    assert lines["API"]["health"] == "warning"
