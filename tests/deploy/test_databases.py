"""The script that makes the databases, on a real PostgreSQL server."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.support.postgres import PostgresServer, find_binaries
from tests.support.required import required

SCRIPT = Path(__file__).parents[2] / "deploy" / "postgres" / "databases.sh"
PASSWORDS = {"temporal": "it's \"one\"", "lockstep": "p@ss:w/rd $HOME"}


@pytest.fixture(scope="module")
def server() -> dict[str, str]:
    """A new server's address, as psql takes it, once the script has run there."""
    if not (find_binaries() / "psql").exists():
        required("psql")
    server = PostgresServer.start(find_binaries())
    return server


