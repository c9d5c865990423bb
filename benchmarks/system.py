"""The programs under measurement: Lockstep's own, as they are in production, and a Temporal server."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias, TypeVar

import httpx2
import sqlalchemy
from sqlalchemy import ColumnElement, NullPool, create_engine, make_url
from sqlmodel import col, func, select
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from benchmarks import bare_door
from benchmarks.figures import Figure, Machine, keep, show
from benchmarks.plant import plant
from domain.fact import Reading
from domain.master_data import Person
from runtime.children import Child, Children
from runtime.dev_server import HOST, dev_server, free_port, until_ready
from runtime.development import development_credentials, read_development_file
from runtime.policies import publish_defaults
from runtime.signatures import development_signing_key
from storage.credentials import Credentials
from storage.database import Database
from storage.facts import FactStore
from storage.migration import upgrade
from storage.tables.cases import CaseRow

T = TypeVar("T")

NOBODY = f"{HOST}:9"
"""Where no Temporal answers."""

Measure: TypeAlias = Callable[[Path, Children], Coroutine[None, None, list[Figure]]]

_FIRST_PORT = 18000
_PATIENCE = 60.0
# In seconds, for anything that is waited for.


@dataclass(frozen=True)
class Engine:
    """A running Temporal server."""

    program: Child
    command: tuple[str, ...]
    """Starts it again on what it kept."""
    address: str
    client: Client
    metrics_url: str


@dataclass(frozen=True)
class Installation:
    """A database with a plant in it, and how programs are told of it."""

    home: Path
    database_url: str
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
            "LOCKSTEP_DATABASE_URL": self.database_url,
            "LOCKSTEP_SIGNING_KEY_FILE": str(development_signing_key(self.home)),
            "LOCKSTEP_PROFILE": "development",
            "LOCKSTEP_LOG_FORMAT": "json",
            "LOCKSTEP_API_PORT": str(self.port),
        }

    def caller(self, token: str) -> httpx2.AsyncClient:
        """A client of the API that shows *token*."""
        return caller(self.url, {"Authorization": f"Bearer {token}"})

    async def closed(self, count: int) -> None:
        """Return when *count* cases are over. Read past the API, which is being measured."""
        over = col(CaseRow.closed_at).is_not(None)
        await until(lambda: self.cases(over) >= count, f"{count} cases to end")

    async def in_state(self, case_id: str, state: str) -> None:
        """Return when the case is in *state*."""
        there = (col(CaseRow.id) == case_id, col(CaseRow.state) == state)
        await until(lambda: self.cases(*there) == 1, f"{case_id} to be {state}")

    def cases(self, *such: ColumnElement[bool]) -> int:
        """How many cases there are of which all of *such* is so."""
        with _connections(self.database_url).connect() as connection:
            return connection.execute(select(func.count()).select_from(CaseRow).where(*such)).scalar_one()


@cache
def _connections(url: str) -> sqlalchemy.Engine:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        address = address.set(drivername="sqlite")
    return create_engine(address, poolclass=NullPool)


def report(*measures: Measure) -> None:
    """Measure, show, keep. Ends the program with 1 if a limit was missed."""
    machine = Machine.this()
    figures: list[Figure] = []
    for measure in measures:
        figures += asyncio.run(alone(measure))
    show(figures, machine)
    print(f"Kept in {keep(figures, machine)}")
    if not all(figure.kept for figure in figures):
        sys.exit(1)


async def alone(work: Callable[[Path, Children], Coroutine[None, None, T]]) -> T:
    """What *work* comes to, in a folder and with programs of its own."""
    with TemporaryDirectory(prefix="lockstep-benchmark-") as folder:
        children = Children(Path(folder) / "logs", print)
        try:
            return await children.during(work(Path(folder), children))
        finally:
            await children.stop(within=10)


def caller(url: str, headers: dict[str, str] | None = None) -> httpx2.AsyncClient:
    """A client of what answers at *url*."""
    # Given up before the server does: in a pause, which connections are still good cannot be told.
    limits = httpx2.Limits(keepalive_expiry=2)
    return httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=_PATIENCE, limits=limits)


def environment(home: Path) -> dict[str, str]:
    """What any measured program is started with: nothing that somebody set for other programs."""
    others = ("TEMPORAL_", "OTEL_", "LOCKSTEP_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    # Compiled once, as where it is installed: a sandbox loads some modules anew for every case.
    return kept | {"PYTHONPYCACHEPREFIX": str(home / "bytecode")}


async def installation(home: Path, lines: int, database_url: str = "") -> Installation:
    """A new installation whose plant has so many order lines, on the empty database that is named or on SQLite."""
    url = database_url or f"sqlite+aiosqlite:///{home / 'lockstep.db'}"
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
    return Installation(home, url, port, file.erp_key, {name: known.token for name, known in file.people.items()})


async def start_engine(children: Children, home: Path) -> Engine:
    """A Temporal server on free ports that keeps its data in *home*."""
    server = dev_server(home, free_port(_FIRST_PORT + 1000), free_port(_FIRST_PORT + 2000))
    metrics = free_port(_FIRST_PORT + 3000)
    command = (*server.command, "--metrics-port", str(metrics))
    program = await children.start("temporal", command)
    await until_ready(server)
    client = await Client.connect(server.address, data_converter=pydantic_data_converter)
    return Engine(program, command, server.address, client, f"http://{HOST}:{metrics}/metrics")


async def start_api(children: Children, here: Installation, engine_address: str) -> Child:
    """The API, answering."""
    command = (sys.executable, "-m", "lockstep", "api")
    program = await children.start("api", command, here.environment(engine_address))
    await until_answered(f"{here.url}/readyz")
    return program


async def start_bare_door(children: Children, here: Installation, database_url: str) -> str:
    """Where the least that a door can be answers, on the database that is named."""
    port = free_port(_FIRST_PORT + 4000)
    command = (sys.executable, "-m", "uvicorn", "benchmarks.bare_door:app", "--port", str(port), "--no-access-log")
    await children.start("bare door", command, environment(here.home) | {bare_door.DATABASE: database_url})
    await until_answered(f"http://{HOST}:{port}/readyz")
    return f"http://{HOST}:{port}"


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


async def until(there: Callable[[], bool], what: str, within: float = _PATIENCE) -> None:
    """Return when *there* says so; *what* was waited for is said if that does not come in so many seconds."""
    try:
        async with asyncio.timeout(within):
            while not there():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise TimeoutError(f"Waited in vain for {what}.") from None
