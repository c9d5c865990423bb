"""The line of those who write into one SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.sqlite_writers import SqliteWriters

LONG = 30.0


@pytest.fixture
async def two_programs(tmp_path: Path) -> AsyncIterator[tuple[SqliteWriters, SqliteWriters]]:
    both = SqliteWriters(tmp_path / "turn", LONG), SqliteWriters(tmp_path / "turn", LONG)
    yield both
    for writers in both:
        writers.close()


async def _has_a_turn(writers: SqliteWriters) -> None:
    async with writers.turn():
        pass


async def test_who_comes_next_waits_until_the_one_before_in_another_program_has_done(
    two_programs: tuple[SqliteWriters, SqliteWriters],
) -> None:
    one, other = two_programs

    async with one.turn():
        waiting = asyncio.create_task(_has_a_turn(other))
        done, _ = await asyncio.wait({waiting}, timeout=0.2)
        assert not done

    await asyncio.wait_for(waiting, LONG)


async def test_a_busy_program_lets_others_in(two_programs: tuple[SqliteWriters, SqliteWriters]) -> None:
    busy, other = two_programs
    waiting, had = asyncio.create_task(_has_a_turn(other)), 0

    while not waiting.done():
        async with busy.turn():
            await asyncio.sleep(0.002)
        had += 1

    # The one that was under way, and one before the other stood next.
    assert had <= 2


async def test_who_gives_up_waiting_keeps_nobody_out(two_programs: tuple[SqliteWriters, SqliteWriters]) -> None:
    one, other = two_programs
    async with one.turn():
        waiting = asyncio.create_task(_has_a_turn(other))
        await asyncio.wait({waiting}, timeout=0.05)
        waiting.cancel()
        await asyncio.wait({waiting})

    await asyncio.wait_for(_has_a_turn(other), LONG)
    await asyncio.wait_for(_has_a_turn(one), LONG)


async def test_who_waits_too_long_goes_on_and_sqlite_alone_keeps_the_lock(tmp_path: Path) -> None:
    stuck, other = SqliteWriters(tmp_path / "turn", LONG), SqliteWriters(tmp_path / "turn", 0.05)

    async with stuck.turn():
        await asyncio.wait_for(_has_a_turn(other), LONG)
        await asyncio.wait_for(_has_a_turn(other), LONG)

    await asyncio.wait_for(_has_a_turn(stuck), LONG)
    stuck.close()
    other.close()
