"""A server, and on it the small plant: once with cases kept in memory, once replayed at every step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel
from temporalio.testing import WorkflowEnvironment

from storage.database import Database
from tests.support.running_plant import RunningPlant, running_plant
from tests.support.temporal import time_skipping_environment


@pytest.fixture(scope="session")
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    """A real server whose clocks can be moved."""
    async with time_skipping_environment() as started:
        yield started


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty record."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    yield database
    await database.close()


@pytest.fixture(params=[100, 0], ids=["kept", "replayed"])
async def plant(
    request: pytest.FixtureRequest, environment: WorkflowEnvironment, database: Database
) -> AsyncIterator[RunningPlant]:
    """The small plant at work."""
    async with running_plant(environment, database, cached=request.param) as running:
        yield running
