"""The programs under measurement: Lockstep's own, as they are in production, and a Temporal server."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import httpx2
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from benchmarks.plant import plant
from domain.fact import Reading
from domain.master_data import Person
from runtime.children import Child, Children
from runtime.dev_server import HOST, dev_server, free_port, until_ready
from runtime.development import development_credentials, read_development_file
from runtime.policies import publish_defaults
from storage.credentials import Credentials
from storage.database import Database
from storage.facts import FactStore
from storage.migration import upgrade
from storage.tables.cases import CaseRow

_FIRST_PORT = 18000
_PATIENCE = 60.0
# In seconds, for anything that is waited for.


@dataclass(frozen=True)
class Engine:
    """A running Temporal server."""

    program: Child
    address: str
    client: Client
    metrics_url: str


@dataclass(frozen=True)
class Installation:
    """A database with a plant in it, and how programs are told of it."""

    home: Path
    port: int
    erp_key: str
    tokens: dict[str, str]
    """What people show, by person."""

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://{HOST}:{self.port}"

    def environment(self, engine_address: str) -> dict[str, str]:
        """What a program of this installation is started with."""
        return environment(self.home) | {
            "TEMPORAL_ADDRESS": engine_address,
            "TEMPORAL_CONFIG_FILE": os.devnull,
            "LOCKSTEP_HOME": str(self.home),
            "LOCKSTEP_PROFILE": "development",
            "LOCKSTEP_LOG_FORMAT": "json",
            "LOCKSTEP_API_PORT": str(self.port),
        }

    def caller(self, token: str) -> httpx2.AsyncClient:
        """A client of the API that shows *token*."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=_PATIENCE)

    async def closed(self, count: int) -> None:
        """Return when *count* cases are over. Read past the API, which is being measured."""
        await until(lambda: self._ask("closed_at IS NOT NULL") >= count, f"{count} cases to end")

    async def in_state(self, case_id: str, state: str) -> None:
        """Return when the case is in *state*."""
        await until(lambda: self._ask("id = ? AND state = ?", case_id, state) == 1, f"{case_id} to be {state}")

    def _ask(self, condition: str, *values: str) -> int:
        with closing(sqlite3.connect(f"file:{self.home / 'lockstep.db'}?mode=ro", uri=True)) as connection:
            query = f'SELECT count(*) FROM "{CaseRow.__tablename__}" WHERE {condition}'  # noqa: S608 - ours
            return int(connection.execute(query, values).fetchone()[0])


def environment(home: Path) -> dict[str, str]:
    """What any measured program is started with: nothing that somebody set for other programs."""
    others = ("TEMPORAL_", "OTEL_", "LOCKSTEP_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    # Compiled once, as where it is installed: a sandbox loads some modules anew for every case.
    return kept | {"PYTHONPYCACHEPREFIX": str(home / "bytecode")}


async def installation(home: Path, lines: int) -> Installation:
    """A new installation whose plant has so many order lines."""
    url = f"sqlite+aiosqlite:///{home / 'lockstep.db'}"
    await asyncio.to_thread(upgrade, url)
    database = Database(url)
    now = datetime.now(UTC)
    await publish_defaults(database)
    facts = plant(now, lines)
    await FactStore(database).keep([Reading(fact=fact, source="erp", version="1", as_of=now) for fact in facts])
    port = free_port(_FIRST_PORT)
    people = [fact for fact in facts if isinstance(fact, Person)]
    credentials = development_credentials(people, home, f"http://{HOST}:{port}")
    for known in credentials.credentials:
        await Credentials(database).keep(known, now)
    await database.close()
    file = read_development_file(home)
    assert file is not None
    return Installation(home, port, file.erp_key, {name: known.token for name, known in file.people.items()})


async def start_engine(children: Children, home: Path) -> Engine:
    """A Temporal server on free ports that keeps its data in *home*."""
    server = dev_server(home, free_port(_FIRST_PORT + 1000), free_port(_FIRST_PORT + 2000))
    metrics = free_port(_FIRST_PORT + 3000)
    program = await children.start("temporal", (*server.command, "--metrics-port", str(metrics)))
    await until_ready(server)
    client = await Client.connect(server.address, data_converter=pydantic_data_converter)
    return Engine(program, server.address, client, f"http://{HOST}:{metrics}/metrics")


async def start_api(children: Children, here: Installation, engine_address: str) -> Child:
    """The API, answering."""
    command = (sys.executable, "-m", "lockstep", "api")
    program = await children.start("api", command, here.environment(engine_address))
    await until_answered(f"{here.url}/readyz")
    return program


async def start_worker(children: Children, here: Installation, engine_address: str) -> Child:
    """The worker; it may still be starting."""
    return await children.start("worker", (sys.executable, "-m", "worker"), here.environment(engine_address))


async def until_answered(url: str) -> None:
    """Return when *url* answers that all is well."""
    async with asyncio.timeout(_PATIENCE), httpx2.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(url)).status_code == HTTPStatus.OK:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(0.1)


async def until(there: Callable[[], bool], what: str) -> None:
    """Return when *there* says so; *what* was waited for is said if that does not come."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while not there():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise TimeoutError(f"Waited in vain for {what}.") from None
