"""Whether the record holds together is asked at the command line, every night."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.migration import upgrade
from tests.console.conftest import Lockstep
from tests.storage.plant import asked_to_decide, keep_the_plant, question_of


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The database that the command line finds in its folder, with a case that waits for its decision."""
    (tmp_path / "home").mkdir()
    url = f"sqlite+aiosqlite:///{tmp_path}/home/lockstep.db"
    upgrade(url)
    asyncio.run(_filled(url))
    return url


async def _filled(url: str) -> None:
    database = Database(url)
    await keep_the_plant(database)
    await asked_to_decide(database, at=datetime.now(UTC))
    await database.close()


@pytest.mark.usefixtures("database_url")
def test_says_of_each_invariant_that_it_holds(lockstep: Lockstep) -> None:
    told = lockstep("check")

    assert told.exit_code == 0, told.output
    assert "holds    I2: A question is settled once" in told.output
    assert "broken" not in told.output


def test_says_what_is_broken_and_where(lockstep: Lockstep, database_url: str) -> None:
    asyncio.run(_damaged(database_url, "UPDATE question SET requester = 'boris', choice = 'accept_as_asked'"))

    told = lockstep("check")

    assert told.exit_code == 1
    assert "broken   I2" in told.output
    assert f"question {question_of('OC-1')}: The trail settles it 0 times" in told.output
    assert "holds    I3" in told.output


def test_says_to_machines_what_could_be_changed(lockstep: Lockstep, database_url: str) -> None:
    asyncio.run(_damaged(database_url, "DROP TRIGGER trail_not_deleted"))

    told = lockstep("check", "--days", "7", "--json")

    assert told.exit_code == 1
    found = {one["invariant"]: one["broken"] for one in json.loads(told.stdout)}
    assert [one["row"] for one in found.pop("I8")] == ["table trail"]
    assert not any(found.values())


async def _damaged(url: str, statement: str) -> None:
    database = Database(url)
    async with database.transaction() as session:
        await (await session.connection()).execute(text(statement))
    await database.close()
