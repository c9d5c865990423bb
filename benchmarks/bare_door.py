"""The least a door can be: one route that puts what it gets into a database and commits."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import aiosqlite
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url

DATABASE = "BARE_DATABASE"
"""Names the URL of the database."""

Keep: TypeAlias = Callable[[str, str], Awaitable[None]]


@asynccontextmanager
async def _sqlite(path: str) -> AsyncIterator[Keep]:
    async with aiosqlite.connect(path) as connection:
        # As safe as ours.
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=FULL")
        await connection.execute("CREATE TABLE kept (id TEXT PRIMARY KEY, body TEXT)")

        async def keep(name: str, body: str) -> None:
            await connection.execute("INSERT INTO kept VALUES (?, ?)", (name, body))
            await connection.commit()

        yield keep


@asynccontextmanager
async def _postgresql(address: str) -> AsyncIterator[Keep]:
    async with AsyncConnectionPool(address, max_size=10) as pool:
        async with pool.connection() as connection:
            await connection.execute("CREATE TABLE kept (id TEXT PRIMARY KEY, body TEXT)")

        async def keep(name: str, body: str) -> None:
            async with pool.connection() as connection:
                await connection.execute("INSERT INTO kept VALUES (%s, %s)", (name, body))

        yield keep


def _database() -> AbstractAsyncContextManager[Keep]:
    url = make_url(os.environ[DATABASE])
    if url.get_backend_name() == "sqlite":
        assert url.database is not None
        return _sqlite(url.database)
    return _postgresql(url.set(drivername="postgresql").render_as_string(hide_password=False))


@asynccontextmanager
async def _connected(app: FastAPI) -> AsyncIterator[None]:
    async with _database() as keep:
        app.state.keep = keep
        yield


app = FastAPI(lifespan=_connected)


@app.get("/readyz")
async def ready() -> None:
    """It answers."""


@app.post("/things", status_code=202)
async def take(thing: dict[str, Any]) -> dict[str, str]:
    """Keep it."""
    keep: Keep = app.state.keep
    await keep(thing["id"], str(thing["data"]))
    return {"state": "received"}
