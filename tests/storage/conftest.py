"""The record on both databases, in the shape the migrations give it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.migration import upgrade
from tests.storage.plant import PLANNERS, keep_the_plant
from tests.support.postgres import PostgresServer

DATABASES = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
async def plant_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the small plant in it, to be copied."""
    file = tmp_path_factory.mktemp("record") / "plant.db"
    await _filled(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
async def plant_template(postgres: PostgresServer) -> str:
    """The URL of a PostgreSQL database with the small plant in it, to be copied."""
    url = postgres.create_database()
    await _filled(url)
    return url


async def _filled(url: str) -> None:
    upgrade(url)
    database = Database(url)
    await keep_the_plant(database)
    await database.close()


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, on each kind there is."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}"
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a record of this test's own, on each kind of database: the small plant and no case."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("plant_file"), tmp_path / "lockstep.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create_database(template=request.getfixturevalue("plant_template"))
        yield url
        server.drop_database(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The small plant's record."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def several(database_url: str) -> AsyncIterator[tuple[Database, ...]]:
    """The same record, reached by each competitor in a race on his own."""
    places = tuple(Database(database_url) for _ in PLANNERS)
    yield places
    for place in places:
        await place.close()
