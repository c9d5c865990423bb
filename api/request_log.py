"""One line in the log for each request, under an id that its answer carries too."""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from opentelemetry import trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problem_kinds import Kind
from api.problems import Problem, told

log = structlog.stdlib.get_logger(__name__)

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLog:
    """
    Gives each request an id, or keeps the sender's, and writes one line when it is done.

    What nobody foresaw ends here: the log has all of it, the caller is told only the id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer of the app, or an internal problem."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _ACCEPTED.fullmatch(given) else uuid4().hex
        status = 0

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        started = time.perf_counter()
        # On every line that is written meanwhile, so that each says by itself what was asked.
        asked = {"request_id": request_id, "method": scope["method"], "path": _path(scope)}
        with structlog.contextvars.bound_contextvars(**asked):
            try:
                await self._app(scope, receive, with_id)
            except Exception as error:
                log.exception("request failed unexpectedly")
                trace.get_current_span().record_exception(error)
                if status:
                    raise
                unexpected = Problem(Kind.INTERNAL, "The request failed in a way nobody foresaw.")
                await told(scope, unexpected)(scope, receive, with_id)
            finally:
                took = (time.perf_counter() - started) * 1000
                log.info("request", status=status, milliseconds=round(took, 1))
        return None


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path[:200]
