"""Fixtures for every room."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from tests.support.postgres import PostgresMissing, PostgresServer
from tests.support.required import required


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server for the whole run."""
    try:
        server = PostgresServer.start()
    except PostgresMissing as missing:
        required(str(missing))
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty database that only this test sees."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


def pytest_unconfigure() -> None:
    """Lets Temporal's Rust threads end, if there are any."""
    # A process that exits right after its last worker closed may crash while it does: sdk-python issue 300.
    if "temporalio" in sys.modules:
        time.sleep(0.3)
