"""SQLite connections that do each statement whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any, Self

import aiosqlite
from aiosqlite.context import contextmanager

_ROWS_AT_ONCE = 64


class WholeStatement(aiosqlite.Cursor):
    """
    A cursor that goes to the thread of its connection once, and has all rows then.

    One of aiosqlite goes there four times: for itself, the statement, the rows, and to be closed. Each time the program
    has to come round to it again, and who writes keeps all others out meanwhile. And whoever is cancelled in between
    leaves a result that nobody reads to its end: SQLite keeps a connection that is closed so, with the lock it took.
    """

    def __init__(self, connection: aiosqlite.Connection, driver: sqlite3.Connection) -> None:
        super().__init__(connection, driver.cursor())
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        """Do it, and read all that it gives."""
        self._rows = await self._execute(self._done, sql, parameters or ())  # type: ignore[no-untyped-call]
        return self

    def _done(self, sql: str, parameters: Any) -> list[Any]:
        return self._cursor.execute(sql, parameters).fetchall()

    async def fetchall(self) -> Iterable[Any]:
        """The rows that were read, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing: all that there was has been read."""


class Connection(aiosqlite.Connection):
    """A connection whose cursors do each statement whole."""

    @contextmanager
    async def cursor(self) -> aiosqlite.Cursor:
        """A cursor for one statement after the other."""
        return WholeStatement(self, self._conn)


def connect(database: str, **said: Any) -> Connection:
    """A connection to the file *database*, to be awaited."""
    connection = Connection(partial(sqlite3.connect, database, **said), _ROWS_AT_ONCE)
    connection._thread.daemon = True  # as SQLAlchemy does with connections it makes itself
    return connection
