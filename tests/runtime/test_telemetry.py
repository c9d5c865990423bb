"""Traces and measurements: what is in them, and where they go."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from runtime.measures import Measures
from runtime.settings import Settings
from runtime.telemetry import ENDPOINT, ExporterMissing, set_up_telemetry, trace_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

SENDER = """
from opentelemetry import trace
from runtime.measures import Measures
from runtime.settings import Settings
from runtime.telemetry import set_up_telemetry

set_up_telemetry(Settings(), "worker")
with trace.get_tracer("test").start_as_current_span("effect"):
    Measures().case_opened("order_change")
"""


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans that would have been sent to a collector."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


@pytest.fixture
async def engine() -> AsyncIterator[AsyncEngine]:
    """A database whose statements are traced."""
    engine = create_async_engine("sqlite+aiosqlite://")
    trace_database(engine)
    yield engine
    await engine.dispose()


async def test_a_statement_within_a_trace_has_a_span_without_its_values(
    spans: InMemorySpanExporter, engine: AsyncEngine
) -> None:
    with trace.get_tracer("test").start_as_current_span("GET /v1/questions"):
        async with engine.connect() as connection:
            await connection.execute(text("SELECT :customer"), {"customer": "Meyer"})

    (statement, call) = spans.get_finished_spans()
    assert statement.name == "database SELECT"
    assert statement.parent is not None
    assert call.context is not None
    assert statement.parent.span_id == call.context.span_id
    assert "Meyer" not in statement.to_json()


async def test_a_statement_outside_any_trace_has_no_span(spans: InMemorySpanExporter, engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))

    assert spans.get_finished_spans() == ()


async def test_a_statement_that_fails_is_marked(spans: InMemorySpanExporter, engine: AsyncEngine) -> None:
    with trace.get_tracer("test").start_as_current_span("GET /v1/questions"):
        async with engine.connect() as connection:
            with pytest.raises(OperationalError):
                await connection.execute(text("SELECT * FROM nowhere"))

    (statement, _) = spans.get_finished_spans()
    assert statement.status.status_code is StatusCode.ERROR


def test_a_collector_without_what_sends_to_it_is_told_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.metric_exporter", None)

    with pytest.raises(ExporterMissing, match=r"pip install 'lockstep\[otlp\]'"):
        set_up_telemetry(Settings(), "worker")


def test_a_collector_that_is_named_receives_traces_and_measurements() -> None:
    received: dict[str, bytes] = {}

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: what arrives is looked at below."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        subprocess.run(
            [sys.executable, "-c", SENDER],
            check=True,
            timeout=30,
            env={**os.environ, ENDPOINT: f"http://127.0.0.1:{collector.server_port}"},
        )
        collector.shutdown()

    assert b"effect" in received["/v1/traces"]
    assert b"lockstep.cases.opened" in received["/v1/metrics"]


def figures(reader: InMemoryMetricReader) -> dict[str, NumberDataPoint | HistogramDataPoint]:
    read = reader.get_metrics_data()
    assert read is not None
    (resource,) = read.resource_metrics
    return {
        metric.name: next(iter(metric.data.data_points))  # type: ignore[misc]
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_what_happens_to_cases_is_counted() -> None:
    reader = InMemoryMetricReader()
    measures = Measures(MeterProvider(metric_readers=[reader]).get_meter("test"))

    measures.case_opened("order_change")
    measures.case_closed("order_change", "completed")
    measures.question_answered("order_change", "approve", timedelta(hours=3))
    measures.question_escalated("order_change", 100)
    measures.effect_settled("reserve", "confirmed")
    measures.outbox_waits(timedelta(seconds=4))

    counted = figures(reader)
    assert counted["lockstep.cases.closed"].attributes == {"process": "order_change", "outcome": "completed"}
    latency = counted["lockstep.questions.latency"]
    assert isinstance(latency, HistogramDataPoint)
    assert latency.sum == 3 * 3600
    assert 4 * 3600 in latency.explicit_bounds
    age = counted["lockstep.outbox.age"]
    assert isinstance(age, NumberDataPoint)
    assert age.value == 4
