"""Accounts and login links are given out at the command line."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.commands import app
from domain.fact import Reading
from runtime.passwords import Passwords
from storage.accounts import Account, Accounts
from storage.database import Database
from storage.facts import FactStore
from storage.migration import upgrade
from storage.tickets import TicketKind, Tickets
from tests.support.small_plant import small_plant

PASSWORD = "seven valves by friday"  # noqa: S105 - of nobody
OTHER = "eight pumps on a monday"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The small plant's database, as the one that is set."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}"
    monkeypatch.setenv("LOCKSTEP_DATABASE_URL", url)
    upgrade(url)
    asyncio.run(_keep(url))
    return url


def test_a_password_is_asked_for_twice_and_shown_nowhere(url: str) -> None:
    asked = CliRunner().invoke(app, ["account", "add", "boris"], input=f"{PASSWORD}\n{PASSWORD}\n")

    assert asked.exit_code == 0
    assert PASSWORD not in asked.output
    assert asyncio.run(_fits(url, "boris", PASSWORD))
    assert not asyncio.run(_fits(url, "boris", OTHER))


def test_a_password_comes_from_standard_input_and_can_be_changed_and_the_account_disabled(url: str) -> None:
    CliRunner().invoke(app, ["account", "add", "boris", "--stdin"], input=f"{PASSWORD}\n")
    changed = CliRunner().invoke(app, ["account", "password", "boris", "--stdin"], input=OTHER)
    old, new = asyncio.run(_fits(url, "boris", PASSWORD)), asyncio.run(_fits(url, "boris", OTHER))
    disabled = CliRunner().invoke(app, ["account", "disable", "boris"])

    assert (changed.exit_code, old, new) == (0, False, True)
    assert (disabled.exit_code, asyncio.run(_account(url, "boris"))) == (0, None)


@pytest.mark.parametrize(
    ("words", "typed", "sentence"),
    [
        (["add", "nobody", "--stdin"], PASSWORD, "no person nobody"),
        (["add", "boris", "--stdin"], "short", "15 to 256 characters"),
        (["add", "boris", "--stdin"], "", "15 to 256 characters"),
        (["add", "boris", "--stdin"], "my name is Boris, hello", "name"),
        (["add", "boris", "--stdin"], "aaaaaaaaaabbbbbbbbbb", "different characters"),
        (["password", "boris", "--stdin"], PASSWORD, "lockstep account add boris"),
        (["disable", "boris"], "", "lockstep account add boris"),
        (["link", "nobody"], "", "no person nobody"),
    ],
)
def test_refuses_what_would_let_the_wrong_ones_in(url: str, words: list[str], typed: str, sentence: str) -> None:
    refused = CliRunner().invoke(app, ["account", *words], input=typed)

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert sentence in refused.stderr
    assert asyncio.run(_account(url, "boris")) is None


def test_an_account_is_not_given_twice(url: str) -> None:
    CliRunner().invoke(app, ["account", "add", "boris", "--stdin"], input=PASSWORD)

    again = CliRunner().invoke(app, ["account", "add", "boris", "--stdin"], input=OTHER)

    assert again.exit_code == 1
    assert "lockstep account password boris" in again.stderr
    assert asyncio.run(_fits(url, "boris", PASSWORD))


def test_a_link_holds_a_ticket_for_the_person(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_PUBLIC_URL", "https://lockstep.plant.example")

    link = CliRunner().invoke(app, ["account", "link", "boris"]).stdout.strip()

    address, _, ticket = link.partition("?ticket=")
    assert address == "https://lockstep.plant.example/login/link"
    held = asyncio.run(_take(url, ticket))
    assert held is not None
    assert held["id"] == "boris"


async def _keep(url: str) -> None:
    database, now = Database(url), datetime.now(UTC)
    await FactStore(database).keep(
        [Reading(fact=fact, source="erp", version="1", as_of=now) for fact in small_plant(now)]
    )
    await database.close()


async def _account(url: str, person: str) -> Account | None:
    database = Database(url)
    try:
        return await Accounts(database).in_use(person)
    finally:
        await database.close()


async def _fits(url: str, person: str, password: str) -> bool:
    account = await _account(url, person)
    return await Passwords().fits(password, account.password if account else None)


async def _take(url: str, ticket: str) -> dict[str, object] | None:
    database = Database(url)
    try:
        return await Tickets(database).take(TicketKind.LINK, ticket, datetime.now(UTC))
    finally:
        await database.close()
