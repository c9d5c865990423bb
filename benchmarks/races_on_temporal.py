"""Races for questions of cases that a Temporal server runs, through the API, past it, and by signals to the server."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from rich.progress import track
from sqlmodel import col, select
from temporalio.client import Client

from benchmarks.finish_line import DECIDED, REFUSED, Fared, check, on_the_line, told_by_the_api
from benchmarks.inbox import CHOICE, GONE_ON, SECONDS_EACH, START_WITHIN, ask
from benchmarks.system import installation, start_api, start_engine, start_worker, until
from domain.decision import Answer, Channel, DecisionRefused
from domain.views import SignalToSend
from runtime.children import Children
from storage.database import Database
from storage.decisions import Decisions
from storage.tables.cases import CaseRow, TrailRow
from tests.storage.plant import PLANNERS, person, seen_now
from tests.support.invariants import check_invariants

_HEARD_WITHIN = 30.0
# In seconds, from a signal to its line on the trail.


@dataclass(frozen=True)
class Doors:
    """Where answers are taken."""

    people: dict[str, httpx2.AsyncClient]
    """The API, as each planner calls it."""
    database: Database
    temporal: Client


async def run(home: Path, children: Children, *, url: str, races: int, seed: int) -> str:
    """What became of so many races. Raises Lost at the first that was won by nobody or by two."""
    chance = random.Random(seed)  # noqa: S311 - which people enter is no secret
    here = await installation(home, lines=races, database_url=url)
    engine = await start_engine(children, home)
    await start_api(children, here, engine.address)
    await start_worker(children, here, engine.address)
    questions = await ask(here, races)
    fared: Counter[str] = Counter()
    async with AsyncExitStack() as opened:
        people = {name: await opened.enter_async_context(here.caller(here.tokens[name])) for name in PLANNERS}
        doors = Doors(people, Database(here.database_url), engine.client)
        opened.push_async_callback(doors.database.close)
        for question in track(questions, description="races on Temporal", transient=True):
            fared.update(await _race(doors, chance, question))
        gone_on = col(CaseRow.state).in_(GONE_ON)
        await until(
            lambda: here.cases(gone_on) >= races, f"{races} cases to go on", START_WITHIN + SECONDS_EACH * races
        )
        await check_invariants(doors.database)
    what = ", ".join(f"{count} {name}" for name, count in sorted(fared.items()))
    return f"{races} races of cases on Temporal, each with exactly one outcome, of which all were told: {what}."


async def _race(doors: Doors, chance: random.Random, question: str) -> list[str]:
    seen = await seen_now(doors.database, question)
    entrants: list[Coroutine[Any, Any, tuple[str, Fared]]] = []
    for number, by in enumerate(chance.sample(PLANNERS, chance.randint(2, len(PLANNERS)))):
        # One at least, as those are what these races are for.
        way = "signal" if number == 0 else chance.choice(("http", "command line", "signal"))
        match way:
            case "http":
                entrant = _by_http(doors.people[by], question, seen)
            case "command line":
                entrant = _by_answer(doors.database, question, seen, by)
            case _:
                entrant = _by_signal(doors, question, by, await _signed(doors.people[by], question, seen))
        entrants.append(on_the_line(chance, way, entrant))
    chance.shuffle(entrants)
    ended = await asyncio.gather(*entrants)
    await check(doors.database, question, [fared for _, fared in ended])
    return [f"{fared.how} by {way}" for way, fared in ended]


async def _by_http(planner: httpx2.AsyncClient, question: str, seen: str) -> Fared:
    said, key = {"choice": CHOICE, "seen": seen}, {"Idempotency-Key": uuid4().hex}
    return told_by_the_api(await planner.post(f"/v1/questions/{question}/answers", json=said, headers=key))


async def _by_answer(database: Database, question: str, seen: str, by: str) -> Fared:
    said = Answer(choice=CHOICE, seen=seen)
    try:
        await Decisions(database).answer(question, said, person(by), Channel.COMMAND_LINE, datetime.now(UTC))
    except DecisionRefused as refusal:
        return Fared(REFUSED, str(refusal))
    return Fared(DECIDED)


async def _signed(planner: httpx2.AsyncClient, question: str, seen: str) -> SignalToSend:
    answer = await planner.post(f"/v1/questions/{question}/signatures", json={"choice": CHOICE, "seen": seen})
    assert answer.status_code == 200, answer.text
    return SignalToSend.model_validate(answer.json())


async def _by_signal(doors: Doors, question: str, by: str, signal: SignalToSend) -> Fared:
    """How it went, as the trail says: whoever sends a signal is told nothing."""
    await doors.temporal.get_workflow_handle(signal.workflow_id).signal(signal.signal, signal.argument)
    query = select(TrailRow).where(
        TrailRow.case_id == question.rsplit("-", 2)[0],
        TrailRow.channel == Channel.SIGNAL,
        col(TrailRow.action).in_(["answered", "answer_refused"]),
    )
    async with asyncio.timeout(_HEARD_WITHIN):
        while True:
            async with doors.database.reading() as session:
                lines = (await session.exec(query)).all()
            for line in lines:
                if line.by["id"] == by:
                    return Fared(DECIDED) if line.action == "answered" else Fared(REFUSED, line.reason)
            await asyncio.sleep(0.02)
