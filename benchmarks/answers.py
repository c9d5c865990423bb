"""
How fast an answer is acknowledged over HTTP, with Temporal and without: ``python -m benchmarks.answers``.

With ``--outage 600`` Temporal is away for so many seconds while people go on answering. Ends with 1 if a limit was
missed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import httpx2
import typer

from benchmarks import outage as engine_outage
from benchmarks.databases import Kind, two_of_each
from benchmarks.figures import Figure
from benchmarks.inbox import answered, ask, read
from benchmarks.pace import at_pace, percentile
from benchmarks.processor import quiet
from benchmarks.system import (
    Measure,
    caller,
    installation,
    report,
    start_api,
    start_bare_door,
    start_engine,
    start_worker,
)
from runtime.children import Children

PER_SECOND = 20
LIMIT = 100.0
"""Milliseconds."""
_WARM_UP = 10


def main(
    on: Annotated[list[Kind] | None, typer.Option(help="The database; both, one after the other, if none.")] = None,
    seconds: Annotated[int, typer.Option(min=2, help="How long each of the turns lasts.")] = 10,
    outage: Annotated[int, typer.Option(help="Instead: have Temporal away for so many seconds.")] = 0,
    per_second: Annotated[float, typer.Option(help="Answers a second in an outage.")] = 1,
) -> None:
    """Answer questions at a steady pace and see how long each answer takes."""
    with two_of_each(on or Kind) as databases:
        report(*(_measure(kind, urls, seconds, outage, per_second) for kind, urls in databases.items()))


def _measure(kind: Kind, urls: tuple[str, str], seconds: int, outage: int, per_second: float) -> Measure:
    if outage:
        return partial(engine_outage.measure, kind=kind, url=urls[0], seconds=outage, per_second=per_second)
    return partial(measure, kind=kind, urls=urls, seconds=seconds)


async def measure(home: Path, children: Children, *, kind: Kind, urls: tuple[str, str], seconds: int) -> list[Figure]:
    """
    Answer times at a steady pace, ours and the bare door's in turns, on two databases of one *kind*.

    First with Temporal, whose worker carries out what was answered on the same processors meanwhile; then without.
    """
    turn = seconds * PER_SECOND
    here = await installation(home, lines=_WARM_UP + 3 * turn, database_url=urls[0])
    engine = await start_engine(children, home)
    api = await start_api(children, here, engine.address)
    worker = await start_worker(children, here, engine.address)
    programs = {api.pid, worker.pid}
    bare_url = await start_bare_door(children, here, urls[1] or f"sqlite+aiosqlite:///{home / 'bare.db'}")

    questions = await ask(here, _WARM_UP + 3 * turn)
    taken: dict[str, list[float]] = defaultdict(list)
    async with (
        here.caller(here.tokens["boris"]) as boris,
        caller(bare_url) as bare,
    ):

        async def ours(count: int) -> list[float]:
            these, questions[:count] = questions[:count], []
            errands = [partial(answered, boris, question, await read(boris, question)) for question in these]
            return await at_pace(errands, PER_SECOND)

        async def least(count: int) -> list[float]:
            return await at_pace([partial(_keep, bare)] * count, PER_SECOND)

        await ours(_WARM_UP)
        await least(_WARM_UP)
        await quiet(programs)
        taken["up"] += await ours(turn)
        await children.kill(engine.program)
        # What had been carried out when Temporal went is written down before the worker comes to rest.
        await quiet(programs)
        taken["down"] += await ours(turn)
        taken["bare"] += await least(turn)
        taken["bare"] += await least(turn)
        taken["down"] += await ours(turn)
    return [
        *_figures(kind, f"at {PER_SECOND}/s, the worker busy with them", taken["up"], None),
        *_figures(kind, f"at {PER_SECOND}/s, Temporal down", taken["down"], LIMIT),
        *_figures(kind, "bare FastAPI and database", taken["bare"], None),
        *(
            Figure(f"answers, {kind}", f"p{rank}, ours to bare, Temporal down", ratio, "x")
            for rank in (50, 99)
            for ratio in [percentile(taken["down"], rank) / percentile(taken["bare"], rank)]
        ),
    ]


def _figures(kind: Kind, what: str, times: list[float], limit: float | None) -> Iterator[Figure]:
    yield Figure(f"answers, {kind}", f"p99 {what}", percentile(times, 99), "ms", limit)
    yield Figure(f"answers, {kind}", f"p50 {what}", percentile(times, 50), "ms")
    yield Figure(f"answers, {kind}", f"longest {what}", max(times), "ms")


async def _keep(door: httpx2.AsyncClient) -> None:
    taken = await door.post("/things", json={"id": uuid4().hex, "data": {"choice": "accept_as_asked"}})
    assert taken.status_code == 202, taken.text


if __name__ == "__main__":
    typer.run(main)
