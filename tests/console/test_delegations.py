"""Delegations at the command line, through a real API."""

from __future__ import annotations

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import question_of


def test_a_question_is_delegated_given_back_and_answered_for_somebody(lockstep: Lockstep, api: RunningApi) -> None:
    question = question_of(api.asked_to_decide())
    why = ("--reason", "She knows the customer.")

    given = lockstep("delegate", question, "petra", *why, "--until", "2099-01-01", "--as", "boris")
    shown = lockstep("question", question, "--as", "petra")
    returned = lockstep("return", question, "--as", "petra")
    odd = lockstep("delegate", question, "petra", *why, "--until", "2026-12-01T12:00", "--as", "boris")
    past = lockstep("delegate", question, "petra", *why, "--until", "2020-01-01", "--as", "boris")
    lockstep("delegate", question, "petra", *why, "--as", "boris")
    answered = lockstep("answer", question, "accept_as_asked", "--for", "boris", "--as", "petra")

    assert f"petra may answer {question} for you." in given.stdout, given.stderr
    assert "boris has delegated it to petra until 2099-01-01 00:00 UTC: She knows the customer." in shown.stdout
    assert "You may answer it for boris, with --for." in shown.stdout
    assert f"{question} is with whom it was asked of." in returned.stdout
    assert "names no time zone" in odd.stderr
    assert "name a moment to come" in past.stderr
    assert "Your answer accept_as_asked stands for boris" in answered.stdout
