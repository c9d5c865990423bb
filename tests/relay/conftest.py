"""A record with the small plant in it, and the same plant at work on a real engine."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlmodel import SQLModel
from temporalio.testing import WorkflowEnvironment

from domain.facts import Reading
from runtime.policies import publish_defaults
from storage.database import Database
from storage.facts import FactStore
from tests.relay.record import NOON
from tests.support.running_plant import RunningPlant, running_plant
from tests.support.small_plant import small_plant
from tests.support.temporal import time_skipping_environment


@pytest.fixture(scope="session")
async def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty record and one that knows the small plant, to be copied."""
    folder = tmp_path_factory.mktemp("records")
    for name in ("empty", "known"):
        database = Database(f"sqlite+aiosqlite:///{folder / name}.db")
        async with database.engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all)
        if name == "known":
            await publish_defaults(database)
            facts = [Reading(fact=fact, source="/erp", version="first", as_of=NOON) for fact in small_plant(NOON)]
            await FactStore(database).keep(facts)
        await database.close()
    return folder


@pytest.fixture
async def database(files: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty record."""
    async with _copy(files / "empty.db", tmp_path) as database:
        yield database


@pytest.fixture
async def record(files: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A record that knows the small plant, as its order book told, and the policy."""
    async with _copy(files / "known.db", tmp_path) as database:
        yield database


@asynccontextmanager
async def _copy(file: Path, folder: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{shutil.copy(file, folder)}")
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    """A real engine."""
    async with time_skipping_environment() as started:
        yield started


@pytest.fixture
async def plant(environment: WorkflowEnvironment, database: Database) -> AsyncIterator[RunningPlant]:
    """The small plant at work."""
    async with running_plant(environment, database) as running:
        yield running

