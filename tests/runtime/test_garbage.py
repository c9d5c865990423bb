"""When memory is searched for garbage."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.garbage import Garbage, spare_what_is_loaded
from storage.database import Database


class Cycle:
    """Garbage that only a search finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def searched_as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


def test_what_is_loaded_is_looked_through_no_more() -> None:
    kept = [[number] for number in range(1000)]

    spare_what_is_loaded()

    try:
        searched = {id(found) for found in gc.get_objects()}
        assert not searched & {id(one) for one in kept}
    finally:
        gc.unfreeze()


@pytest.mark.usefixtures("searched_as_before")
async def test_the_oldest_is_searched_only_while_nothing_is_written(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}")
    garbage, cycle = Garbage(database), Cycle()
    left = weakref.ref(cycle)
    gc.collect()
    del cycle
    for _ in range(11):
        gc.collect(1)

    async with database.transaction():
        searching = asyncio.create_task(garbage.once())
        await asyncio.wait({searching}, timeout=0.1)
        was_left = left() is not None
    await searching
    await database.close()

    assert was_left
    assert left() is None
