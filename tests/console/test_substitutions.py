"""Substitutes at the command line, through a real API."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import question_of


def days_from_now(number: int) -> str:
    return f"{datetime.now(UTC).date() + timedelta(days=number)}"


def test_somebody_answers_for_who_is_away_and_it_is_ended(lockstep: Lockstep, api: RunningApi) -> None:
    question = question_of(api.asked_to_decide())
    period = ("--from", days_from_now(-1), "--until", days_from_now(3), "--reason", "On leave.")

    named = lockstep("substitute", "north", "petra", *period, "--as", "boris")
    listed = json.loads(lockstep("substitutes", "north", "--as", "petra", "--json").stdout)
    answered = lockstep("answer", question, "accept_as_asked", "--for", "boris", "--as", "petra")
    shown = lockstep("question", question, "--as", "petra")
    trail = lockstep("trail", question.rsplit("-", 2)[0], "--as", "petra")
    ended = lockstep("unsubstitute", "north", "SUB-1", "--reason", "Back early.", "--as", "boris")
    table = lockstep("substitutes", "north", "--as", "petra")

    assert named.exit_code == 0, named.stderr
    assert "SUB-1: petra answers for boris as planner, from" in named.stdout
    assert [(one["absent"], one["substitute"]) for one in listed] == [("boris", "petra")]
    assert "Your answer accept_as_asked stands for boris, as planner." in answered.stdout
    assert "petra for boris said accept_as_asked as planner" in shown.stdout
    assert "Petra for boris as planner" in trail.stdout
    assert "SUB-1 has ended: petra no longer answers for boris." in ended.stdout
    assert "SUB-1" not in table.stdout


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (["petra", "--until", "soon"], "soon is no day"),
        (["petra", "--until", "2020-01-01"], "The last day"),
        (["dev", "--until", days_from_now(2)], "dev holds none of these roles himself: planner"),
        (["petra", "--until", days_from_now(2), "--role", "plant_manager"], "plant manager cannot be given"),
    ],
)
def test_says_why_somebody_cannot_be_named(lockstep: Lockstep, said: list[str], complaint: str) -> None:
    refused = lockstep("substitute", "north", *said, "--reason", "On leave.", "--as", "boris")

    assert refused.exit_code != 0
    assert complaint in " ".join(refused.stderr.split())
