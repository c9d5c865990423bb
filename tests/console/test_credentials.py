"""Keys and tokens are given out and taken back at the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from console.commands import app
from domain.decision import PrincipalKind
from domain.fact import Reading
from storage.database import Database
from storage.facts import FactStore
from storage.identity import Caller, Identity
from storage.migration import upgrade
from tests.support.small_plant import small_plant


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The small plant's database, as the one that is set."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}"
    monkeypatch.setenv("LOCKSTEP_DATABASE_URL", url)
    upgrade(url)
    now = datetime.now(UTC)
    asyncio.run(_keep(url, [Reading(fact=fact, source="erp", version="1", as_of=now) for fact in small_plant(now)]))
    return url


def test_gives_a_machine_a_key_that_is_accepted_until_it_is_taken_back(url: str) -> None:
    given = CliRunner().invoke(app, ["credential", "machine", "erp", "--site", "north", "--scope", "events"])
    key = given.stdout.strip()
    before = asyncio.run(_caller(url, key))
    taken = CliRunner().invoke(app, ["credential", "revoke", key.split("_")[1]])
    after = asyncio.run(_caller(url, key))

    assert before is not None
    assert (before.principal.kind, before.sites, before.scopes) == (PrincipalKind.MACHINE, ("north",), ("events",))
    assert (taken.exit_code, after) == (0, None)


def test_a_key_is_for_what_was_named_and_listed_with_it(url: str) -> None:
    given = CliRunner().invoke(
        app,
        ["credential", "machine", "mes", "--site", "north", "--source", "/mes/*", "--kind", "lockstep.fact.*",
         "--days", "30"],
    )  # fmt: skip
    caller = asyncio.run(_caller(url, given.stdout.strip()))
    listed = CliRunner().invoke(app, ["credential", "list", "--json"])

    assert caller is not None
    assert (caller.sources, caller.kinds) == (("/mes/*",), ("lockstep.fact.*",))
    assert caller.key_expires_at is not None
    assert timedelta(days=29) < caller.key_expires_at - datetime.now(UTC) < timedelta(days=30)
    (told,) = json.loads(listed.stdout)
    assert (told["of"]["id"], told["sources"], told["kinds"]) == ("mes", ["/mes/*"], ["lockstep.fact.*"])
    assert given.stdout.strip().split("_", 2)[2] not in listed.stdout
    assert "mes" in CliRunner().invoke(app, ["credential", "list"]).stdout


def test_a_third_key_is_refused_and_the_one_to_revoke_is_named(url: str) -> None:
    words = ["credential", "machine", "erp", "--site", "north"]
    first = CliRunner().invoke(app, words).stdout.split("_")[1]
    second = CliRunner().invoke(app, words).stdout.split("_")[1]

    third = CliRunner().invoke(app, words)

    assert url
    assert (third.exit_code, third.stdout) == (1, "")
    assert f"lockstep credential revoke {min(first, second)}" in third.stderr


def test_gives_a_person_a_token_with_the_roles_of_the_facts(url: str) -> None:
    given = CliRunner().invoke(app, ["credential", "person", "boris"])

    caller = asyncio.run(_caller(url, given.stdout.strip()))

    assert caller is not None
    assert {site: sorted(roles) for site, roles in caller.roles.items()} == {"north": ["planner"]}


@pytest.mark.parametrize(
    "words",
    [["machine", "erp", "--site", "nowhere"], ["machine", "erp", "--site", "north", "--scope", "all"],
     ["person", "nobody"], ["revoke", "00000000"]],
)  # fmt: skip
def test_refuses_what_is_not_there(url: str, words: list[str]) -> None:
    refused = CliRunner().invoke(app, ["credential", *words])

    assert url
    assert refused.exit_code == 1
    assert refused.stdout == ""


async def _keep(url: str, readings: list[Reading[Any]]) -> None:
    database = Database(url)
    await FactStore(database).keep(readings)
    await database.close()


async def _caller(url: str, shown: str) -> Caller | None:
    database = Database(url)
    try:
        return await Identity(database).caller(shown, datetime.now(UTC))
    finally:
        await database.close()
