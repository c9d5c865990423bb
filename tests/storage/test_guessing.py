"""Wrong passwords, counted for all processes together: guessing is slowed, and keeps nobody out for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.guessing import KNOWN_FOR, OF_ADDRESS, OF_NAME, OF_NAME_FROM_ADDRESS, Patience
from storage.database import Database
from storage.guessing import Guessing
from storage.tables.access import FailureRow
from tests.storage.plant import NOW, minutes, race, rows

NOTHING = timedelta(0)
LIMITS = (OF_ADDRESS, OF_NAME, OF_NAME_FROM_ADDRESS)


async def guesses(database: Database, person: str, address: str, times: int, at: datetime = NOW) -> list[timedelta]:
    return [await Guessing(database).wait(person, address, at) for _ in range(times)]


async def test_processes_that_ask_at_the_same_moment_count_together(database: Database) -> None:
    waits = await race(*(Guessing(database).wait("boris", "address 1", NOW) for _ in range(14)))

    assert sorted(str(wait) for wait in waits) == sorted([str(NOTHING)] * 10 + ["0:00:30"] * 4)
    assert {row.failures for row in await rows(database, FailureRow)} == {10}


async def test_each_further_failure_doubles_the_wait_and_time_forgets_them(database: Database) -> None:
    await guesses(database, "boris", "address 1", 10)

    waits, at = [], NOW
    for _ in range(7):
        (wait,) = await guesses(database, "boris", "address 1", 1, at)
        waits.append(wait.total_seconds())
        at += wait
        assert await guesses(database, "boris", "address 1", 1, at) == [NOTHING]

    assert waits == [30, 60, 120, 240, 480, 900, 900]
    assert await guesses(database, "boris", "address 1", 10, at + timedelta(days=1)) == [NOTHING] * 10


async def test_asking_too_soon_neither_counts_nor_makes_anything_forgotten(database: Database) -> None:
    await guesses(database, "boris", "address 1", 11)

    await guesses(database, "boris", "address 1", 40, NOW + timedelta(seconds=20))

    assert await guesses(database, "boris", "address 1", 2, NOW + timedelta(seconds=30)) == [
        NOTHING, timedelta(minutes=1)
    ]  # fmt: skip


async def test_who_guesses_at_a_name_does_not_keep_out_whose_it_is_where_he_is_known(database: Database) -> None:
    guessing = Guessing(database)
    await guesses(database, "boris", "address home", 1)
    await guessing.came_in("boris", "address home", NOW)

    for number in range(12):
        await guesses(database, "boris", f"address {number}", 1, minutes(1))

    assert await guesses(database, "Boris", "address home", 3, minutes(1)) == [NOTHING] * 3
    (elsewhere,) = await guesses(database, "boris", "address new", 1, minutes(1))
    assert NOTHING < elsewhere <= OF_NAME.longest
    await guesses(database, "boris", "address home", 8, minutes(1))
    (at_home,) = await guesses(database, "boris", "address home", 1, minutes(1))
    assert at_home > NOTHING


async def test_an_address_that_tries_many_names_waits_and_others_do_not(database: Database) -> None:
    tried = [(await guesses(database, f"p{number}", "address 1", 1))[0] for number in range(52)]

    assert tried == [NOTHING] * 50 + [timedelta(seconds=6)] * 2
    assert await guesses(database, "p1", "address 2", 1) == [NOTHING]


async def test_nothing_is_kept_for_longer_than_it_counts_and_no_name_as_it_was_typed(database: Database) -> None:
    await guesses(database, "a password, by mistake", "address 1", 1)
    kept = await rows(database, FailureRow)

    await guesses(database, "boris", "address 2", 1, NOW + timedelta(hours=1))

    assert len(kept) == 3
    assert all("password" not in str(row.model_dump()) for row in kept)
    assert not {row.sha256 for row in kept} & {row.sha256 for row in await rows(database, FailureRow)}
    await Guessing(database).came_in("boris", "address 2", NOW)
    assert max(row.ends_at for row in await rows(database, FailureRow)) == NOW + KNOWN_FOR


@given(st.sampled_from(LIMITS), st.integers(0, 10**6))
def test_more_failures_never_wait_less_and_nobody_waits_longer_than_the_longest(
    patience: Patience, failures: int
) -> None:
    wait = patience.free_at(failures, NOW) - NOW

    assert wait <= patience.free_at(failures + 1, NOW) - NOW <= patience.longest
    assert (wait == NOTHING) is (failures < patience.free)
