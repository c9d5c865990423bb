"""A sales order service on loopback that gives the answers it is told to give."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.support.serving import serving


class SalesOrderService(ThreadingHTTPServer):
    """Answers by path below the service's root; any other path is refused as the real one would."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.silent = threading.Event()
        """While set, questions are taken and not answered."""
        self.released = threading.Event()

    @property
    def url(self) -> str:
        """The service's root."""
        return f"http://127.0.0.1:{self.server_port}/sap/opu/odata/sap/API_SALES_ORDER_SRV"

    def answer(self, path: str, content: Any, status: int = 200) -> None:
        """From now on *path* answers with *content* in the envelope of OData."""
        self.answer_raw(path, json.dumps({"d": content}).encode(), status)

    def answer_raw(self, path: str, body: bytes, status: int = 200) -> None:
        """From now on *path* answers with exactly *body*."""
        self.answers[path] = (status, body)


class _Handler(BaseHTTPRequestHandler):
    server: SalesOrderService

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path).partition("/API_SALES_ORDER_SRV/")[2]
        self.server.asked.append(path)
        if self.server.silent.is_set():
            self.server.released.wait(10)
            return
        nothing = json.dumps({"error": {"code": "/IWBEP/CM_MGW_RT/020"}}).encode()
        status, body = self.server.answers.get(path, (404, nothing))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
        pass


@contextmanager
def running() -> Iterator[SalesOrderService]:
    """The service, answering until the end of the block."""
    with serving(SalesOrderService()) as service:
        try:
            yield service
        finally:
            service.released.set()
