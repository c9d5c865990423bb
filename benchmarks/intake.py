"""How fast an event is taken in while Temporal is down, beside the least that an intake can be."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

import httpx2

from benchmarks import bare_intake
from benchmarks.figures import Figure
from benchmarks.system import installation, start_api, until_answered
from runtime.children import Children
from runtime.dev_server import HOST, free_port
from tests.support.small_plant import SITE

PER_SECOND = 50
LIMIT = 50.0
"""Milliseconds."""
_NOBODY = f"{HOST}:9"
# Where no Temporal answers.
_FIRST_PORT = 28000
_STRUCTURED = {"Content-Type": "application/cloudevents+json"}


async def measure(home: Path, children: Children, seconds: int) -> list[Figure]:
    """Answer times at a steady pace of events, ours and the bare intake's, in turns."""
    here = await installation(home, lines=0)
    await start_api(children, here, _NOBODY)
    port = free_port(_FIRST_PORT)
    command = (
        sys.executable,
        "-m",
        "uvicorn",
        "benchmarks.bare_intake:app",
        "--port",
        str(port),
        "--no-access-log",
    )
    environment = here.environment(_NOBODY) | {bare_intake.DATABASE: str(home / "bare.db")}
    await children.start("bare intake", command, environment)
    bare_url = f"http://{HOST}:{port}"
    await until_answered(f"{bare_url}/readyz")

    taken: dict[str, list[float]] = defaultdict(list)
    async with (
        here.caller(here.erp_key) as ours,
        httpx2.AsyncClient(base_url=bare_url, trust_env=False) as bare,
    ):
        doors = {"ours": (ours, "/v1/events"), "bare": (bare, "/events")}
        for door in doors.values():
            await _send(*door, seconds=1)
        for name in ("ours", "bare", "bare", "ours"):
            taken[name] += await _send(*doors[name], seconds=seconds / 2)
    p50, p99 = ({name: quantiles(times, n=100)[rank - 1] for name, times in taken.items()} for rank in (50, 99))
    return [
        Figure("intake", f"answer p99 at {PER_SECOND} events/s, Temporal down", p99["ours"], "ms", LIMIT),
        Figure("intake", "answer p50", p50["ours"], "ms"),
        Figure("intake", "answer p99, bare FastAPI and SQLite", p99["bare"], "ms"),
        Figure("intake", "answer p50, bare FastAPI and SQLite", p50["bare"], "ms"),
        Figure("intake", "p50, ours to bare", p50["ours"] / p50["bare"], "x"),
        Figure("intake", "p99, ours to bare", p99["ours"] / p99["bare"], "x"),
    ]


async def _send(door: httpx2.AsyncClient, path: str, seconds: float) -> list[float]:
    """
    Milliseconds to each answer.

    Events go out when they are due, whether or not those before were answered, and their time counts from
    then: a door that stands still for a second does not hide the fifty that would have come.
    """

    async def one(due: float) -> float:
        await asyncio.sleep(due - time.perf_counter())
        answer = await door.post(path, json=_event(), headers=_STRUCTURED)
        assert answer.status_code == 202, answer.text
        return (time.perf_counter() - due) * 1000

    start = time.perf_counter() + 0.1
    sendings = (one(start + number / PER_SECOND) for number in range(int(seconds * PER_SECOND)))
    return list(await asyncio.gather(*sendings))


def _event() -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": uuid4().hex,
        "source": "erp/north",
        "type": "lockstep.fact.lot.v1",
        "data": {"site": SITE, "item": "VALVE", "lot": "V1", "quantity": "99"},
    }
