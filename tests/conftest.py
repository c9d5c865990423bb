"""Fixtures for every room."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from storage.database import Database
from storage.migration import upgrade
from tests.support.postgres import PostgresMissing, PostgresServer
from tests.support.required import required
from tests.support.scratch import keep_compiled, keep_it_in_memory
from tests.support.temporal import time_skipping_environment


def pytest_configure() -> None:
    """Nothing that tests write has to survive them; what Python compiles for them is of use to the next."""
    keep_it_in_memory()
    keep_compiled()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server for the whole run."""
    try:
        server = PostgresServer.start()
    except PostgresMissing as missing:
        required(str(missing))
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database that only this test sees."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    """A real server whose clocks can be moved."""
    async with time_skipping_environment() as started:
        yield started


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty record, to be copied."""
    file = tmp_path_factory.mktemp("records") / "empty.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture
async def database(empty_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty record."""
    database = Database(f"sqlite+aiosqlite:///{shutil.copy(empty_file, tmp_path / 'lockstep.db')}")
    yield database
    await database.close()


def pytest_unconfigure() -> None:
    """Lets Temporal's Rust threads end, if there are any."""
    # A process that exits right after its last worker closed may crash while it does: sdk-python issue 300.
    if "temporalio" in sys.modules:
        time.sleep(0.3)
