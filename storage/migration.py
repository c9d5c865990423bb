"""Bringing a database to the shape this version of Lockstep needs, and back.

Every function waits for the database: inside a running loop, call it in a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from threading import Lock
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from storage import tables
from storage.database import keep_sqlite_safe

LATEST = "head"
EMPTY = "base"

# A table counts as part of the code once its file was imported.
for _file in iter_modules(tables.__path__, f"{tables.__name__}."):
    import_module(_file.name)

_FOLDER = Path(__file__).with_name("migrations")
_LOCK_NUMBER = 5_625_785
"""What programs that migrate one PostgreSQL database at the same moment queue for."""
_IN_THIS_PROGRAM = Lock()  # Alembic keeps the migration under way in a global


def upgrade(database_url: str, revision: str = LATEST) -> None:
    """The database has the shape of *revision* afterwards, or after any failure still the one it had."""
    with _migrating(database_url) as config:
        command.upgrade(config, revision)


def downgrade(database_url: str, revision: str) -> None:
    """The database has the earlier shape of *revision* afterwards; what that cannot hold is lost."""
    with _migrating(database_url) as config:
        command.downgrade(config, revision)


def current(database_url: str) -> str | None:
    """The revision whose shape the database has; nothing for an empty one."""
    with _connected(database_url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def latest() -> str:
    """The revision this version of Lockstep needs."""
    (newest,) = ScriptDirectory.from_config(_config()).get_heads()
    return newest


def differences(database_url: str) -> list[Any]:
    """How the database differs from the tables in the code, as Alembic says it; empty if it does not."""
    with _connected(database_url) as connection:
        return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))


def draft(database_url: str, revision: str, message: str) -> None:
    """Write the migration from the latest shape, which the database must have, to the tables in the code."""
    with _migrating(database_url) as config:
        command.revision(config, message, autogenerate=True, rev_id=revision)


@contextmanager
def _migrating(database_url: str) -> Iterator[Config]:
    with _IN_THIS_PROGRAM, _connected(database_url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
        config = _config()
        config.attributes["connection"] = connection
        yield config


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("truncate_slug_length", "80")
    return config


@contextmanager
def _connected(database_url: str) -> Iterator[Connection]:
    """A connection in one transaction: on both databases the shape changes as a whole or not at all."""
    address = make_url(database_url)
    sqlite = address.get_backend_name() == "sqlite"
    if sqlite:
        address = address.set(drivername="sqlite")
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, poolclass=NullPool)
    if sqlite:
        keep_sqlite_safe(engine)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
