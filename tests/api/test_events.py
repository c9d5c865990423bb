"""The intake's door: events are kept before they are answered, each once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import structlog
from sqlmodel import select

from api.cloud_events import BATCH, STRUCTURED
from api.services import Services
from storage.tables.plant import EventRow
from tests.api.conftest import NOON, Tokens
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


SAP_ORDERS: dict[str, Any] = {
    "sources": ("/default/sap.s4.beh/*",),
    "kinds": ("sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1",),
}


@pytest.mark.parametrize(
    ("other", "why"),
    [({"source": "/mes/north"}, "not for events from this source"),
     ({"source": "/default/sap.s4.be"}, "not for events from this source"),
     ({"type": "lockstep.fact.customer.v1"}, "not for events of this type"),
     ({"type": "sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1.more"}, "not for events of this type")],
)  # fmt: skip
async def test_a_key_is_for_its_sources_and_types_of_event_and_no_others(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services, other: dict[str, str], why: str
) -> None:
    sap = await tokens.of_machine("events", **SAP_ORDERS)

    covered = await post(api, sap, changed())
    beyond = await post(api, sap, changed(id="beyond", **other))

    assert covered.status_code == 202
    assert (beyond.status_code, beyond.json()["type"]) == (403, "/problems/not-allowed")
    assert why in beyond.json()["errors"][0]["detail"]
    assert await kept(services) == [changed()["id"]]


async def test_of_a_batch_only_what_is_beyond_the_key_is_refused(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    sap = await tokens.of_machine("events", **SAP_ORDERS)

    with structlog.testing.capture_logs() as lines:
        answer = await post(api, sap, [changed(id="a"), changed(id="b", source="/mes/north"), 5], BATCH)

    outcomes = answer.json()["events"]
    assert [(outcome["status"], outcome["state"]) for outcome in outcomes] == [
        (202, "received"), (403, "refused"), (400, "refused"),
    ]  # fmt: skip
    assert await kept(services) == ["a"]
    assert [line["events"] for line in lines if line["event"] == "events.beyond_the_key"] == [1]


async def test_a_key_ends_and_says_so_a_fortnight_before(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    ended = await tokens.of_machine("events", name="ended", expires_at=NOON)
    ending = await tokens.of_machine("events", name="ending", expires_at=NOON + timedelta(days=13))
    lasting = await tokens.of_machine("events", name="lasting", expires_at=NOON + timedelta(days=15))

    with structlog.testing.capture_logs() as lines:
        statuses = [(await post(api, key, changed())).status_code for key in (ended, ending, ending, lasting)]

    assert statuses == [401, 202, 200, 200]
    assert [line["machine"] for line in lines if line["event"] == "key.expires_soon"] == ["ending"]
