"""Asking back at the command line, through a real API."""

from __future__ import annotations

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import question_of


def test_a_question_is_asked_back_once(lockstep: Lockstep, api: RunningApi) -> None:
    case_id = api.asked_to_decide()

    asked = lockstep("ask", question_of(case_id), "Which revision?", "--as", "boris")
    late = lockstep("ask", question_of(case_id), "Which revision?", "--as", "petra")

    assert f"It is being found out. {case_id} asks anew when it is there." in asked.stdout, asked.stderr
    assert "Boris answered ask_back" in late.stderr
