"""Cases and questions at the command line, through a real API."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.roles import Role
from domain.signalled import SignalledAnswer
from storage.record import CaseRecord
from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi, running_api
from tests.storage.plant import proposal, question_of, resting_on


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RunningApi]:
    """The API that the command line finds in its folder."""
    (tmp_path / "home").mkdir()
    with running_api(tmp_path / "home") as running:
        yield running


@pytest.mark.usefixtures("api")
def test_asks_for_a_change_and_finds_its_case(lockstep: Lockstep) -> None:
    asked = lockstep(
        "change", "north", "SO-1", "10", "--quantity", "50", "--reason", "customer-request", "--as", "anna"
    )
    again = lockstep(
        "change", "north", "SO-1", "10", "--quantity", "50", "--reason", "customer-request", "--as", "fritz"
    )
    listed = lockstep("cases", "--as", "boris", "--json")

    assert asked.exit_code == 0, asked.stderr
    assert "OC-1 is open." in asked.stdout
    assert "The same was asked before: OC-1." in again.stdout
    assert [case["subject"] for case in json.loads(listed.stdout)] == ["SO-1:10"]


@pytest.mark.usefixtures("api")
def test_sends_a_date_alone_as_its_beginning_in_utc(lockstep: Lockstep) -> None:
    lockstep("change", "north", "SO-1", "10", "--date", "2027-02-01", "--reason", "credit", "--as", "anna")

    case = json.loads(lockstep("case", "OC-1", "--as", "anna", "--json").stdout)

    assert case["request"]["requested_at"] == "2027-02-01T00:00:00Z"


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (["--quantity", "many"], "many is no quantity"),
        (["--quantity", "-5"], "-5 is no quantity"),
        (["--date", "soon"], "soon is no date"),
        (["--date", "2027-02-01T08:00"], "names no time zone"),
        ([], "Say what is to be different"),
    ],
)
def test_refuses_a_change_it_cannot_understand(lockstep: Lockstep, said: list[str], complaint: str) -> None:
    told = lockstep("change", "north", "SO-1", "10", *said, "--reason", "credit", "--as", "anna")

    assert told.exit_code == 1
    assert complaint in told.stderr
    assert "There are none." in lockstep("cases", "--as", "anna").stdout


@pytest.mark.usefixtures("api")
def test_shows_which_field_the_api_did_not_take(lockstep: Lockstep) -> None:
    told = lockstep("change", "north", "SO-1", "10", "--item", "a/b", "--reason", "credit", "--as", "anna")

    assert told.exit_code == 1
    assert "  item: " in told.stderr


def test_answers_a_question_and_shows_that_it_is_settled(lockstep: Lockstep, api: RunningApi) -> None:
    question = question_of(api.asked_to_decide())

    waiting = lockstep("questions", "--as", "boris", "--json")
    shown = lockstep("question", question, "--as", "boris")
    answered = lockstep("answer", question, "accept_later", "--as", "boris")

    assert [each["id"] for each in json.loads(waiting.stdout)] == [question]
    assert "accept_later" in shown.stdout
    assert "availability" in shown.stdout
    assert "Your answer accept_later stands, as planner. The question is settled: accept_later." in answered.stdout
    assert "accept_later by Boris" in lockstep("case", question.rsplit("-", 2)[0], "--as", "boris").stdout


def test_signs_an_answer_and_says_how_to_send_it(lockstep: Lockstep, api: RunningApi) -> None:
    question = question_of(api.asked_to_decide())

    signed = lockstep("sign", question, "accept_later", "--as", "boris")
    of_a_buyer = lockstep("sign", question, "accept_later", "--as", "dev")

    command = signed.stdout.splitlines()[-1]
    said = json.loads(shlex.split(command)[-1])
    assert command.startswith("temporal workflow signal --workflow-id order_change/north/SO-1:10 --name decide")
    assert (said["question"], said["choice"], said["person"]) == (question, "accept_later", "boris")
    assert "Only planner can answer this." in of_a_buyer.stderr


def test_tells_whoever_may_not_answer_who_may(lockstep: Lockstep, api: RunningApi) -> None:
    question = question_of(api.asked_to_decide())

    told = lockstep("answer", question, "accept_later", "--as", "dev")

    assert told.exit_code == 1
    assert "Only planner can answer this." in told.stderr


def test_an_answer_counts_only_for_the_evidence_that_was_seen(lockstep: Lockstep, api: RunningApi) -> None:
    question = question_of(api.asked_to_decide())

    told = lockstep("answer", question, "accept_later", "--seen", "0" * 64, "--as", "boris")

    assert told.exit_code == 1
    assert "The evidence changed since you looked." in told.stderr


def test_shows_a_case_with_its_evidence_and_options_and_its_whole_trail(lockstep: Lockstep, api: RunningApi) -> None:
    case = api.asked_to_decide()
    ways = resting_on(proposal((Role.PLANNER,)), quantity="50", good_through="no end")
    api.with_record(lambda database: CaseRecord(database).keep_proposal(case, 1, ways))

    shown = lockstep("case", case, "--as", "boris")
    trail = lockstep("trail", case, "--as", "boris")

    assert f"{case}: SO-1:10 at north, awaiting decision" in shown.stdout
    assert "PASS" in shown.stdout
    assert "accept_as_asked" in shown.stdout
    assert "quantity: 50" in shown.stdout
    assert "good through: no end" in shown.stdout
    assert "entered awaiting decision" in trail.stdout


def test_names_nobody_as_who_sent_what_only_bears_a_name(lockstep: Lockstep, api: RunningApi) -> None:
    case = api.asked_to_decide()
    said = SignalledAnswer(question=question_of(case), choice="accept_as_asked", person="mira.vogt")
    api.with_record(lambda database: CaseRecord(database).answer_by_signal(case, said, datetime.now(UTC)))

    trail = lockstep("trail", case, "--as", "boris")

    assert "Unknown, as from mira.vogt" in " ".join(trail.stdout.split())


def test_takes_a_request_back(lockstep: Lockstep, api: RunningApi) -> None:
    case = api.asked_to_decide()

    told = lockstep("withdraw", case, "--reason", "He called again.", "--as", "anna")

    assert told.exit_code == 0, told.stderr
    assert "He called again." in lockstep("trail", case, "--as", "anna").stdout


@pytest.mark.usefixtures("api")
def test_says_the_same_of_a_case_that_is_not_there(lockstep: Lockstep) -> None:
    told = lockstep("case", "OC-99", "--as", "boris")

    assert told.exit_code == 1
    assert "There is no such thing, or not for you." in told.stderr


@pytest.mark.usefixtures("api")
def test_names_the_people_there_are_to_whoever_says_not_who_he_is(lockstep: Lockstep) -> None:
    nobody, somebody = lockstep("cases"), lockstep("cases", "--as", "bors")

    assert (nobody.exit_code, somebody.exit_code) == (1, 1)
    assert "LOCKSTEP_TOKEN" in nobody.stderr
    assert "boris" in nobody.stderr
    assert "boris" in somebody.stderr


def test_says_that_nothing_answers_and_how_to_start_it(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LOCKSTEP_TOKEN", "lsp_1_2")

    told = lockstep("cases")

    assert told.exit_code == 1
    assert "http://127.0.0.1:9 does not answer" in told.stderr
    assert "lockstep dev" in told.stderr


def test_uses_the_address_and_the_token_that_are_set(
    lockstep: Lockstep, api: RunningApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = json.loads((api.home / "dev.json").read_text())["people"]
    monkeypatch.setenv("LOCKSTEP_HOME", "/nonexistent")
    monkeypatch.setenv("LOCKSTEP_API_URL", api.url)
    monkeypatch.setenv("LOCKSTEP_TOKEN", people["boris"]["token"])

    told = lockstep("cases")

    assert told.exit_code == 0, told.stderr


@pytest.mark.usefixtures("api")
def test_says_where_an_order_line_is(lockstep: Lockstep) -> None:
    told = lockstep("status", "north", "SO-1", "10", "--as", "anna")
    as_json = lockstep("status", "north", "SO-1", "10", "--as", "anna", "--json")

    assert told.exit_code == 0, told.stderr
    assert told.stdout.startswith("SO-1:10 at north is ")
    assert json.loads(as_json.stdout)["open_cases"] == []
