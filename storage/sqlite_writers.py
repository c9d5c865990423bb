"""Writers of one SQLite file, one after the other, whichever program they are in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

fcntl: ModuleType | None
try:
    fcntl = import_module("fcntl")
except ModuleNotFoundError:
    # Where there is no Unix the line is that of one program, and SQLite's own lock has to do between programs.
    fcntl = None


class SqliteWriters:
    """
    A line that writers stand in before SQLite's own lock.

    SQLite lets one write at a time, and those who meet there look again in steps that grow to a tenth of a second: next
    to a busy program another waits for a second, although the lock was free a hundred times. Here whoever comes next is
    woken when the one before has done. It is a courtesy: SQLite still keeps the lock, so who waited too long, or does
    not stand in line, does no harm. A program that ends leaves the line by that.
    """

    def __init__(self, file: Path, patience: float) -> None:
        """A line at *file*, which holds nothing; *patience* in seconds, after which a writer goes on without."""
        self._file = file
        self._locks: tuple[BinaryIO, BinaryIO] | None = None
        self._patience = patience
        self._here = asyncio.Lock()
        self._waiting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turn")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The time in which nobody else in line writes."""
        try:
            async with asyncio.timeout(self._patience):
                await self._come_up()
            came_up = True
        except TimeoutError:
            came_up = False
        try:
            yield
        finally:
            if came_up:
                self._leave()

    @asynccontextmanager
    async def nobody_here(self) -> AsyncIterator[None]:
        """A time in which nobody of this program has his turn, or stands next."""
        async with self._here:
            yield

    async def _come_up(self) -> None:
        await self._here.acquire()
        if fcntl is None:
            return
        if self._locks is None:
            self._locks = self._file.with_name(f"{self._file.name}.next").open("ab"), self._file.open("ab")
        # One stands next: a program that writes again and again finds that place taken, and passes nobody by.
        for lock in self._locks:
            await self._take(fcntl, lock)
        fcntl.flock(self._locks[0], fcntl.LOCK_UN)

    async def _take(self, locking: ModuleType, lock: BinaryIO) -> None:
        try:
            locking.flock(lock, locking.LOCK_EX | locking.LOCK_NB)
        except BlockingIOError:
            waiting = asyncio.get_running_loop().run_in_executor(self._waiting, locking.flock, lock, locking.LOCK_EX)
            try:
                await asyncio.shield(waiting)
            except asyncio.CancelledError:
                # The thread cannot be called back: it comes up all the same, and leaves at once.
                waiting.add_done_callback(lambda _: self._leave())
                raise

    def _leave(self) -> None:
        # Closed while somebody came up whom nobody waits for any more: he has left by that.
        for lock in self._locks or ():
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_UN)
        self._here.release()

    def close(self) -> None:
        """Leave the line for good."""
        for lock in self._locks or ():
            lock.close()
        self._locks = None
        self._waiting.shutdown(wait=False)
