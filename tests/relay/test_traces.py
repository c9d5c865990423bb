"""One trace leads from the call that caused something to what was written for it, through everything that is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import Client
from temporalio.contrib.opentelemetry import create_tracer_provider
from temporalio.testing import WorkflowEnvironment

from api.app import create_app
from api.services import Services
from domain.master_data import Person
from relay.intake import IntakeRelay
from runtime.development import development_credentials, read_development_file
from runtime.traces import traced_calls
from storage.credentials import Credentials
from storage.database import Database
from storage.facts import FactStore
from tests.support.running_plant import RunningPlant, running_plant
from tests.support.small_plant import SITE

URL = "http://plant.example"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans that would have been sent to a collector."""
    exporter = InMemorySpanExporter()
    provider = create_tracer_provider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


@pytest.fixture(params=[100, 0], ids=["kept", "replayed"])
async def plant(
    request: pytest.FixtureRequest,
    spans: InMemorySpanExporter,  # noqa: ARG001 - before anything is traced
    environment: WorkflowEnvironment,
    database: Database,
) -> AsyncIterator[RunningPlant]:
    """The small plant at work, on a client that takes traces along."""
    plain = environment.client
    client = Client(plain.service_client, data_converter=plain.data_converter, plugins=[traced_calls()])
    async with running_plant(environment, database, client=client, cached=request.param) as running:
        yield running


class Door:
    """The API on the plant's record, as its people and its order book reach it."""

    def __init__(self, client: httpx2.AsyncClient, tokens: dict[str, str]) -> None:
        self._client = client
        self._tokens = tokens

    async def post(self, path: str, by: str, body: dict[str, Any], **headers: str) -> Any:
        """What is answered to *by*."""
        shown = {"Authorization": f"Bearer {self._tokens[by]}", "Idempotency-Key": path} | headers
        answer = await self._client.post(path, json=body, headers=shown)
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture
async def door(plant: RunningPlant, tmp_path: Any) -> AsyncIterator[Door]:
    """The API in front of the plant."""
    people = [reading.fact for reading in await FactStore(plant.database).find(Person)]
    for known in development_credentials(people, tmp_path, URL).credentials:
        await Credentials(plant.database).keep(known, datetime.now(UTC))
    file = read_development_file(tmp_path)
    assert file is not None

    async def engine() -> Client:
        return plant.environment.client

    services = Services(plant.database, engine, public_url=URL, temporal_ui_url=URL)
    transport = httpx2.ASGITransport(create_app(services))
    tokens = {name: known.token for name, known in file.people.items()} | {"erp": file.erp_key}
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
        yield Door(client, tokens)


def of(spans: InMemorySpanExporter, *names: str) -> list[ReadableSpan]:
    """The spans of these names, in the order they ended."""
    return [span for span in spans.get_finished_spans() if span.name in names]


def traces(found: list[ReadableSpan]) -> set[int]:
    """The traces that these spans belong to."""
    return {span.context.trace_id for span in found}


async def test_what_is_written_without_asking_anybody_belongs_to_the_trace_of_the_request(
    plant: RunningPlant, door: Door, spans: InMemorySpanExporter
) -> None:
    wanted = {"site": SITE, "order": "SO-1", "line": "10", "quantity": "41", "reason": "CUSTOMER_REQUEST"}

    opened = await door.post("/v1/processes/order_change/cases", "anna", wanted)
    await plant.until(opened["case_id"], "completed")

    request = of(spans, "POST /v1/processes/order_change/cases")
    done = [span for span in spans.get_finished_spans() if span.name.startswith(("engine ", "activity "))]
    assert {span.name for span in done} >= {"engine start", "activity enter", "activity assess", "activity commit"}
    assert len(request) == 1
    assert traces(done) == traces(request)


async def test_what_an_answer_leads_to_belongs_to_the_trace_of_the_answer(
    plant: RunningPlant, door: Door, spans: InMemorySpanExporter
) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    said = {"choice": "expedite", "seen": question.evidence}
    await door.post(f"/v1/questions/{question.id}/answers", "boris", said)
    await plant.until(opened.case_id, "propagating")

    answer = of(spans, "POST /v1/questions/{question_id}/answers")
    assert len(answer) == 1
    assert traces(of(spans, "engine hint", "activity commit")) == traces(answer)
    assert traces(of(spans, "engine start", "activity assess")).isdisjoint(traces(answer))


async def test_an_event_s_trace_goes_on_in_the_case_that_it_opens(
    plant: RunningPlant, door: Door, spans: InMemorySpanExporter
) -> None:
    data = {"site": SITE, "order": "SO-1", "line": "10", "quantity": "41", "reason": "CUSTOMER_REQUEST"}
    event = {"specversion": "1.0", "id": "1", "source": "/erp", "data": data}

    await door.post("/v1/events", "erp", event | {"type": "lockstep.order_change.change_requested.v1"})
    await IntakeRelay(plant.database, {}).once()
    await plant.until("OC-1", "completed")

    told = of(spans, "POST /v1/events")
    assert len(told) == 1
    assert traces(of(spans, "event", "engine start", "activity commit")) == traces(told)
