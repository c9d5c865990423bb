"""Databases to measure on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from tests.support.postgres import PostgresServer


class Kind(StrEnum):
    """Which database."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@contextmanager
def two_of_each(kinds: Iterable[Kind]) -> Iterator[dict[Kind, tuple[str, str]]]:
    """The URLs of two empty databases of each kind, as safe as in production; "" is SQLite, wherever there is room."""
    found = dict.fromkeys(kinds, ("", ""))
    if Kind.POSTGRESQL not in found:
        yield found
        return
    server = PostgresServer.start(durable=True)
    try:
        yield found | {Kind.POSTGRESQL: (server.create_database(), server.create_database())}
    finally:
        server.stop()
