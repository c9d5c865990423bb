"""When a program searches its memory for garbage, so that nobody waits for that who wants an answer."""

from __future__ import annotations

import gc

from storage.database import Database

_YOUNG, _OLDER, _NEVER_BY_ITSELF = 700, 10, 1_000_000_000
# Python's own, but for the oldest: that is searched when we say so.
_ENOUGH = 10
# So many searches of the younger, and the oldest is worth one; Python's own again.


def spare_what_is_loaded() -> None:
    """
    Leave what there is by now out of every later search.

    A program of ours has 200,000 objects when it has started, and keeps them. Python searches all of them whenever a
    quarter as many have come since, and does nothing else meanwhile: 0.3 to 0.9 s were measured on a busy machine.
    """
    gc.collect()
    gc.freeze()


class Garbage:
    """
    What a worker leaves behind of the cases that it keeps in memory.

    Those are many objects, and a search of them takes as long as one of all that was loaded. Python makes it at any
    moment, also while the worker writes and everybody else waits until it has done.
    """

    def __init__(self, database: Database) -> None:
        """Searched for only while *database* is not written into, from now on."""
        self._database = database
        gc.set_threshold(_YOUNG, _OLDER, _NEVER_BY_ITSELF)

    async def once(self) -> int:
        """Search if enough has come. Nothing to do is left."""
        if gc.get_count()[2] >= _ENOUGH:
            async with self._database.not_writing():
                gc.collect()
        return 0
