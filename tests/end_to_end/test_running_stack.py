"""The whole system, started by its one command and met over HTTP as people and systems meet it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from tests.end_to_end.stack import COMMAND, ERP, SITE, Stack, environment, event, eventually, questions, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One system for all that can be told of it one after the other; each story has order lines of its own."""
    folder = tmp_path_factory.mktemp("stack")
    with running(folder / "home", folder / "said.log") as started:
        yield started


def test_takes_one_pump_more_from_stock_without_asking_anybody(stack: Stack) -> None:
    case_id = stack.opened("ida.brandt", "SO-1001", quantity="41")

    case = stack.until(case_id, "completed")

    assert (case["chosen"], case["questions"]) == ("accept_as_asked", [])
    written = {kept["effect"]["kind"]: kept for kept in case["effects"]}
    assert written["revise_order_line"]["effect"]["quantity"] == "41"
    assert {kept["state"] for kept in written.values()} == {"confirmed"}
    assert stack.status("SO-1001")["open_cases"] == []


def test_has_people_decide_in_the_roles_they_hold_at_that_moment_and_everybody_take_it_over(stack: Stack) -> None:
    before = stack.status("SO-1002")
    case_id = stack.opened("ida.brandt", "SO-1002", quantity="70")
    (asked,) = questions(stack.until(case_id, "awaiting_decision"))
    choice = stack.choice_of(asked, "planner", "sales_manager")
    meanwhile = stack.status("SO-1002")

    refused = stack.answer("timo.falk", asked, choice)
    stack.tell(event("fact.person", {"person": "timo.falk", "name": "Timo Falk", "roles": ["planner"]}))
    eventually(lambda: "planner" in stack.get("/v1/me", "timo.falk")["roles"][SITE] or None, lambda: "no planner")
    first = stack.answer("timo.falk", asked, choice)
    second = stack.answer("jonas.keller", asked, choice)
    case = stack.taken_over(case_id)
    after = stack.status("SO-1002")

    assert (refused.status_code, first.status_code, second.status_code) == (403, 200, 200)
    assert (first.json()["role"], first.json()["settled"]) == ("planner", None)
    assert (second.json()["role"], second.json()["settled"]) == ("sales_manager", choice)
    assert {asked["choice"] for asked in case["questions"] if asked["kind"] == "handoff"} == {"acknowledge"}
    assert (meanwhile["status"], meanwhile["waiting_on"]) == ("change_pending", "planner")
    assert [case["id"] for case in meanwhile["open_cases"]] == [case_id]
    assert before["open_cases"] == after["open_cases"] == []
    assert "change_pending" not in (before["status"], after["status"])


def order_line(order: str, quantity: int) -> dict[str, Any]:
    """Seals for a new customer, as the order book tells of them."""
    due = (datetime.now(UTC) + timedelta(days=60)).replace(hour=12, minute=0, second=0, microsecond=0)
    return {
        "order": order, "line": "10", "customer": "C-HEAT", "item": "SEAL", "quantity": str(quantity),
        "requested_at": due.isoformat(), "promised_at": due.isoformat(),
    }  # fmt: skip


def change_asked(order: str, quantity: int) -> dict[str, Any]:
    """What the ERP system asks for when a customer orders another quantity."""
    data = {"order": order, "line": "10", "quantity": str(quantity), "reason": "CUSTOMER_REQUEST"}
    return event("order_change.change_requested", data)


def states(answer: Any) -> list[str]:
    return [outcome["state"] for outcome in answer.json()["events"]]


def test_a_change_that_the_erp_asks_for_opens_a_case_once_however_often_it_is_told(stack: Stack) -> None:
    asked = change_asked("SO-1012", 50)

    first, again = stack.tell(asked), stack.tell(asked)
    case = stack.get(f"/v1/cases/{stack.case_about('SO-1012:10')}")

    assert (first.status_code, states(first)) == (202, ["received"])
    assert (again.status_code, states(again)) == (200, ["known"])
    assert (case["requester"]["kind"], case["channel"], case["request"]["quantity"]) == ("machine", "event", "50")


def test_a_changed_order_line_opens_a_case_also_if_it_is_told_in_headers(stack: Stack) -> None:
    known, changed = (event("fact.order_line", order_line("SO-9001", quantity)) for quantity in (10, 12))

    stack.tell(known)
    told = stack.call(
        ERP,
        "POST",
        "/v1/events",
        headers={f"ce-{name}": value for name, value in changed.items() if name != "data"},
        json=changed["data"],
    )
    case = stack.get(f"/v1/cases/{stack.case_about('SO-9001:10')}")

    assert (told.status_code, states(told)) == (202, ["received"])
    assert (case["before"]["fact"]["quantity"], case["request"]["quantity"]) == ("10", "12")


def test_a_batch_is_answered_event_by_event(stack: Stack) -> None:
    known, changed = (event("fact.order_line", order_line("SO-9002", quantity)) for quantity in (10, 12))
    asked = change_asked("SO-1004", 45)

    told = stack.tell(known, changed, asked, asked)

    assert (told.status_code, states(told)) == (202, ["received", "received", "received", "known"])
    assert stack.case_about("SO-9002:10") != stack.case_about("SO-1004:10")


def test_whoever_asks_does_not_decide_and_who_is_elsewhere_does_not_even_learn_that_there_is_a_case(
    stack: Stack,
) -> None:
    case_id = stack.opened("mira.vogt", "SO-1011", quantity="18")
    (asked,) = questions(stack.until(case_id, "awaiting_decision"))

    own = stack.answer("mira.vogt", asked, "reject", reason="On second thoughts.")
    elsewhere, nowhere = (
        [
            stack.call("grace.holloway", "GET", path)
            for path in (f"/v1/cases/{case}", f"/v1/cases/{case}/trail", f"/v1/questions/{question}")
        ]
        for case, question in ((case_id, asked["id"]), ("OC-999999", "OC-999999-3-1"))
    )

    refusal = "Whoever asks for a change does not decide it, nor does anybody for him."
    assert (own.status_code, own.json()["detail"]) == (403, refusal)
    assert [answer.status_code for answer in elsewhere] == [404, 404, 404]
    assert [answer.content for answer in elsewhere] == [answer.content for answer in nowhere]


def test_a_repeated_request_gets_its_first_answer_and_another_one_under_its_key_is_refused(stack: Stack) -> None:
    first, again = (stack.ask("ida.brandt", "SO-1013", key="call-of-today", quantity="5") for _ in range(2))
    other = stack.ask("ida.brandt", "SO-1013", key="call-of-today", quantity="6")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert len(stack.get("/v1/cases", site=SITE, subject="SO-1013:10")["items"]) == 1


def test_a_request_is_taken_back_once_and_then_there_is_nothing_to_take_back(stack: Stack) -> None:
    case_id = stack.opened("ida.brandt", "SO-1014", quantity="14")
    waiting = stack.until(case_id, "awaiting_decision")

    taken = stack.withdraw("ida.brandt", case_id)
    stack.until(case_id, "withdrawn")
    late = stack.withdraw("ida.brandt", case_id)

    assert (waiting["allowed_commands"], taken.status_code) == (["withdraw", "look_again"], 202)
    assert late.status_code == 409
    assert (late.json()["state"], late.json()["allowed_commands"]) == ("withdrawn", [])


async def test_the_engines_own_user_interface_says_what_waits_for_whom_and_where_more_is_found(stack: Stack) -> None:
    case_id = stack.opened("ida.brandt", "SO-1003", quantity="31")
    case = stack.until(case_id, "awaiting_decision")
    client = await Client.connect(stack.engine, data_converter=pydantic_data_converter)

    workflow = client.get_workflow_handle(f"order_change/{SITE}/SO-1003:10")
    seen = await workflow.describe()
    shown = await workflow.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    listed = [found.id async for found in client.list_workflows("LockstepSubject = 'SO-1003:10'")]

    assert await seen.static_summary() == f"{case_id} order change: SO-1003:10 at north"
    assert "Asked by Ida Brandt" in (await seen.static_details() or "")
    attributes = {pair.key.name: pair.value for pair in seen.typed_search_attributes}
    assert attributes | {
        "LockstepProcess": "order_change", "LockstepSite": SITE, "LockstepSubject": "SO-1003:10",
        "LockstepState": "awaiting_decision", "LockstepOwner": "planner",
        "LockstepDue": datetime.fromisoformat(case["due_at"]),
    } == attributes  # fmt: skip
    assert "**awaiting decision**" in shown.current_details
    assert "Owner: planner" in shown.current_details
    assert f"[{case_id} in Lockstep]({case['links']['self']})" in shown.current_details
    assert listed == [workflow.id]
    assert case["links"]["temporal_ui"].endswith("/namespaces/default/workflows/order_change%2Fnorth%2FSO-1003%3A10")


@pytest.mark.parametrize("time", ["first", "second"])
def test_the_story_plays_to_its_end(stack: Stack, time: str) -> None:
    told = subprocess.run(
        (*COMMAND, "story", "order-change"), env=environment(stack.home), capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, f"{time} time:\n{told.stdout}\n{told.stderr}"
    assert "How it ended" in told.stdout
    assert "is completed" in told.stdout
