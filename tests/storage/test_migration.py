"""The database takes the shape the program needs, and the trail only grows."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from storage.migration import EMPTY, current, differences, downgrade, latest, upgrade
from tests.storage.plant import ask


def test_a_database_goes_to_the_latest_shape_and_back_and_there_again(empty_url: str) -> None:
    assert current(empty_url) is None

    upgrade(empty_url)

    assert current(empty_url) == latest()

    downgrade(empty_url, EMPTY)

    assert current(empty_url) is None

    upgrade(empty_url)

    assert current(empty_url) == latest()
    assert differences(empty_url) == []


def test_the_latest_shape_is_that_of_the_tables_in_the_code(database_url: str) -> None:
    assert differences(database_url) == []


def test_an_empty_database_is_not_taken_for_one_of_the_latest_shape(empty_url: str) -> None:
    assert differences(empty_url)


def test_every_step_can_be_taken_back_by_itself_and_taken_again(empty_url: str) -> None:
    upgrade(empty_url)
    shapes = [current(empty_url)]

    while shapes[-1] is not None:
        downgrade(empty_url, "-1")
        shapes.append(current(empty_url))
    again = []
    for _ in shapes[1:]:
        upgrade(empty_url, "+1")
        again.append(current(empty_url))

    assert again == list(reversed(shapes[:-1]))
    assert differences(empty_url) == []


async def test_programs_that_start_at_the_same_moment_do_not_disturb_one_another(empty_url: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(upgrade, empty_url) for _ in range(3)))

    assert current(empty_url) == latest()
    assert differences(empty_url) == []


async def test_a_database_can_be_brought_up_to_date_while_a_loop_runs(empty_url: str) -> None:
    upgrade(empty_url)

    assert current(empty_url) == latest()


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE trail SET reason = 'something nicer'",
        "DELETE FROM trail",
        "INSERT INTO trail SELECT * FROM trail WHERE sequence = 1",
    ],
)
async def test_no_line_of_the_trail_can_be_changed_deleted_or_written_twice(database: Database, attempt: str) -> None:
    await ask(database)

    with pytest.raises(DBAPIError):
        async with database.engine.begin() as connection:
            await connection.execute(text(attempt))

    async with database.engine.connect() as connection:
        reasons = await connection.execute(text("SELECT reason FROM trail"))
        assert [reason for (reason,) in reasons] == ["CUSTOMER_REQUEST"]


async def test_nor_by_the_ways_round_a_trigger_that_each_database_has(database: Database) -> None:
    await ask(database)
    replace = "INSERT OR REPLACE INTO trail SELECT * FROM trail WHERE sequence = 1"

    with pytest.raises(DBAPIError, match="only grows"):
        async with database.engine.begin() as connection:
            await connection.execute(text(replace if database.is_sqlite else "TRUNCATE trail"))
