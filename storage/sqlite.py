"""SQLite connections that leave nothing open behind."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

import aiosqlite

_ROWS_AT_ONCE = 64


class CleanlyClosed(aiosqlite.Connection):
    """
    A connection that takes back what is open before it closes.

    Whoever is cancelled in the midst of a statement has his connection closed. SQLite keeps one that still has a
    result nobody has read to its end, with the lock that it took, and every other writer would be kept out.
    """

    async def close(self) -> None:
        """Close, with what is open taken back."""
        if self._running and self._connection is not None:
            # Statements run one after the other in a thread: also after one that nobody waits for any more.
            await self.rollback()
        await super().close()


def connect(database: str, **said: Any) -> CleanlyClosed:
    """A connection to the file *database*, to be awaited."""
    connection = CleanlyClosed(partial(sqlite3.connect, database, **said), _ROWS_AT_ONCE)
    connection._thread.daemon = True  # as SQLAlchemy does with connections it makes itself
    return connection
