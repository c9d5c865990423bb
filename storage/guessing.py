"""Wrong passwords, counted for all processes of the API together: by name, by address, and by name from an address."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.guessing import KNOWN_FOR, OF_ADDRESS, OF_NAME, OF_NAME_FROM_ADDRESS, Patience
from storage.database import Database
from storage.tables.access import FailureRow


class Guessing:
    """Knows how many passwords were wrong."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wait(self, person: str, address: str, at: datetime) -> timedelta:
        """
        Nothing if an attempt to come in as *person* from *address* may be made, which is counted; else how long until.

        Counted before it is known whether the password fits, so that many at the same moment are no way round.
        """
        async with self._database.transaction() as session:
            rows = await _locked(session, self._database, _limits(person, address), at)
            left = [(row, patience, patience.left(row.failures, row.last_at, at)) for row, patience in rows]
            here = rows[0][0]
            # Whoever guesses at a name does not keep out whose it is, where he is known: there only that place counts.
            known = here.known_until is not None and here.known_until > at
            counting = left[:1] if known else left
            free_at = max(patience.free_at(failures, row.last_at) for row, patience, failures in counting)
            if free_at > at:
                return free_at - at
            for row, patience, failures in left:
                row.failures, row.last_at = failures + 1, at
                _keep(session, row, patience)
            await _forget(session, at)
        return timedelta(0)

    async def came_in(self, person: str, address: str, at: datetime) -> None:
        """What was counted last does not count after all: it was *person*, who is known at *address* from now on."""
        async with self._database.transaction() as session:
            rows = await _locked(session, self._database, _limits(person, address), at)
            here = rows[0][0]
            here.failures, here.known_until = 0, at + KNOWN_FOR
            for row, patience in rows:
                row.failures = max(row.failures - 1, 0)
                _keep(session, row, patience)


def _limits(person: str, address: str) -> dict[str, Patience]:
    # Hashed: what is typed where the name belongs may be a password.
    name = person.casefold()
    told = ((f"{address} {name}", OF_NAME_FROM_ADDRESS), (f"name {name}", OF_NAME), (address, OF_ADDRESS))
    return {sha256(whose.encode()).hexdigest(): patience for whose, patience in told}


async def _locked(
    session: AsyncSession, database: Database, limits: dict[str, Patience], at: datetime
) -> list[tuple[FailureRow, Patience]]:
    """The rows of *limits*, locked in one order for everybody; in the order of *limits*."""
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    new = insert(FailureRow).values(
        [{"sha256": whose, "failures": 0, "last_at": at, "ends_at": at} for whose in sorted(limits)]
    )
    # Changes nothing, but holds what is there, so that nobody forgets it meanwhile.
    held = new.on_conflict_do_update(index_elements=["sha256"], set_={"sha256": new.excluded.sha256})
    await session.exec(held)
    asked = select(FailureRow).where(col(FailureRow.sha256).in_(limits))
    found = {row.sha256: row for row in (await session.exec(asked)).all()}
    return [(found[whose], patience) for whose, patience in limits.items()]


async def _forget(session: AsyncSession, at: datetime) -> None:
    """Remove what does not count any more, but for what somebody else is at."""
    over = select(FailureRow.sha256).where(col(FailureRow.ends_at) <= at).with_for_update(skip_locked=True)
    await session.flush()
    await session.exec(delete(FailureRow).where(col(FailureRow.sha256).in_(over)))


def _keep(session: AsyncSession, row: FailureRow, patience: Patience) -> None:
    row.ends_at = max(patience.forgotten_at(row.failures, row.last_at), row.known_until or row.last_at)
    session.add(row)
