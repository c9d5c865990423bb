"""What an order change costs in processor time, beside a bare Temporal workflow."""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from uuid import uuid4

import httpx2

from benchmarks.bare_temporal import TASK_QUEUE, BareApproval
from benchmarks.figures import Figure
from benchmarks.plant import QUANTITY, order
from benchmarks.processor import quiet, used
from benchmarks.system import (
    Engine,
    Installation,
    environment,
    installation,
    start_api,
    start_engine,
    start_worker,
    until,
)
from runtime.children import Children
from tests.support.small_plant import SITE

_AT_ONCE = 8
_WARM_UP = 10


async def measure(home: Path, children: Children, turns: str, cases: int) -> list[Figure]:
    """
    Milliseconds of processor per case, ours (A) and bare (B), in the order of *turns*, *cases* in each.

    Server, worker and API count; whoever calls them does not.
    """
    here = await installation(home, lines=_WARM_UP + turns.count("A") * cases)
    engine = await start_engine(children, home)
    api = await start_api(children, here, engine.address)
    worker = await start_worker(children, here, engine.address)
    command = (sys.executable, "-m", "benchmarks.bare_temporal", engine.address)
    bare_worker = await children.start("bare worker", command, environment(home))
    ours = {"server": engine.program.pid, "worker": worker.pid, "API": api.pid}
    bare = {"server": engine.program.pid, "worker": bare_worker.pid}

    spent: dict[str, dict[str, list[float]]] = {"A": defaultdict(list), "B": defaultdict(list)}
    async with here.caller(here.tokens["anna"]) as caller:
        errands = {"A": (Ours(here, caller).run, ours), "B": (Bare(engine, home / "notified").run, bare)}
        for run, _ in errands.values():
            await run(_WARM_UP)
        for turn in turns:
            run, pids = errands[turn]
            await quiet({*ours.values(), *bare.values()})
            before = {name: used(pid) for name, pid in pids.items()}
            await run(cases)
            # What is done after a case counts as closed is part of it.
            await asyncio.sleep(1)
            for name, pid in pids.items():
                spent[turn][name].append((used(pid) - before[name]) / cases)
            spent[turn]["all"].append(sum(times[-1] for name, times in spent[turn].items() if name != "all"))
    middle = {turn: {name: median(times) for name, times in by_name.items()} for turn, by_name in spent.items()}
    ratio = middle["A"]["all"] / middle["B"]["all"]
    return [
        Figure("cost", "an order change approved by itself, to a bare workflow", ratio, "x"),
        *(Figure("cost", f"ours, {name}", time, "ms") for name, time in middle["A"].items()),
        *(Figure("cost", f"bare, {name}", time, "ms") for name, time in middle["B"].items()),
    ]


class Ours:
    """Order changes through the API."""

    def __init__(self, here: Installation, caller: httpx2.AsyncClient) -> None:
        self._here = here
        self._caller = caller
        self._asked = 0

    async def run(self, cases: int) -> None:
        """So many order changes, each of a line of its own, until all are over."""
        first, self._asked = self._asked, self._asked + cases
        await _at_most_at_once([partial(self._ask, number) for number in range(first, self._asked)])
        await self._here.closed(self._asked)

    async def _ask(self, number: int) -> None:
        answer = await self._caller.post(
            "/v1/processes/order_change/cases",
            json={
                "site": SITE, "order": order(number), "line": "10", "reason": "CUSTOMER_REQUEST",
                "quantity": str(QUANTITY + 1),
            },
            headers={"Idempotency-Key": uuid4().hex},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text


class Bare:
    """Workflows of the textbook, told to go on as soon as they run."""

    def __init__(self, engine: Engine, notified: Path) -> None:
        self._engine = engine
        self._notified = notified
        self._notified.touch()

    async def run(self, cases: int) -> None:
        """So many workflows, until all have sent their message."""
        before = self._notified.stat().st_size
        await _at_most_at_once([self._start] * cases)
        await until(lambda: self._notified.stat().st_size >= before + cases, f"{cases} bare workflows to end")

    async def _start(self) -> None:
        handle = await self._engine.client.start_workflow(
            BareApproval.run, str(self._notified), id=f"bare-{uuid4().hex}", task_queue=TASK_QUEUE
        )
        await handle.signal(BareApproval.decide)


async def _at_most_at_once(errands: Sequence[Callable[[], Awaitable[None]]]) -> None:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def through(errand: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await errand()

    await asyncio.gather(*map(through, errands))
