"""Temporal is away for minutes: answers are taken all the while, and each is carried out once when it is back."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx2
from sqlmodel import col, select

from benchmarks.figures import Figure
from benchmarks.inbox import CHOICE, GONE_ON, SECONDS_EACH, START_WITHIN, answered, ask, read
from benchmarks.pace import at_pace, percentile
from benchmarks.system import Installation, installation, start_api, start_engine, start_worker, until
from runtime.children import Children
from storage.database import Database
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.questions import AnswerRow
from tests.support.invariants import check_invariants

_LIMIT = 100.0
# Milliseconds.
_EVERY_SO_OFTEN = 10
# One answer in so many is sent a second time under its key, as a client does that heard nothing.


@dataclass(frozen=True)
class Reckoning:
    """What became of the answers that were acknowledged."""

    lost: int
    """Not in the record, or the case did not go on with them."""
    doubled: int
    """Kept, told of or carried out more than once."""


async def measure(
    home: Path, children: Children, *, kind: str, url: str, seconds: int, per_second: float
) -> list[Figure]:
    """What answers take and come to that are given at a steady pace while Temporal is down for so many seconds."""
    count = int(seconds * per_second)
    here = await installation(home, lines=count, database_url=url)
    engine = await start_engine(children, home)
    await start_api(children, here, engine.address)
    await start_worker(children, here, engine.address)
    print(f"{count} cases are opened, each until it waits for its decision.")
    questions = await ask(here, count)
    async with here.caller(here.tokens["boris"]) as boris:
        seen = [await read(boris, question) for question in questions]

    await children.kill(engine.program)
    print(f"Temporal is down. An answer every {1 / per_second:g} s, for {seconds} s.")
    began = time.monotonic()
    async with here.caller(here.tokens["boris"]) as boris:
        asked = enumerate(zip(questions, seen, strict=True))
        errands = [partial(_answer, boris, question, shown, number) for number, (question, shown) in asked]
        taken = await at_pace(errands, per_second)
    away = time.monotonic() - began
    await children.start("temporal again", engine.command)
    back = time.monotonic()
    gone_on = col(CaseRow.state).in_(GONE_ON)
    await until(lambda: here.cases(gone_on) >= count, f"{count} cases to go on", START_WITHIN + SECONDS_EACH * count)
    caught_up = time.monotonic() - back

    reckoning = await _reckon(here, questions)
    name = f"outage, {kind}"
    return [
        Figure(name, f"answers acknowledged at {per_second:g}/s, Temporal down", len(taken), ""),
        Figure(name, "… for", away, "s"),
        Figure(name, "p99", percentile(taken, 99), "ms", _LIMIT),
        Figure(name, "p50", percentile(taken, 50), "ms"),
        Figure(name, "longest", max(taken), "ms"),
        Figure(name, "answers lost", reckoning.lost, "", 0),
        Figure(name, "answers doubled", reckoning.doubled, "", 0),
        Figure(name, "until every case had gone on, from Temporal's start", caught_up, "s"),
    ]


async def _answer(planner: httpx2.AsyncClient, question: str, seen: str, number: int) -> None:
    key = uuid4().hex
    await answered(planner, question, seen, key)
    if number % _EVERY_SO_OFTEN == 0:
        await answered(planner, question, seen, key)


async def _reckon(here: Installation, questions: list[str]) -> Reckoning:
    database = Database(here.database_url)
    try:
        await check_invariants(database)
        async with database.reading() as session:
            cases = (await session.exec(select(CaseRow))).all()
            answers = (await session.exec(select(AnswerRow))).all()
            lines = (await session.exec(select(TrailRow))).all()
    finally:
        await database.close()
    kept = Counter(answer.question_id for answer in answers)
    told = Counter(line.details["question"] for line in lines if line.action == "answered")
    written = Counter(line.details["key"] for line in lines if line.action == "effect_confirmed")
    moved = Counter((line.case_id, line.to_state) for line in lines if line.action == "entered")
    chosen = {case.id: (case.chosen or {}).get("name") for case in cases if case.state in GONE_ON}
    changed = {line.case_id for line in lines if line.action == "effect_confirmed"}
    lost = 0
    for question in questions:
        case_id = question.rsplit("-", 2)[0]
        lost += not (kept[question] and told[question] and case_id in changed and chosen.get(case_id) == CHOICE)
    return Reckoning(lost, sum(count - 1 for each in (kept, told, written, moved) for count in each.values()))
