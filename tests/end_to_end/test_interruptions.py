"""Parts of the running system stop, and nothing that was said is lost or done twice."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.stack import Stack, event, eventually, questions, running, typed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


@contextmanager
def frozen(process: int) -> Iterator[None]:
    """The process does nothing meanwhile."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def happened_once(stack: Stack, case_id: str) -> None:
    """Fails if the case was anywhere twice, an answer counted twice, or anything was written twice."""
    trail = stack.trail(case_id)
    for kind in ("entered", "answered", "effect_confirmed"):
        told = [(line["to_state"], line["details"].get("question"), line["details"].get("key")) for line in trail
                if line["action"] == kind]  # fmt: skip
        assert told, f"{case_id}: nothing was {kind}"
        assert len(set(told)) == len(told), f"{case_id}: {told}"


def test_takes_answers_requests_and_events_while_the_engine_is_away_and_carries_all_of_it_out_once(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "home", tmp_path / "said.log") as stack:
        decided = stack.opened("ida.brandt", "SO-1012", quantity="50")
        (asked,) = questions(stack.until(decided, "awaiting_decision"))

        with frozen(stack.process("start-dev")):
            away = eventually(
                lambda: found if (found := stack.http.get("/readyz")).json()["temporal"] != "ok" else None,
                lambda: "Temporal still answers",
            )
            answered = stack.answer("mira.vogt", asked, "accept_as_asked")
            requested = stack.ask("ida.brandt", "SO-1001", quantity="41")
            told = stack.tell(
                event(
                    "order_change.change_requested",
                    {"order": "SO-1003", "line": "10", "quantity": "31", "reason": "CUSTOMER_REQUEST"},
                )
            )
            from_event = stack.case_about("SO-1003:10")
        completed = stack.taken_over(decided)
        automatic = stack.until(requested.json()["case_id"], "completed")
        waiting = stack.until(from_event, "awaiting_decision")

        assert (away.status_code, away.json()) == (200, {"database": "ok", "temporal": "unavailable"})
        assert (answered.status_code, requested.status_code, told.status_code) == (200, 201, 202)
        assert completed["chosen"] == automatic["chosen"] == "accept_as_asked"
        assert len(questions(waiting)) == 1
        happened_once(stack, decided)


def test_goes_on_after_a_restart_with_what_was_answered_when_the_worker_was_killed(tmp_path: Path) -> None:
    with typed(tmp_path) as (terminal, stack):
        case_id = stack.opened("ida.brandt", "SO-1012", quantity="50")
        (asked,) = questions(stack.until(case_id, "awaiting_decision"))
        worker = stack.process("-m worker")

        os.kill(worker, signal.SIGSTOP)
        answered = stack.answer("mira.vogt", asked, "accept_as_asked")
        os.kill(worker, signal.SIGKILL)

        said = terminal.read_until("Stopping the rest.")
        assert answered.status_code == 200
        assert "worker was ended by SIGKILL" in said
        assert terminal.program.wait(timeout=60) == 1

    with typed(tmp_path) as (_, stack):
        completed = stack.taken_over(case_id)

        assert completed["chosen"] == "accept_as_asked"
        happened_once(stack, case_id)


def test_one_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    with typed(tmp_path) as (terminal, stack):
        processes = stack.processes()

        terminal.press_ctrl_c()

        assert terminal.program.wait(timeout=60) == 0
        assert len(processes) >= 4
        assert [command for pid, command in processes.items() if Path(f"/proc/{pid}").exists()] == []
