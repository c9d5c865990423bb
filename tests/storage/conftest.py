"""The record on both databases, in the shape the migrations give it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.migration import upgrade
from tests.storage.plant import keep_the_plant
from tests.support.postgres import PostgresServer

DATABASES = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with every table and nothing in it."""
    file = tmp_path_factory.mktemp("record") / "empty.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> str:
    """The URL of a PostgreSQL database with every table and nothing in it."""
    url = postgres.create_database()
    upgrade(url)
    return url


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, on each kind there is."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}"
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty record of this test's own, on each kind of database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "lockstep.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create_database(template=request.getfixturevalue("migrated_postgres"))
        yield url
        server.drop_database(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The record, with the plant's people and orders and the policy in force."""
    database = Database(database_url)
    await keep_the_plant(database)
    yield database
    await database.close()


@pytest.fixture
async def several(database: Database, database_url: str) -> AsyncIterator[tuple[Database, ...]]:
    """The same record reached from as many places as there are competitors in a race, each on its own."""
    places = tuple(Database(database_url) for _ in range(5))
    yield places
    for place in places:
        await place.close()
