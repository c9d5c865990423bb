"""A record with the small plant in it, and the same plant at work on a real engine."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.fact import Reading
from runtime.policies import publish_defaults
from storage.database import Database
from storage.facts import FactStore
from storage.migration import upgrade
from tests.relay.record import NOON
from tests.support.mail_server import MailBox, mail_server
from tests.support.postgres import PostgresServer
from tests.support.running_plant import RunningPlant, running_plant
from tests.support.small_plant import small_plant


@pytest.fixture(scope="session")
async def known_file(empty_file: Path) -> Path:
    """A record that knows the small plant, to be copied."""
    file = empty_file.with_name("known.db")
    shutil.copy(empty_file, file)
    await _tell_of_the_plant(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
async def known_postgres(postgres: PostgresServer) -> str:
    """The URL of the same record on PostgreSQL, to be copied."""
    url = postgres.create_database()
    await asyncio.to_thread(upgrade, url)
    await _tell_of_the_plant(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def record_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a record that knows the small plant, on each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{shutil.copy(request.getfixturevalue('known_file'), tmp_path)}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create_database(template=request.getfixturevalue("known_postgres"))
        yield url
        server.drop_database(url)


@pytest.fixture
async def record(record_url: str) -> AsyncIterator[Database]:
    """A record that knows the small plant, as its order book told, and the policy."""
    database = Database(record_url)
    yield database
    await database.close()


async def _tell_of_the_plant(url: str) -> None:
    database = Database(url)
    await publish_defaults(database)
    told = [Reading(fact=fact, source="/erp", version="first", as_of=NOON) for fact in small_plant(NOON)]
    await FactStore(database).keep(told)
    await database.close()


@pytest.fixture
async def plant(environment: WorkflowEnvironment, database: Database) -> AsyncIterator[RunningPlant]:
    """The small plant at work."""
    async with running_plant(environment, database) as running:
        yield running


@pytest.fixture
async def box() -> AsyncIterator[MailBox]:
    """What the plant's mail server gets."""
    async with mail_server() as box:
        yield box
