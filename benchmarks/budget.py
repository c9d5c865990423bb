"""What an order change costs the engine in history and in actions, counted from real histories."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from uuid import uuid4

import httpx2

from benchmarks.figures import Figure
from benchmarks.history import NOBODY_ASKED, ONE_DECISION, HistoryCost, cost_of
from benchmarks.inbox import read
from benchmarks.system import Engine, Installation, installation, start_api, start_engine, start_worker
from domain.subject import Subject
from runtime.children import Children
from tests.support.small_plant import SITE

_OURS = re.compile(r"action\{.*namespace=\"default\"")


async def measure(home: Path, children: Children) -> list[Figure]:
    """A change that nobody is asked about, and one with a decision and three handoffs."""
    here = await installation(home, lines=0)
    engine = await start_engine(children, home)
    await start_api(children, here, engine.address)
    await start_worker(children, here, engine.address)

    before = await _billed(engine)
    case_id = await _ask(here, "SO-1", 41)
    await here.in_state(case_id, "completed")
    alone = await _cost(engine, "SO-1")
    billed_alone = await _billed(engine) - before

    before = await _billed(engine)
    case_id = await _ask(here, "SO-2", 14)
    await here.in_state(case_id, "awaiting_decision")
    await _answer(here, "boris", "expedite")
    await here.in_state(case_id, "propagating")
    for person in ("carla", "dev", "anna"):
        await _answer(here, person, "acknowledge")
    await here.in_state(case_id, "completed")
    asked = await _cost(engine, "SO-2")
    billed_asked = await _billed(engine) - before
    return [
        *_figures("nobody asked", alone, NOBODY_ASKED, billed_alone),
        *_figures("one decision, three handoffs", asked, ONE_DECISION, billed_asked),
    ]


def _figures(what: str, cost: HistoryCost, limit: HistoryCost, billed: int) -> list[Figure]:
    return [
        Figure("budget", f"{what}: events", cost.events, "", limit.events),
        Figure("budget", f"{what}: history", cost.size / 1024, "KiB", limit.size / 1024),
        Figure("budget", f"{what}: actions by the history", cost.actions, "", limit.actions),
        Figure("budget", f"{what}: actions by the server's metric", billed, ""),
    ]


async def _ask(here: Installation, order: str, quantity: int) -> str:
    async with here.caller(here.tokens["anna"]) as anna:
        answer = await anna.post(
            "/v1/processes/order_change/cases",
            json={
                "site": SITE, "order": order, "line": "10", "reason": "CUSTOMER_REQUEST",
                "quantity": str(quantity),
            },
            headers={"Idempotency-Key": uuid4().hex},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case_id"])


async def _answer(here: Installation, person: str, choice: str) -> None:
    """Answer the one question that *person* finds in the inbox."""
    async with here.caller(here.tokens[person]) as caller:
        (question,) = (await caller.get("/v1/questions")).json()["items"]
        answer = await caller.post(
            f"/v1/questions/{question['id']}/answers",
            json={"choice": choice, "seen": await read(caller, question["id"])},
            headers={"Idempotency-Key": uuid4().hex},
        )
        assert answer.is_success, answer.text


async def _cost(engine: Engine, order: str) -> HistoryCost:
    workflow_id = Subject(site=SITE, key=f"{order}:10").workflow_id("order_change")
    handle = engine.client.get_workflow_handle(workflow_id)
    await handle.result()
    return cost_of(await handle.fetch_history())


async def _billed(engine: Engine) -> int:
    """The actions the server has counted so far in the namespace of cases; it tells every second."""
    await asyncio.sleep(2)
    async with httpx2.AsyncClient(trust_env=False) as client:
        lines = (await client.get(engine.metrics_url)).text.splitlines()
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if _OURS.match(line))
