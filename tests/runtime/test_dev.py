"""`lockstep dev`: the whole system on one machine, from one command to one Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from runtime.dev import AlreadyRunning, develop
from runtime.dev_server import HOST, PortsTaken, free_port, is_free
from runtime.settings import Settings
from tests.support.terminal import Terminal, at_a_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

READY = "Ctrl-C stops it."


@pytest.fixture
def api_port() -> int:
    """A port for the API that nobody uses."""
    return free_port(22000 + os.getpid() % 2000)  # another test process may look at the same moment


@pytest.fixture
def terminal(tmp_path: Path, api_port: int) -> Iterator[Terminal]:
    """Where `lockstep dev` was typed."""
    # A machine whose Temporal settings point elsewhere must not matter.
    elsewhere = {"TEMPORAL_ADDRESS": "elsewhere.invalid:7233", "TEMPORAL_TLS": "true"}
    env = {
        **os.environ, **elsewhere,
        "LOCKSTEP_HOME": str(tmp_path / "home"), "LOCKSTEP_API_PORT": str(api_port), "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    with at_a_terminal((sys.executable, "-m", "lockstep", "dev"), env=env) as typed:
        yield typed


def test_one_command_starts_everything_and_one_ctrl_c_stops_it(
    terminal: Terminal, tmp_path: Path, api_port: int
) -> None:
    said = terminal.read_until(READY)

    ready = re.findall(r"^(.*) is ready", said, re.MULTILINE)
    assert ready == ["Temporal", "The database", "The worker", "The API"]
    assert httpx2.get(f"http://{HOST}:{api_port}/readyz", trust_env=False).status_code == 200
    told = json.loads((tmp_path / "home" / "dev.json").read_text())
    assert told["api_url"] == f"http://{HOST}:{api_port}"
    assert told["people"]
    links = re.findall(r"^  (\S+) +(http://\S+/login/link\?ticket=\S+)", said, re.MULTILINE)
    assert {person for person, _ in links} == set(told["people"])
    with httpx2.Client(trust_env=False) as browser:
        address, _, ticket = links[0][1].partition("?ticket=")
        came = browser.post(address, data={"ticket": ticket}, headers={"Origin": told["api_url"]})
        assert came.status_code == 303
        assert browser.get(f"{told['api_url']}/v1/me").json()["principal"]["id"] == links[0][0]

    terminal.press_ctrl_c()

    assert terminal.program.wait(timeout=30) == 0
    assert is_free(api_port)
    assert all(is_free(int(port)) for port in re.findall(rf"http://{HOST}:(\d+)", said))


@pytest.mark.skipif(sys.platform != "linux", reason="finds the worker in /proc")
def test_when_a_part_dies_its_last_words_are_shown_and_the_rest_stops(terminal: Terminal, api_port: int) -> None:
    terminal.read_until(READY)

    os.kill(process_of(terminal.program.pid, "worker"), signal.SIGKILL)

    said = terminal.read_until("Stopping the rest.")
    assert "worker was ended by SIGKILL. Its last lines" in said
    assert terminal.program.wait(timeout=30) == 1
    assert is_free(api_port)


async def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortsTaken, match=f"Port {port} is in use.*LOCKSTEP_API_PORT={port + 1}"):
            await develop(Settings(home=tmp_path, api_port=port), print)

    assert not (tmp_path / "temporal.db").exists()


async def test_two_systems_never_share_their_data(tmp_path: Path, api_port: int) -> None:
    with (tmp_path / "dev.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(AlreadyRunning, match="runs already on the data in"):
            await develop(Settings(home=tmp_path, api_port=api_port), print)


def process_of(parent: int, module: str) -> int:
    """The child of *parent* that runs *module*."""
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if f"-m\0{module}\0" in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    raise AssertionError(f"No process runs {module}.")
