"""Log lines: one form for ours and everybody else's, with the case they belong to and without secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from opentelemetry import trace
from temporalio import activity, workflow

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

    from runtime.settings import Settings

HIDDEN = "[hidden]"
"""Stands where a secret was."""

_SECRET_NAMES = frozenset({"authorization", "cookie", "key", "password", "secret", "token"})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_TEXT = re.compile(
    r"(?P<before>\b(?:bearer|basic)\s+|\bls[a-z]_[^_\s]+_|\bwhsec_|://[^:/@\s]+:(?=[^@\s]+@))[^\s@,;\"']+",
    re.IGNORECASE,
)
# A line break in a value could pass for a line of the log, an escape could repaint the terminal.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\t"}
_CONTROL |= {ord("\n"): "\\n", ord("\r"): "\\r", 0x2028: "\\u2028", 0x2029: "\\u2029"}
_CONTROL_IN_TRACEBACK = {code: text for code, text in _CONTROL.items() if code != ord("\n")}


def set_up_logs(settings: Settings) -> None:
    """From now on every line of this process is written to standard error in the form that is set."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        add_place_in_temporal,
        add_trace,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            drop_during_replay,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                clean,
                _renderer(settings),
            ],
        )
    )
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    for talkative in ("httpx2", "httpcore2", "aiosqlite"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def drop_during_replay(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The line, unless a case is only being brought back to where it already was."""
    if workflow.in_workflow() and workflow.unsafe.is_replaying_history_events():
        raise structlog.DropEvent
    return event


def add_place_in_temporal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The line with the workflow, and the activity if one runs, that it comes from."""
    if workflow.in_workflow():
        running = workflow.info()
        event.update(workflow_id=running.workflow_id, run_id=running.run_id)
        if update := workflow.current_update_info():
            event["update_id"] = update.id
    elif activity.in_activity():
        doing = activity.info()
        event.update(workflow_id=doing.workflow_id, activity=doing.activity_type, attempt=doing.attempt)
    return event


def add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The line with the trace it belongs to, if it belongs to one."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
    return event


def clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The line without secrets, and without characters that could pass for another line."""
    traceback = event.pop("exception", None)
    cleaned: EventDict = _cleaned(event)
    if traceback is not None:
        cleaned["exception"] = _without_secrets(str(traceback)).translate(_CONTROL_IN_TRACEBACK)
    return cleaned


def _cleaned(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {
            _cleaned(str(name)): HIDDEN if _names_a_secret(str(name)) else _cleaned(inside)
            for name, inside in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(inside) for inside in value]
    return _without_secrets(str(value)).translate(_CONTROL)


def _names_a_secret(name: str) -> bool:
    return any(word.lower() in _SECRET_NAMES for word in _WORDS.findall(name))


def _without_secrets(text: str) -> str:
    return _SECRET_TEXT.sub(rf"\g<before>{HIDDEN}", text)
