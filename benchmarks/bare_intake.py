"""The least an intake can be: one route that puts what it gets into SQLite and commits."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from fastapi import FastAPI

DATABASE = "BARE_INTAKE_DATABASE"
"""Names the file."""


@asynccontextmanager
async def _connected(app: FastAPI) -> AsyncIterator[None]:
    async with aiosqlite.connect(os.environ[DATABASE]) as connection:
        # As safe as ours.
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=FULL")
        await connection.execute("CREATE TABLE event (id TEXT PRIMARY KEY, body TEXT)")
        app.state.connection = connection
        yield


app = FastAPI(lifespan=_connected)


@app.get("/readyz")
async def ready() -> None:
    """It answers."""


@app.post("/events", status_code=202)
async def keep(event: dict[str, Any]) -> dict[str, str]:
    """Keep the event."""
    connection: aiosqlite.Connection = app.state.connection
    await connection.execute("INSERT INTO event VALUES (?, ?)", (event["id"], str(event["data"])))
    await connection.commit()
    return {"state": "received"}
