"""Our own database: SQLite by default, PostgreSQL in production, the same code on both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.sqlite import connect
from storage.sqlite_writers import SqliteWriters

log = structlog.get_logger()

_ANNOUNCED = "announced"
_PATIENCE = 10.0
# Seconds that a writer stands in line before he leaves it to SQLite alone.


class Database:
    """Sessions of the database at a URL."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self.is_sqlite = address.get_backend_name() == "sqlite"
        self._writers: SqliteWriters | None = None
        if self.is_sqlite and address.database and address.database != ":memory:":
            file = Path(address.database)
            file.parent.mkdir(parents=True, exist_ok=True)
            self._writers = SqliteWriters(file.with_name(f"{file.name}.turn"), _PATIENCE)
        self.engine: AsyncEngine = (
            create_async_engine(address, connect_args={"timeout": 30, "async_creator_fn": connect})
            if self.is_sqlite
            else create_async_engine(address, pool_size=10, max_overflow=10, pool_pre_ping=True)
        )
        if self.is_sqlite:
            keep_sqlite_safe(self.engine.sync_engine)
        self._listeners: list[Callable[[SQLModel], None]] = []

    def listen(self, tell: Callable[[SQLModel], None]) -> None:
        """From now on *tell* hears of every row that is announced, once it is kept."""
        self._listeners.append(tell)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in which everything is written or, if anything raises, nothing."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            async with self._writers.turn() if self._writers else nullcontext(), session.begin():
                yield session
            for row in session.info.get(_ANNOUNCED, ()):
                # Part of a transaction may have been taken back without the rest.
                if row in session:
                    self._tell(row)

    @asynccontextmanager
    async def not_writing(self) -> AsyncIterator[None]:
        """A time in which nothing that this program writes keeps the whole database from others, as SQLite does."""
        async with self._writers.nobody_here() if self._writers else nullcontext():
            yield

    def _tell(self, row: SQLModel) -> None:
        for tell in self._listeners:
            try:
                tell(row)
            except Exception:
                # What is kept is kept: whoever did it must not hear that it failed because it could not be counted.
                log.exception("listener.failed", table=row.__tablename__)

    @asynccontextmanager
    async def reading(self, *, one_moment: bool = False) -> AsyncIterator[AsyncSession]:
        """
        A session that only reads, and does not wait for writers.

        With *one_moment*, all that it reads is as it was when it began.
        """
        # SQLite's readers never see anything else.
        isolation = {"isolation_level": "REPEATABLE READ"} if one_moment and not self.is_sqlite else {}
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            _ = await session.connection(execution_options={"reading": True, **isolation})
            yield session

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
        if self._writers:
            self._writers.close()


def announce(session: AsyncSession, row: SQLModel) -> None:
    """Those who listen hear of *row* when the transaction has succeeded, and only then."""
    session.info.setdefault(_ANNOUNCED, []).append(row)


def keep_sqlite_safe(engine: Engine) -> None:
    """From now on *engine* writes durably, and locks before it writes."""
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling would begin late and as a reader; we begin ourselves, below.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: one that started as a reader could be refused half-way.
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
