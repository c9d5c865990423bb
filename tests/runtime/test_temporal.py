"""The connection to Temporal: found by its own settings, searchable, traced from call to activity."""

from __future__ import annotations

import asyncio
import json
import shlex
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.contrib.opentelemetry import create_tracer_provider

from runtime.dev_server import temporal_command
from runtime.settings import Settings
from runtime.temporal import (
    SearchAttributesMissing,
    check_search_attributes,
    connect,
    new_worker,
    register_search_attributes,
)
from tests.runtime.greeting import Greeting, LooksAtTheClock, greet

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from temporalio.client import Client

    from tests.runtime.conftest import Running


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, running: Running) -> None:
    """Temporal's own environment variables name the server."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", running.server.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "default")


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans that would have been sent to a collector."""
    exporter = InMemorySpanExporter()
    provider = create_tracer_provider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


@pytest.fixture
async def fresh(running: Running, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of a namespace made this moment, which knows no search attribute of ours."""
    namespace = f"plant-{uuid4().hex[:8]}"
    await running.client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=namespace, workflow_execution_retention_period=Duration(seconds=86400))
    )
    monkeypatch.setenv("TEMPORAL_ADDRESS", running.server.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", namespace)
    async with asyncio.timeout(30):
        return await connect()


@pytest.mark.usefixtures("named", "spans")
async def test_the_server_that_temporals_own_variables_name_is_used(running: Running) -> None:
    client = await connect()

    assert client.service_client.config.target_host == running.server.address
    assert client.namespace == "default"


@pytest.mark.usefixtures("spans")
async def test_search_attributes_that_are_missing_are_told_with_the_command_that_mends_it(
    fresh: Client, running: Running
) -> None:
    with pytest.raises(SearchAttributesMissing) as missing:
        await check_search_attributes(fresh)

    command = shlex.split(str(missing.value).splitlines()[-1])
    assert command[:3] == ["temporal", "operator", "search-attribute"]
    assert "LockstepDue" in command
    mending = await asyncio.create_subprocess_exec(
        temporal_command(), *command[1:], "--address", running.server.address
    )
    assert await mending.wait() == 0
    await register_search_attributes(fresh)
    await check_search_attributes(fresh)


@pytest.mark.usefixtures("spans")
async def test_search_attributes_are_registered_in_a_namespace_made_this_moment_and_once_more(
    fresh: Client,
) -> None:
    await register_search_attributes(fresh)
    await register_search_attributes(fresh)

    await check_search_attributes(fresh)


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("max_cached_workflows", [None, 0])
async def test_one_trace_leads_from_the_call_to_the_activity_however_often_a_case_is_replayed(
    spans: InMemorySpanExporter, max_cached_workflows: int | None
) -> None:
    client = await connect()
    settings = Settings(task_queue=f"greeting-{uuid4()}")

    async with new_worker(client, settings, [Greeting], [greet], max_cached_workflows=max_cached_workflows):
        with trace.get_tracer("test").start_as_current_span("POST /v1/cases") as call:
            case = await client.start_workflow(
                Greeting.run, "Anna", id=f"greeting-{uuid4()}", task_queue=settings.task_queue
            )
        await case.signal(Greeting.enough)
        assert await case.result(rpc_timeout=timedelta(seconds=20)) == "Hello Anna"

    (activity,) = [span for span in spans.get_finished_spans() if span.name == "activity greet"]
    assert activity.context.trace_id == call.get_span_context().trace_id


@pytest.mark.usefixtures("named", "spans")
async def test_a_case_cannot_look_at_the_clock() -> None:
    client = await connect()
    settings = Settings(task_queue=f"clock-{uuid4()}")

    async with new_worker(client, settings, [LooksAtTheClock], []):
        said = await client.execute_workflow(LooksAtTheClock.run, id=f"clock-{uuid4()}", task_queue=settings.task_queue)

    assert said == "refused"


@pytest.mark.usefixtures("named", "spans")
async def test_a_case_that_is_replayed_at_every_step_says_each_thing_once_and_names_itself(
    lines: io.StringIO,
) -> None:
    client = await connect()
    settings = Settings(task_queue=f"greeting-{uuid4()}")

    async with new_worker(client, settings, [Greeting], [greet], max_cached_workflows=0):
        case = await client.start_workflow(
            Greeting.run, "Anna", id=f"greeting-{uuid4()}", task_queue=settings.task_queue
        )
        await case.signal(Greeting.enough)
        await case.result(rpc_timeout=timedelta(seconds=20))

    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    (begun,) = [line for line in said if line["event"] == "begun"]
    assert begun["workflow_id"] == case.id
    (greeting,) = [line for line in said if line["event"] == "greeting"]
    assert (greeting["workflow_id"], greeting["activity"], greeting["attempt"]) == (case.id, "greet", 1)
