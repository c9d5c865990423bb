"""Comments and several answers at the command line, through a real API."""

from __future__ import annotations

from typing import Any

from domain.evidence import digest
from storage.tables.access import RequestRow
from storage.tables.questions import QuestionRow
from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import question_of, rows


def test_a_comment_is_written_read_and_found_by_whom_it_calls(lockstep: Lockstep, api: RunningApi) -> None:
    case_id = api.asked_to_decide()

    written = lockstep("comment", case_id, "@petra he rang again.", "--as", "boris")
    refused = lockstep("comment", case_id, "@nobody", "--as", "boris")
    read = lockstep("comments", case_id, "--as", "petra")
    called = lockstep("mentions", "--as", "petra")
    trail = lockstep("trail", case_id, "--as", "petra")

    assert f"Comment 1 on {case_id} is kept, for petra." in written.stdout, written.stderr
    assert "Nobody here is called nobody" in refused.stderr
    assert all("@petra he rang again." in told.stdout for told in (read, called, trail))
    assert "There are none." in lockstep("mentions", "--as", "boris").stdout


def test_several_questions_get_the_same_answer_each_by_itself(lockstep: Lockstep, api: RunningApi) -> None:
    question = question_of(api.asked_to_decide())

    told = lockstep("answers", "accept_as_asked", question, "OC-404-1-1", "--as", "boris")
    again = lockstep("answers", "accept_as_asked", question, "--as", "petra")

    assert told.exit_code == 1
    assert [line.split()[:2] for line in told.stdout.splitlines()[1:]] == [[question, "yes"], ["OC-404-1-1", "no"]]
    assert "Boris answered accept_as_asked" in again.stdout


def test_answers_are_bound_to_the_evidence_that_is_there_when_they_are_given(
    lockstep: Lockstep, api: RunningApi
) -> None:
    alone, among_several = question_of(api.asked_to_decide()), question_of(api.asked_to_decide(order="SO-2"))

    one = lockstep("answer", alone, "accept_as_asked", "--as", "boris")
    several = lockstep("answers", "accept_as_asked", among_several, "--as", "boris")

    assert (one.exit_code, several.exit_code) == (0, 0), one.stderr + several.stderr
    bound = {row.id: row.evidence for row in api.with_record(lambda database: rows(database, QuestionRow))}
    said = [{"choice": "accept_as_asked", "reason": "", "seen": bound[name]} for name in (alone, among_several)]
    more: dict[str, Any] = {"on_behalf_of": None, "values": {}}
    kept = {row.fingerprint for row in api.with_record(lambda database: rows(database, RequestRow))}
    assert kept == {
        digest(["answer", alone, said[0]]), digest(["answer several", among_several, said[1] | more]),
    }  # fmt: skip
