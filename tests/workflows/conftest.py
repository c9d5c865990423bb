"""The small plant on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from storage.database import Database
from tests.support.running_plant import RunningPlant, running_plant

REPLAYED_TOO = pytest.mark.parametrize("plant", [100, 0], ids=["kept", "replayed"], indirect=True)
"""
For a story that is told a second time with no case kept in memory, so that each step begins with a replay.

One for each process is enough, since every story ends with a replay of its histories. It has to be about one case:
of several, the engine's client would drop one in the middle of a step, which is done again 10 s later.
"""


@pytest.fixture
async def plant(
    request: pytest.FixtureRequest, environment: WorkflowEnvironment, database: Database
) -> AsyncIterator[RunningPlant]:
    """The small plant at work."""
    async with running_plant(environment, database, cached=getattr(request, "param", 100)) as running:
        yield running
