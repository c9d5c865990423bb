"""The intake's door: events are kept before they are answered, each once."""

from __future__ import annotations

import json
from typing import Any

import httpx2
from sqlmodel import select

from api.cloud_events import BATCH, STRUCTURED
from api.services import Services
from storage.tables.plant import EventRow
from tests.api.conftest import Tokens
from tests.api.told import changed


async def post(api: httpx2.AsyncClient, token: dict[str, str], body: Any, kind: str = STRUCTURED) -> httpx2.Response:
    return await api.post("/v1/events", content=json.dumps(body).encode(), headers={**token, "Content-Type": kind})


async def kept(services: Services) -> list[str]:
    async with services.database.reading() as session:
        return [row.event_id for row in (await session.exec(select(EventRow).order_by("number"))).all()]


async def test_keeps_an_event_once_and_knows_it_again(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    erp = await tokens.of_machine("events")

    first = await post(api, erp, changed())
    again = await post(api, erp, changed(), "application/json")

    assert (first.status_code, first.json()["events"][0]["state"]) == (202, "received")
    assert (again.status_code, again.json()["events"][0]["state"]) == (200, "known")
    assert await kept(services) == [changed()["id"]]


async def test_says_when_an_id_comes_again_with_another_content(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    erp = await tokens.of_machine("events")
    await post(api, erp, changed())

    answer = await post(api, erp, changed(data={"SalesOrder": "4712"}))

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/event-conflict"


async def test_of_a_batch_only_what_is_wrong_is_refused(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    erp = await tokens.of_machine("events")
    await post(api, erp, changed(id="known"))
    misprint = changed(id="misprint") | {" datacontenttype": "application/json"}

    answer = await post(api, erp, [changed(id="a"), misprint, changed(id="known"), 5, changed(id="b")], BATCH)

    assert answer.status_code == 202
    outcomes = answer.json()["events"]
    assert [(outcome["index"], outcome["status"], outcome["state"]) for outcome in outcomes] == [
        (0, 202, "received"),
        (1, 400, "refused"),
        (2, 200, "known"),
        (3, 400, "refused"),
        (4, 202, "received"),
    ]
    assert outcomes[1]["errors"][0]["pointer"] == "/ datacontenttype"
    assert await kept(services) == ["known", "a", "b"]


async def test_an_ambiguous_event_in_a_batch_is_refused_alone(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    erp = await tokens.of_machine("events")
    good = json.dumps(changed(id="good"))
    twice = '{"specversion":"1.0","id":"x","id":"y","source":"/s","type":"t"}'

    answer = await api.post("/v1/events", content=f"[{twice},{good}]", headers={**erp, "Content-Type": BATCH})

    assert [outcome["state"] for outcome in answer.json()["events"]] == ["refused", "received"]
    assert await kept(services) == ["good"]


async def test_a_batch_of_nothing_good_is_refused_as_a_whole(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    erp = await tokens.of_machine("events")

    answer = await post(api, erp, [changed(id=""), changed(type="")], BATCH)

    assert answer.status_code == 400
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == ["/0/id", "/1/type"]


async def test_an_empty_batch_brings_nothing(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    answer = await post(api, await tokens.of_machine("events"), [], BATCH)

    assert (answer.status_code, answer.json()) == (200, {"events": []})
