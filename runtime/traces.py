"""One trace from the call that caused something to the activities that do it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import attach, detach, get_current
from temporalio import activity
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    HandleSignalInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.context import Context
    from opentelemetry.util.types import Attributes
    from temporalio.workflow import ActivityHandle


def traced_calls() -> OpenTelemetryPlugin:
    """What takes the trace along in every call of Temporal."""
    # Spans of its own would stay open for as long as a case does.
    return OpenTelemetryPlugin(add_temporal_spans=False)


class CaseTraces(Interceptor):
    """A span around each activity, in the trace of what its case was told last: the request, or an answer."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """The activity with a span around it."""
        return _ActivitySpan(next)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002
    ) -> type[WorkflowInboundInterceptor]:
        """What hands the trace on from signals to activities."""
        return _Told


class _ActivitySpan(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        doing = activity.info()
        attributes: Attributes = {
            "lockstep.workflow_id": doing.workflow_id or "",
            "lockstep.attempt": doing.attempt,
        }
        tracer = trace.get_tracer("lockstep")
        with tracer.start_as_current_span(f"activity {doing.activity_type}", attributes=attributes):
            return await super().execute_activity(input)


class _Told(WorkflowInboundInterceptor):
    # A signal's trace reaches its handler only; what it causes is done by the case that it wakes.
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        self._doing = _Doing(outbound)
        super().init(self._doing)

    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002
        if trace.get_current_span().get_span_context().is_valid:
            self._doing.told = get_current()
        await super().handle_signal(input)


class _Doing(WorkflowOutboundInterceptor):
    told: Context | None = None
    """The trace of the last signal; before the first one, that of the start holds."""

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002
        with self._as_told():
            return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:  # noqa: A002
        with self._as_told():
            return super().start_local_activity(input)

    @contextmanager
    def _as_told(self) -> Iterator[None]:
        if self.told is None:
            yield
            return
        before = attach(self.told)
        try:
            yield
        finally:
            detach(before)
