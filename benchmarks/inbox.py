"""Questions that wait for a planner, and answers to them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from uuid import uuid4

import httpx2
from sqlmodel import col

from benchmarks.plant import QUANTITY, order
from benchmarks.system import Installation, until
from storage.tables.cases import CaseRow
from tests.support.small_plant import SITE

CHOICE = "accept_as_asked"
GONE_ON = ("propagating", "completed")
"""Where a case is that went on with that answer."""
START_WITHIN, SECONDS_EACH = 120.0, 5.0
"""How long programs may take to come to work, and each case then, before we give up. Machines are busy."""

_MORE = 4
# Pieces: more than a planner need not be asked about.
_AT_ONCE = 8


async def ask(here: Installation, count: int) -> list[str]:
    """So many questions, each of a case of its own that waits for a planner to decide."""
    gate = asyncio.Semaphore(_AT_ONCE)
    async with here.caller(here.tokens["anna"]) as anna:

        async def opened(number: int) -> str:
            async with gate:
                return await _open(anna, number)

        cases = await asyncio.gather(*map(opened, range(count)))
    waiting = col(CaseRow.state) == "awaiting_decision"
    await until(
        lambda: here.cases(waiting) >= count, f"{count} cases to be decided", START_WITHIN + SECONDS_EACH * count
    )
    # The case's first step is the assessment, its second the question.
    return [f"{case}-2-1" for case in cases]


async def read(planner: httpx2.AsyncClient, question: str) -> str:
    """The digest of the evidence that the question shows."""
    answer = await planner.get(f"/v1/questions/{question}")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["evidence_digest"])


async def answered(planner: httpx2.AsyncClient, question: str, seen: str, key: str = "") -> None:
    """Return when the answer is acknowledged, which was given on what was *seen*."""
    answer = await planner.post(
        f"/v1/questions/{question}/answers",
        json={"choice": CHOICE, "seen": seen},
        headers={"Idempotency-Key": key or uuid4().hex},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["settled"] == CHOICE, answer.text


async def _open(sales: httpx2.AsyncClient, number: int) -> str:
    wanted = {
        "site": SITE, "order": order(number), "line": "10", "reason": "CUSTOMER_REQUEST",
        "quantity": str(QUANTITY + _MORE),
    }  # fmt: skip
    answer = await sales.post("/v1/processes/order_change/cases", json=wanted, headers={"Idempotency-Key": uuid4().hex})
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        await asyncio.sleep(float(answer.headers["Retry-After"]))
        return await _open(sales, number)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_id"])
