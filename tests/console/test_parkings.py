"""Parking, resuming and snoozing at the command line, through a real API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import question_of


def test_a_question_is_parked_resumed_and_snoozed(lockstep: Lockstep, api: RunningApi) -> None:
    question = question_of(api.asked_to_decide())
    until = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"
    why = ("--until", until, "--reason", "He asks his site.")

    parked = lockstep("park", question, "customer", *why, "--as", "boris")
    shown = lockstep("question", question, "--as", "boris")
    listed = lockstep("questions", "--as", "boris")
    resumed = lockstep("resume", question, "--as", "boris")
    snoozed = lockstep("snooze", question, "--until", until, "--as", "boris")
    left = lockstep("questions", "--as", "boris")
    back = lockstep("snooze", question, "--as", "boris")
    odd = lockstep("park", question, "weather", *why, "--as", "boris")

    assert f"{question} is parked until {until} 00:00 UTC; due" in parked.stdout, parked.stderr
    assert f"Parked until {until} 00:00 UTC for the cause customer: He asks his site." in shown.stdout
    assert f"parked until {until} 00:00 UTC, customer" in listed.stdout
    assert f"{question} goes on; due" in resumed.stdout
    assert f"{question} is not in your list until {until}." in snoozed.stdout
    assert "There are none." in left.stdout
    assert f"{question} is in your list." in back.stdout
    assert odd.exit_code == 2
