"""Whoever is cancelled in the midst of a transaction leaves nothing behind, and nobody locked out."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random

import pytest
from sqlmodel import select

from storage.database import Database
from storage.tables.cases import CaseNumberRow


async def _write(database: Database) -> None:
    async with database.transaction() as session:
        session.add(CaseNumberRow())
        await session.flush()
        await session.exec(select(CaseNumberRow))


@pytest.mark.parametrize("seed", range(3))
async def test_a_cancelled_writer_keeps_nobody_out(database: Database, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - chance, not secrecy
    for _ in range(100):
        stopped = asyncio.create_task(_write(database))
        await asyncio.sleep(chance.random() * 0.004)
        stopped.cancel()
        with suppress(asyncio.CancelledError):
            await stopped

        async with asyncio.timeout(10):
            await _write(database)
