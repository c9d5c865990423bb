"""Moving a case by hand at the command line, through a real API."""

from __future__ import annotations

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi


def test_a_case_is_forced_and_shows_it(lockstep: Lockstep, api: RunningApi) -> None:
    case = api.asked_to_decide()
    why = ("--reason", "Nobody who is asked is in the house.")

    short = lockstep("force", case, "--to", "assessing", "--reason", "Stuck.", "--as", "adam")
    wrong = lockstep("force", case, "--to", "completed", *why, "--as", "adam")
    moved = lockstep("force", case, "--to", "assessing", *why, "--as", "adam")
    shown = lockstep("case", case, "--as", "adam")
    again = lockstep("retry", case, "--reason", "Once more.", "--as", "adam")

    assert (short.exit_code, wrong.exit_code, again.exit_code) == (1, 1, 0)
    assert "can be forced to assessing, needs_information, withdrawn" in wrong.stderr
    assert f"{case} was awaiting decision and is assessing now." in moved.stdout, moved.stderr
    assert f"asked as {case}-0-1" in moved.stdout
    assert "Moved by force" in shown.stdout
