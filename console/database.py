"""Our own database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer
from sqlalchemy.exc import SQLAlchemyError

from console.output import refuse, say
from console.running import run
from console.settings import our_settings
from runtime.policies import publish_defaults
from storage.database import Database
from storage.migration import current, latest, upgrade

commands = typer.Typer()


@commands.command()
def migrate() -> None:
    """
    Bring the database to the shape this version needs, with its approval policies.

    Policies are published where you have published none. Whatever fails, the database has the shape it had before.

    Example: LOCKSTEP_DATABASE_URL=postgresql+psycopg://lockstep@db/lockstep lockstep migrate
    """
    url = our_settings().database_url
    before = _shape(url)
    try:
        upgrade(url)
    except (SQLAlchemyError, OSError) as problem:
        refuse(f"The database could not be migrated and is as it was: {_cause(problem)}")
    run(_publish(url))
    now = latest()
    then = "already" if before == now else f"now; before, it had {before or 'none'}"
    say(f"The database has the shape {now} {then}.")


async def _publish(url: str) -> None:
    database = Database(url)
    try:
        await publish_defaults(database)
    finally:
        await database.close()


@asynccontextmanager
async def our_database() -> AsyncIterator[Database]:
    """The database that is set, if it has the shape this version needs; otherwise the command ends."""
    url = our_settings().database_url
    shape = await asyncio.to_thread(_shape, url)
    if shape is None:
        refuse("The database is empty. Prepare it with: lockstep migrate")
    if shape != latest():
        refuse(f"The database has the shape {shape}, and {latest()} is needed. Bring it there: lockstep migrate")
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


def _shape(url: str) -> str | None:
    try:
        return current(url)
    except (SQLAlchemyError, OSError) as problem:
        refuse(f"The database cannot be reached: {_cause(problem)}")


def _cause(problem: Exception) -> object:
    return getattr(problem, "orig", None) or problem
