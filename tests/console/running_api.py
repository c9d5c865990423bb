"""The API as a program of its own would be: behind a port, on the small plant, without an engine."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from structlog.testing import capture_logs
from temporalio.client import Client

from api.services import Services
from domain.master_data import Person
from domain.ports import SystemUnavailable
from runtime.development import development_credentials
from runtime.signatures import AnswerSignatures, new_signing_key
from storage.credentials import Credentials
from storage.database import Database
from storage.facts import FactStore
from storage.migration import upgrade
from tests.storage.plant import asked_to_decide, keep_the_plant
from web.app import create_app


@dataclass(frozen=True)
class RunningApi:
    """Where it is, and what is behind it."""

    url: str
    home: Path
    database_url: str

    def with_record(self, work: Any) -> Any:
        """What *work*, called with the database, comes to."""

        async def on_it() -> Any:
            database = Database(self.database_url)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(on_it())

    def asked_to_decide(self, signed: str | None = None, order: str = "SO-1") -> str:
        """A case about *order* that has come to its decision now, which may have to be *signed*."""
        now = datetime.now(UTC)
        case: str = self.with_record(lambda database: asked_to_decide(database, at=now, signed=signed, order=order))
        return case


@contextmanager
def running_api(home: Path) -> Iterator[RunningApi]:
    """An API whose people's tokens are in the folder *home*."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        api = RunningApi(url, home, f"sqlite+aiosqlite:///{home}/lockstep.db")
        (home / "lockstep.db").write_bytes(_record_of_the_plant())
        api.with_record(lambda database: _let_people_in(database, home, url))
        server = uvicorn.Server(uvicorn.Config("", log_config=None, ws="none", lifespan="off"))
        thread = threading.Thread(target=asyncio.run, args=[_serve(server, api, door)])
        # It is a program of its own elsewhere, and its log is not what commands say.
        with capture_logs():
            thread.start()
            try:
                yield api
            finally:
                server.should_exit = True
                thread.join()


@cache
def _record_of_the_plant() -> bytes:
    """A file with the small plant in it, and nobody's token."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "plant.db")
        url = f"sqlite+aiosqlite:///{file}"
        upgrade(url)
        RunningApi("", file.parent, url).with_record(keep_the_plant)
        return file.read_bytes()


async def _let_people_in(database: Database, home: Path, url: str) -> None:
    people = [reading.fact for reading in await FactStore(database).find(Person)]
    for known in development_credentials(people, home, url).credentials:
        await Credentials(database).keep(known, datetime.now(UTC))


async def _serve(server: uvicorn.Server, api: RunningApi, door: socket.socket) -> None:
    database = Database(api.database_url)
    services = Services(
        database=database,
        temporal=_out_of_reach,
        public_url=api.url,
        temporal_ui_url="http://ui.example",
        signatures=AnswerSignatures(new_signing_key()),
    )
    server.config.app = create_app(services)
    try:
        await server.serve(sockets=[door])
    finally:
        await database.close()


async def _out_of_reach() -> Client:
    raise SystemUnavailable("Temporal cannot be reached.")
