"""Traces, measurements and log lines of a process, set up once when it starts."""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.util.re import parse_env_headers
from sqlalchemy import event
from temporalio.contrib.opentelemetry import create_tracer_provider
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    OpenTelemetryConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from runtime.logs import set_up_logs

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace import SpanProcessor
    from sqlalchemy.engine import Connection, ExceptionContext, ExecutionContext
    from sqlalchemy.ext.asyncio import AsyncEngine

    from runtime.settings import Settings

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""Names the collector; without it nothing leaves the process. OpenTelemetry's other variables hold too."""


class ExporterMissing(Exception):
    """A collector is named, and what sends to it is not installed."""


def set_up_telemetry(settings: Settings, program: str) -> None:
    """
    Log lines from now on, and traces and measurements to the collector if one is named.

    To be called once, before anything connects to Temporal. Raises ExporterMissing.
    """
    endpoint = os.environ.get(ENDPOINT, "")
    exporters = _exporters() if endpoint else None
    set_up_logs(settings)
    resource = Resource.create({SERVICE_NAME: f"lockstep-{program}"})
    # Spans that nobody receives are not recorded; they still carry the trace that log lines name.
    tracers = create_tracer_provider(resource=resource, sampler=None if endpoint else ALWAYS_OFF)
    readers: list[MetricReader] = []
    if exporters is not None:
        spans, reader = exporters
        tracers.add_span_processor(spans)
        readers.append(reader)
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider(metric_readers=readers, resource=resource))
    Runtime.set_default(Runtime(telemetry=_of_the_engine(endpoint, program)), error_if_already_set=False)


def _exporters() -> tuple[SpanProcessor, MetricReader]:
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    except ImportError:
        raise ExporterMissing(
            f"{ENDPOINT} is set, but what sends to it is not installed. "
            "Install it with: pip install 'lockstep[otlp]', or unset the variable."
        ) from None
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    return BatchSpanProcessor(OTLPSpanExporter()), PeriodicExportingMetricReader(OTLPMetricExporter())


def _of_the_engine(endpoint: str, program: str) -> TelemetryConfig:
    collector = OpenTelemetryConfig(
        url=f"{endpoint.rstrip('/')}/v1/metrics",
        headers=parse_env_headers(os.environ.get("OTEL_EXPORTER_OTLP_HEADERS", ""), liberal=True),
        metric_periodicity=timedelta(seconds=10),
        durations_as_seconds=True,
        http=True,
    )
    return TelemetryConfig(
        logging=LoggingConfig(
            filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
            forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
        ),
        metrics=collector if endpoint else None,
        global_tags={"program": program},
    )


_SPAN = "_lockstep_span"


def trace_database(engine: AsyncEngine) -> None:
    """From now on each statement of *engine* that is part of a trace has its span, without its values."""
    event.listen(engine.sync_engine, "before_cursor_execute", _begin)
    event.listen(engine.sync_engine, "after_cursor_execute", _end)
    event.listen(engine.sync_engine, "handle_error", _fail)


def _begin(
    connection: Connection,
    _cursor: Any,
    statement: str,
    _values: Any,
    context: ExecutionContext | None,
    _many: bool,
) -> None:
    # Pollers look every second outside any trace: spans of theirs would only bury the others.
    if context is None or not trace.get_current_span().is_recording():
        return
    verb = statement.split(maxsplit=1)[0].upper()
    attributes = {"db.system.name": connection.dialect.name, "db.query.text": statement}
    span = trace.get_tracer("lockstep").start_span(f"database {verb}", kind=SpanKind.CLIENT, attributes=attributes)
    setattr(context, _SPAN, span)


def _end(
    _connection: Connection,
    _cursor: Any,
    _statement: str,
    _values: Any,
    context: ExecutionContext | None,
    _many: bool,
) -> None:
    if span := getattr(context, _SPAN, None):
        span.end()


def _fail(failure: ExceptionContext) -> None:
    if span := getattr(failure.execution_context, _SPAN, None):
        span.set_status(Status(StatusCode.ERROR, type(failure.original_exception).__name__))
        span.end()
