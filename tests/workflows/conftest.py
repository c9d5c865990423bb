"""The small plant on a real server: once with cases kept in memory, once replayed at every step."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from storage.database import Database
from tests.support.running_plant import RunningPlant, running_plant

SEVERAL_AT_ONCE = pytest.mark.parametrize("plant", [100], ids=["kept"], indirect=True)
"""For stories of several cases at once: with none kept in memory, they would push each other out in mid-step."""


@pytest.fixture(params=[100, 0], ids=["kept", "replayed"])
async def plant(
    request: pytest.FixtureRequest, environment: WorkflowEnvironment, database: Database
) -> AsyncIterator[RunningPlant]:
    """The small plant at work."""
    async with running_plant(environment, database, cached=request.param) as running:
        yield running
