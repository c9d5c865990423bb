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


def test_a_table_that_no_migration_makes_is_noticed(empty_url: str) -> None:
    upgrade(empty_url, "0001")
    downgrade(empty_url, EMPTY)

    assert differences(empty_url)


def test_going_back_one_step_leaves_the_trail_unprotected_and_its_lines_where_they_are(empty_url: str) -> None:
    upgrade(empty_url)

    downgrade(empty_url, "0001")

    assert current(empty_url) == "0001"
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
        "UPDATE trail SET reason = 'for nobody' WHERE case_id = 'no such case'",
        "DELETE FROM trail",
        "INSERT INTO trail SELECT * FROM trail WHERE sequence = 1",
    ],
)
async def test_no_line_of_the_trail_can_be_changed_deleted_or_written_twice(
    database: Database, attempt: str
) -> None:
    await ask(database)

    if "nobody" in attempt and database.is_sqlite:
        pytest.skip("SQLite asks for each line, so that a statement about none is refused to nobody.")
    with pytest.raises(DBAPIError):
        async with database.engine.begin() as connection:
            await connection.execute(text(attempt))

    async with database.engine.connect() as connection:
        reasons = await connection.execute(text("SELECT reason FROM trail"))
        assert [reason for (reason,) in reasons] == ["CUSTOMER_REQUEST"]


@pytest.mark.parametrize(
    ("database_kind", "attempt"),
    [
        (True, "INSERT OR REPLACE INTO trail SELECT * FROM trail WHERE sequence = 1"),
        (False, "TRUNCATE trail"),
    ],
    ids=["replacing in SQLite", "emptying in PostgreSQL"],
)
async def test_nor_by_what_only_one_of_the_databases_can_do(
    database: Database, database_kind: bool, attempt: str
) -> None:
    if database.is_sqlite is not database_kind:
        pytest.skip("the other database's")
    await ask(database)

    with pytest.raises(DBAPIError, match="only grows"):
        async with database.engine.begin() as connection:
            await connection.execute(text(attempt))
