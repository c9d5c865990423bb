"""The small plant on a real server: once with cases kept in memory, once replayed at every step."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from storage.database import Database
from tests.support.running_plant import RunningPlant, running_plant


@pytest.fixture(params=[100, 0], ids=["kept", "replayed"])
async def plant(
    request: pytest.FixtureRequest, environment: WorkflowEnvironment, database: Database
) -> AsyncIterator[RunningPlant]:
    """The small plant at work."""
    async with running_plant(environment, database, cached=request.param) as running:
        yield running
