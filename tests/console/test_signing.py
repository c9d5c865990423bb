"""Signing an answer from the command line, and looking at signatures."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from console.commands import app
from runtime.passwords import hashed
from storage.accounts import Account, Accounts
from storage.database import Database
from storage.tables.questions import AnswerRow
from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import person, question_of, sign_waivers, tell
from tests.support.small_plant import small_plant

MEANING = "I agree to this change"
PASSWORD = "seven valves by friday"  # noqa: S105 - of nobody


@pytest.fixture
def question(api: RunningApi) -> str:
    """A decision that has to be signed. Boris, who plans, has an account."""
    account = Account(person("boris"), hashed(PASSWORD, "boris"))
    api.with_record(lambda database: Accounts(database).add(account, datetime.now(UTC)))
    return question_of(api.asked_to_decide(signed=MEANING))


def case_of(question: str) -> str:
    """The case that asks it."""
    return question.removesuffix("-2-1")


def typed(password: str, *arguments: str) -> tuple[int, str]:
    """How ``lockstep`` ends, and what it says, when *password* is typed where it asks for one."""
    told = CliRunner().invoke(app, list(arguments), input=f"{password}\n")
    return told.exit_code, told.output


def test_the_question_and_the_list_say_that_it_is_to_be_signed(lockstep: Lockstep, question: str) -> None:
    assert "to be signed" in lockstep("questions", "--as", "boris").stdout
    assert f"you sign: {MEANING}" in re.sub(r"[\s│]+", " ", lockstep("question", question, "--as", "boris").stdout)


@pytest.mark.parametrize("way", [(), ("--stdin",)])
def test_he_is_told_what_he_signs_asked_for_his_password_and_stands_there(
    lockstep: Lockstep, question: str, way: tuple[str, ...]
) -> None:
    ended, said = typed(PASSWORD, "answer", question, "accept_as_asked", "--as", "boris", *way)
    shown = lockstep("signatures", case_of(question), "--as", "boris")

    assert ended == 0, said
    assert said.startswith(f"You sign: {MEANING}\n")
    assert re.search(rf"Signed by Boris at .*: {MEANING}\.", said)
    assert PASSWORD not in said
    assert (shown.exit_code, "password" in shown.stdout) == (0, True)


def test_with_another_password_nothing_is_answered(lockstep: Lockstep, question: str) -> None:
    ended, said = typed("eleven pumps on monday", "answer", question, "accept_as_asked", "--as", "boris")

    assert (ended, "This answer must be signed" in said) == (1, True)
    assert lockstep("signatures", case_of(question), "--as", "boris", "--json").stdout.strip() == "[]"


@pytest.mark.usefixtures("lockstep")
def test_what_is_to_be_sent_as_a_signal_is_signed_likewise(question: str) -> None:
    ended, said = typed(PASSWORD, "sign", question, "accept_as_asked", "--as", "boris")

    assert (ended, "Send this to order_change/north/SO-1:10" in said) == (0, True)


def test_a_waiver_is_agreed_to_by_signature(api: RunningApi, lockstep: Lockstep) -> None:
    now = datetime.now(UTC)

    async def with_an_account(database: Database) -> None:
        await Accounts(database).add(Account(person("carla"), hashed(PASSWORD, "carla")), now)
        await tell(database, *small_plant(now), at=now)
        await sign_waivers(database, "at my word", now)

    api.with_record(with_an_account)
    lockstep("waiver", "ask", "north", "J-2", "materials_ready", "--reason", "At noon.", "--as", "boris")

    wrong, _ = typed("eleven pumps on monday", "waiver", "agree", "north", "WV-1", "--as", "carla")
    ended, said = typed(PASSWORD, "waiver", "agree", "north", "WV-1", "--as", "carla")
    shown = lockstep("waiver", "signatures", "north", "WV-1", "--as", "carla")

    assert (wrong, ended) == (1, 0), said
    assert "must be signed: “at my word”" in said
    assert re.search(r"Signed by Carla at .*: at my word\.", said)
    assert "planner must agree" in said
    assert (shown.exit_code, "at my word" in shown.stdout) == (0, True)


@pytest.mark.usefixtures("lockstep")
def test_whom_nobody_knows_is_not_asked_for_a_password(api: RunningApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_API_URL", api.url)
    monkeypatch.setenv("LOCKSTEP_TOKEN", "lst_nobody_at-all")

    ended, said = typed(PASSWORD, "waiver", "agree", "north", "WV-1")

    assert ended == 1
    assert said.startswith("It is not known who asks")
    assert "password" not in said


def test_what_was_altered_since_is_shown_and_ends_with_one(api: RunningApi, lockstep: Lockstep, question: str) -> None:
    case_id = case_of(question)
    typed(PASSWORD, "answer", question, "accept_as_asked", "--as", "boris")

    async def alter(database: Database) -> None:
        async with database.transaction() as session:
            row = await session.get_one(AnswerRow, (question, "boris"))
            row.reason = "Nobody asked me."
            session.add(row)

    api.with_record(alter)
    shown, as_json = (lockstep("signatures", case_id, "--as", "boris", *way) for way in ((), ("--json",)))

    assert (shown.exit_code, as_json.exit_code) == (1, 1)
    assert "Boris: The record was altered since it was signed: reason." in shown.stdout
    assert [one["intact"] for one in json.loads(as_json.stdout)] == [False]
