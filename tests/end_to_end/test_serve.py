"""Lockstep as production runs it: refused until it is safe, then up on PostgreSQL and Temporal, behind its own TLS."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.production import Installation, installation, prepare
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> Iterator[Installation]:
    """An installation with its Temporal. Its database is empty until somebody prepares it."""
    with installation(tmp_path_factory.mktemp("serve"), postgres.create_database()) as made:
        made.start_temporal()
        yield made


def children_of(process: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_starts_nothing_until_everything_unsafe_is_mended_and_says_all_of_it_at_once(installed: Installation) -> None:
    careless = dict.fromkeys(("LOCKSTEP_TLS", "LOCKSTEP_SIGNING_KEY_FILE", "LOCKSTEP_SINGLE_NODE"), "")

    unsafe = installed.lockstep("serve", LOCKSTEP_PROFILE="development", **careless)

    assert unsafe.returncode == 1
    mending = (
        "lockstep migrate",
        "LOCKSTEP_PROFILE=production",
        "LOCKSTEP_TLS=proxy",
        "SIGNING_KEY_FILE",
        "SINGLE_NODE",
    )
    assert [what for what in mending if what not in unsafe.stderr] == []
    assert "6 to mend" in unsafe.stderr


def test_runs_once_it_is_safe_until_it_is_told_to_stop_and_leaves_nothing_behind(installed: Installation) -> None:
    token = prepare(installed)
    safe = installed.lockstep("serve", "--check")

    installed.start_lockstep()
    known = installed.call("/v1/me", token)
    programs = children_of(installed.running["lockstep"].pid)
    code = installed.stop("lockstep")

    assert (safe.returncode, safe.stdout) == (0, "Nothing about the settings is unsafe.\n")
    assert known.json()["roles"] == {"north": ["planner"]}
    assert len(programs) == 2
    assert code == 0
    assert [pid for pid in programs if Path(f"/proc/{pid}").exists()] == []
    assert '"worker.started"' in installed.said("lockstep")


def test_ends_as_a_whole_when_one_of_its_programs_does(installed: Installation) -> None:
    installed.start_lockstep()
    program = installed.running["lockstep"]

    os.kill(children_of(program.pid)[0], signal.SIGKILL)

    assert program.wait(timeout=90) == 1
    assert "was ended by SIGKILL" in installed.said("lockstep")
