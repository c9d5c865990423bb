"""Cases that our code is wrong for, on a server as `lockstep dev` starts it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from temporalio.worker import Worker

from runtime.checkup.engine import of_temporal
from runtime.checkup.line import Health
from runtime.failing import FailingCases, failing_cases
from runtime.measures import Measures
from runtime.settings import Settings
from tests.runtime.greeting import OurCodeIsWrong

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from temporalio.client import WorkflowHandle

    from tests.runtime.conftest import Running


@pytest.fixture
async def queue(running: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The task queue of a worker whose code is wrong for some cases."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", running.server.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "default")
    name = f"failing-{uuid4().hex[:8]}"
    async with Worker(running.client, task_queue=name, workflows=[OurCodeIsWrong]):
        yield name


async def test_a_case_whose_workflow_task_fails_again_and_again_is_named_and_counted(
    running: Running, queue: str
) -> None:
    reader = InMemoryMetricReader()
    measures = Measures(MeterProvider(metric_readers=[reader]).get_meter("test"))
    begun: dict[str, WorkflowHandle[OurCodeIsWrong, None]] = {
        case: await running.client.start_workflow(
            OurCodeIsWrong.run, wrong, id=f"order_change/north/{case}", task_queue=queue, memo={"case_id": case}
        )
        for case, wrong in (("OC-71", True), ("OC-72", False))
    }
    try:
        async with asyncio.timeout(60):
            while not await failing_cases(running.client):  # noqa: ASYNC110 - the engine tells nobody
                await asyncio.sleep(0.5)

        found = {line.about: line for line in await of_temporal(Settings(task_queue=queue))}["workflow tasks"]
        await FailingCases(running.client, measures).once()
    finally:
        for handle in begun.values():
            await handle.terminate()

    assert found.health is Health.BROKEN
    assert "these cases stand still: OC-71 (order_change/north/OC-71)." in found.what
    assert "OC-72" not in found.what
    assert "The worker's log has the reason" in found.mend
    read = reader.get_metrics_data()
    assert read is not None
    counted = json.loads(read.to_json())["resource_metrics"][0]["scope_metrics"][0]["metrics"]
    assert [(one["name"], one["data"]["data_points"][0]["value"]) for one in counted] == [("lockstep.cases.failing", 1)]


async def test_a_temporal_that_does_not_know_is_no_reason_to_say_that_all_is_well(
    queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As an older server answers, which has no such attribute.
    monkeypatch.setattr("runtime.failing._FAILING", "TemporalProblemsOfLater = 'any'")

    found = {line.about: line for line in await of_temporal(Settings(task_queue=queue))}["workflow tasks"]

    assert found.health is Health.WARNING
    assert "1.30" in found.mend
