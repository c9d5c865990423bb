"""How fast an event is taken in while Temporal is down, beside the least that an intake can be."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from benchmarks.figures import Figure
from benchmarks.pace import at_pace, percentile
from benchmarks.system import NOBODY, installation, start_api, start_bare_door
from runtime.children import Children
from tests.support.small_plant import SITE

PER_SECOND = 50
LIMIT = 50.0
"""Milliseconds."""
_STRUCTURED = {"Content-Type": "application/cloudevents+json"}


async def measure(home: Path, children: Children, seconds: int) -> list[Figure]:
    """Answer times at a steady pace of events, ours and the bare intake's, in turns."""
    here = await installation(home, lines=0)
    await start_api(children, here, NOBODY)
    bare_url = await start_bare_door(children, here, f"sqlite+aiosqlite:///{home / 'bare.db'}")

    taken: dict[str, list[float]] = defaultdict(list)
    async with (
        here.caller(here.erp_key) as ours,
        httpx2.AsyncClient(base_url=bare_url, trust_env=False) as bare,
    ):
        doors = {"ours": (ours, "/v1/events"), "bare": (bare, "/things")}
        for door in doors.values():
            await _send(*door, seconds=1)
        for name in ("ours", "bare", "bare", "ours"):
            taken[name] += await _send(*doors[name], seconds=seconds / 2)
    p50, p99 = ({name: percentile(times, rank) for name, times in taken.items()} for rank in (50, 99))
    return [
        Figure("intake", f"answer p99 at {PER_SECOND} events/s, Temporal down", p99["ours"], "ms", LIMIT),
        Figure("intake", "answer p50", p50["ours"], "ms"),
        Figure("intake", "answer p99, bare FastAPI and SQLite", p99["bare"], "ms"),
        Figure("intake", "answer p50, bare FastAPI and SQLite", p50["bare"], "ms"),
        Figure("intake", "p50, ours to bare", p50["ours"] / p50["bare"], "x"),
        Figure("intake", "p99, ours to bare", p99["ours"] / p99["bare"], "x"),
    ]


async def _send(door: httpx2.AsyncClient, path: str, seconds: float) -> list[float]:
    async def one() -> None:
        answer = await door.post(path, json=_event(), headers=_STRUCTURED)
        assert answer.status_code == 202, answer.text

    return await at_pace([one] * int(seconds * PER_SECOND), PER_SECOND)


def _event() -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": uuid4().hex,
        "source": "erp/north",
        "type": "lockstep.fact.lot.v1",
        "data": {"site": SITE, "item": "VALVE", "lot": "V1", "quantity": "99"},
    }
