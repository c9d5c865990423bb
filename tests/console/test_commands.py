"""What can be said, and how what cannot is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest
from typer.main import get_group

from console.commands import COMMANDS, Command
from tests.console.conftest import Lockstep

LISTED = [command for listed in COMMANDS.values() for command in listed]


@pytest.mark.parametrize("command", LISTED, ids=lambda command: command.name)
def test_the_list_says_of_each_command_what_the_command_says_of_itself(command: Command) -> None:
    real = get_group(import_module(f"console.{command.room}").commands).commands[command.name]

    assert real.help is not None
    assert real.help.split("\n")[0] == command.summary


@pytest.mark.parametrize("command", LISTED, ids=lambda command: command.name)
def test_every_command_shows_an_example_of_itself(command: Command, lockstep: Lockstep) -> None:
    told = lockstep(command.name, "--help")

    assert told.exit_code == 0
    assert f"lockstep {command.name}" in told.output
    assert "Example" in told.output or "Commands" in told.output


def test_lists_all_commands_without_loading_what_they_need(lockstep: Lockstep) -> None:
    told = lockstep("--help")

    assert told.exit_code == 0
    assert all(command.summary[:30] in told.output for command in LISTED)


def test_every_command_can_be_loaded_where_there_is_no_unix() -> None:
    rooms = ", ".join(sorted({f"console.{command.room}" for command in LISTED}))
    without = "import sys; sys.modules.update(dict.fromkeys(('fcntl', 'resource', 'termios', 'uvloop', 'httptools')))"

    loading = [sys.executable, "-c", f"{without}; import {rooms}"]
    loaded = subprocess.run(loading, capture_output=True, text=True, check=False)

    assert loaded.returncode == 0, loaded.stderr


def test_names_the_command_that_was_meant(lockstep: Lockstep) -> None:
    told = lockstep("setings")

    assert told.exit_code == 2
    assert "settings" in told.output


def test_shows_what_is_set_but_no_password(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_DATABASE_URL", "postgresql+psycopg://lockstep:hush@db.example/plant")

    told = lockstep("settings")

    assert "db.example/plant" in told.output
    assert "hush" not in told.output


def test_refuses_a_setting_that_cannot_be_used_and_names_it(
    lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKSTEP_API_PORT", "eighty")

    told = lockstep("settings")

    assert told.exit_code == 1
    assert "LOCKSTEP_API_PORT" in told.stderr


def test_shows_the_states_of_a_process_to_machines_too(lockstep: Lockstep) -> None:
    told = lockstep("processes", "order_change", "--json")

    assert told.exit_code == 0
    assert '"awaiting_decision"' in told.output


def test_refuses_a_process_there_is_not_and_says_which_there_are(lockstep: Lockstep) -> None:
    told = lockstep("processes", "order_chance")

    assert told.exit_code == 1
    assert "order_change" in told.stderr


def test_shows_lists_of_what_is_set(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = f"whsec_{'A' * 43}="
    sender = f'{{"name": "mes", "secrets": ["{secret}"], "sites": ["north"], "sources": ["/mes/*"]}}'
    monkeypatch.setenv("LOCKSTEP_SENDERS", f"[{sender}]")
    monkeypatch.setenv("LOCKSTEP_FURTHER_HOSTS", '["api"]')

    told = json.loads(lockstep("settings", "--json").stdout)

    assert (told["LOCKSTEP_SENDERS"], told["LOCKSTEP_FURTHER_HOSTS"]) == ("mes", "api")
    assert secret not in str(told)
