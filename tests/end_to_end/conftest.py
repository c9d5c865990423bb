"""A record and an engine for plants that are read from plans."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel
from temporalio.testing import WorkflowEnvironment

from storage.database import Database
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
