"""What tests of starting share: a Temporal server as `lockstep dev` starts it, and the lines of a log."""

from __future__ import annotations

import asyncio
import io
import logging
from typing import TYPE_CHECKING

import pytest
import structlog

from runtime.children import Children
from runtime.dev_server import DevServer, dev_server, until_ready
from runtime.logs import set_up_logs
from runtime.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from temporalio.client import Client


class Running:
    """A server that is up."""

    def __init__(self, server: DevServer, client: Client) -> None:
        self.server = server
        self.client = client


@pytest.fixture(scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The server, on ports nobody else uses."""
    home = tmp_path_factory.mktemp("home")
    children = Children(home / "logs", print)
    server = dev_server(home, port=17233, ui_port=18233)
    await children.start("temporal", server.command)
    async with asyncio.timeout(30):
        client = await children.during(until_ready(server))
    yield Running(server, client)
    await children.stop(5)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the process writes, as JSON."""
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    before, level = logging.root.handlers[:], logging.root.level
    set_up_logs(Settings(log_format="json"))
    yield written
    logging.root.handlers[:] = before
    logging.root.setLevel(level)
    structlog.reset_defaults()
