"""The script that makes the databases, run on a real PostgreSQL server."""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

from tests.support.postgres import PostgresMissing, PostgresServer, find_binaries
from tests.support.required import required

SCRIPT = Path(__file__).parents[2] / "deploy" / "postgres" / "databases.sh"
PASSWORDS = {"temporal": 'it\'s "one"; DROP', "lockstep": "p@ss:w/rd $HOME \\"}


@pytest.fixture(scope="module")
def address() -> Iterator[URL]:
    """A server of its own, as users belong to the whole server, on which the script has run."""
    try:
        binaries = find_binaries()
    except PostgresMissing as missing:
        required(str(missing))
    if not (binaries / "psql").exists():
        required("psql, beside the PostgreSQL server")
    server = PostgresServer.start(binaries)
    address = make_url(server.create_database())
    said = subprocess.run(
        ["sh", SCRIPT],
        env={
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": str(address.host),
            "PGPORT": str(address.port),
            "POSTGRES_TEMPORAL_PASSWORD": PASSWORDS["temporal"],
            "POSTGRES_LOCKSTEP_PASSWORD": PASSWORDS["lockstep"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    yield address
    server.stop()


def connect(address: URL, user: str, database: str) -> psycopg.Connection:
    return psycopg.connect(host=address.host, port=address.port, user=user, dbname=database)


@pytest.mark.parametrize(
    ("user", "database"),
    [("temporal", "temporal"), ("temporal", "temporal_visibility"), ("lockstep", "lockstep")],
)
def test_lets_an_owner_make_tables_in_his_database(address: URL, user: str, database: str) -> None:
    with connect(address, user, database) as connection:
        connection.execute("CREATE TABLE kept (number integer)")

        made = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'kept'").fetchone()

    assert made == (user,)


@pytest.mark.parametrize(
    ("user", "database"),
    [("temporal", "lockstep"), ("lockstep", "temporal"), ("lockstep", "temporal_visibility")],
)
def test_keeps_each_owner_out_of_what_is_the_others(address: URL, user: str, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        connect(address, user, database)


@pytest.mark.parametrize("user", PASSWORDS)
def test_sets_the_password_that_was_given_whatever_is_in_it(address: URL, user: str) -> None:
    with connect(address, "postgres", "postgres") as connection:
        row = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [user]).fetchone()

    assert row is not None
    assert is_verifier_of(PASSWORDS[user], row[0])


def is_verifier_of(password: str, verifier: str) -> bool:
    """Whether *verifier*, as PostgreSQL keeps it, is of *password* (SCRAM-SHA-256, RFC 5802 section 3)."""
    _, hashed, keys = verifier.split("$")
    iterations, salt = hashed.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), b64decode(salt), int(iterations))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return keys.split(":")[0] == b64encode(hashlib.sha256(client_key).digest()).decode()
