"""Recorded cases, run again from the command line."""

from __future__ import annotations

from pathlib import Path

from tests.console.conftest import Lockstep


def test_names_a_file_that_is_no_history(lockstep: Lockstep, tmp_path: Path) -> None:
    file = tmp_path / "history.json"
    file.write_text('{"events": "many"}')

    told = lockstep("replay", file)

    assert told.exit_code == 1
    assert f"{file}: this is no history" in told.stderr
    assert "0 of 1 recorded cases run as they did." in told.stdout
