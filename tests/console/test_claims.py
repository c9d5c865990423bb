"""Claims at the command line, through a real API."""

from __future__ import annotations

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import question_of


def test_a_question_is_claimed_given_and_let_go_of(lockstep: Lockstep, api: RunningApi) -> None:
    question = question_of(api.asked_to_decide())

    claimed = lockstep("claim", question, "--as", "boris")
    refused = lockstep("claim", question, "--as", "petra")
    listed = lockstep("questions", "--as", "petra")
    given = lockstep("assign", question, "petra", "--reason", "Boris is busy.", "--as", "paul")
    shown = lockstep("question", question, "--as", "boris")
    released = lockstep("release", question, "--as", "petra")
    trail = lockstep("trail", question.rsplit("-", 2)[0], "--as", "petra")

    assert f"boris sees to {question} until" in claimed.stdout
    assert refused.exit_code == 1
    assert "boris sees to this until" in refused.stderr
    assert "open, with boris" in listed.stdout
    assert f"petra sees to {question} until" in given.stdout
    assert "petra sees to it until" in shown.stdout
    assert f"Nobody sees to {question} now." in released.stdout
    assert "assigned: petra" in trail.stdout
