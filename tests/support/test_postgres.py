from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.support import postgres as launcher
from tests.support.postgres import PostgresDidNotStart, PostgresServer
from tests.support.required import required


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("source", [launcher.installed_binaries, launcher.packaged_binaries])
def test_runs_on_every_source_of_binaries(source: Callable[[], list[Path]]) -> None:
    binaries = source()
    if not binaries:
        required(f"no PostgreSQL among the {source.__name__}")

    server = PostgresServer.start(binaries[0])
    url = server.create_database()
    answer = execute(url, "SELECT 6 * 7")
    server.stop()

    assert answer == [(42,)]
    with pytest.raises(psycopg.OperationalError):
        execute(url, "SELECT 1")


def test_a_test_sees_nothing_of_another_tests_database(postgres: PostgresServer) -> None:
    mine, theirs = postgres.create_database(), postgres.create_database()

    execute(mine, "CREATE TABLE pallets (number int)")

    assert execute(theirs, "SELECT to_regclass('pallets')") == [(None,)]


def test_a_copy_holds_what_its_template_held(postgres: PostgresServer) -> None:
    template = postgres.create_database()
    execute(template, "CREATE TABLE pallets AS SELECT 35 AS number")

    copy = postgres.create_database(template=template)
    execute(copy, "UPDATE pallets SET number = 6")

    assert execute(copy, "SELECT number FROM pallets") == [(6,)]
    assert execute(template, "SELECT number FROM pallets") == [(35,)]


def test_a_forgotten_connection_does_not_keep_a_database_alive(postgres: PostgresServer) -> None:
    url = postgres.create_database()

    with psycopg.connect(url.replace("+psycopg", "")):
        postgres.drop_database(url)

    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        execute(url, "SELECT 1")


def test_a_named_server_is_left_as_it_was_found(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    named = postgres.create_database()
    monkeypatch.setenv(launcher.OVERRIDE, named)
    count = "SELECT count(*) FROM pg_database"
    before = execute(named, count)

    server = PostgresServer.start()
    server.create_database()
    during = execute(named, count)
    server.stop()

    assert during != before
    assert execute(named, count) == before


def test_binaries_closed_to_others_run_without_being_opened(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root runs the server as somebody else")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    binaries = launcher.copy_installation(launcher.packaged_binaries()[0], closed)

    server = PostgresServer.start(binaries)
    answer = execute(server.create_database(), "SELECT 6 * 7")
    server.stop()

    assert answer == [(42,)]
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_says_why_a_server_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "_SETTINGS", {"no_such_setting": "on"})

    with pytest.raises(PostgresDidNotStart, match="no_such_setting"):
        PostgresServer.start(launcher.find_binaries())
