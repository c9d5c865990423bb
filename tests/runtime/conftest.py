"""A Temporal server as `lockstep dev` starts it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runtime.children import Children
from runtime.dev_server import DevServer, dev_server, until_ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
