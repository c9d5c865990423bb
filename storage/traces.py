"""The trace that a kept row belongs to (W3C Trace Context), so that whoever works on it later goes on with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

# Of what a caller may send along only this: baggage could be anything, and would be kept.
_W3C = TraceContextTextMapPropagator()


def present_trace() -> dict[str, str]:
    """The trace that is under way, as its W3C headers; empty outside any."""
    headers: dict[str, str] = {}
    _W3C.inject(headers)
    return headers


@contextmanager
def continuing(headers: dict[str, str], name: str, **attributes: str) -> Iterator[None]:
    """A span *name* in the trace that *headers* were kept of, or in one of its own."""
    about = {f"lockstep.{key}": value for key, value in attributes.items()}
    with trace.get_tracer("lockstep").start_as_current_span(name, _W3C.extract(headers), attributes=about):
        yield
