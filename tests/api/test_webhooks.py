"""Events of systems that sign what they send: whole, in time, and from nobody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import structlog
from pydantic import SecretStr

from api.app import create_app
from api.cloud_events import BATCH, STRUCTURED
from api.rate_limit import Pace
from api.services import Services
from relay.webhooks import signed
from runtime.senders import Sender
from tests.api.conftest import PUBLIC_URL, Tokens
from tests.api.test_events import kept
from tests.api.told import TOLD, changed

OLD, NEW, OTHER = (f"whsec_{letter * 43}=" for letter in "AEI")
MES = Sender(
    name="mes", secrets=(SecretStr(NEW), SecretStr(OLD)), sites=("north",), sources=("/mes/*",), kinds=("mes.*",)
)
WMS = Sender(name="wms", secrets=(SecretStr(OTHER),), sites=("north",), sources=("/wms/north",))


@pytest.fixture
def with_senders(services: Services) -> Services:
    """The services of a plant whose MES and WMS sign."""
    return replace(services, senders=(MES, WMS))


@pytest.fixture
async def api(with_senders: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The API of that plant."""
    transport = httpx2.ASGITransport(create_app(with_senders))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield client


def told(**members: Any) -> dict[str, Any]:
    """Something the MES tells."""
    return changed(id="1", source="/mes/north", type="mes.job.started.v1") | members


async def send(
    api: httpx2.AsyncClient,
    body: Any,
    secret: str = NEW,
    *,
    to: str = "mes",
    age: timedelta = timedelta(0),
    kind: str = STRUCTURED,
    **headers: Any,
) -> httpx2.Response:
    """Send *body*, signed *age* ago."""
    content = json.dumps(body).encode()
    proof = signed(secret, "msg_1", datetime.now(UTC) - age, content)
    return await api.post(f"/v1/webhooks/{to}", content=content, headers={"Content-Type": kind, **proof, **headers})


@pytest.mark.parametrize("secret", [NEW, OLD])
async def test_what_is_signed_is_kept_with_the_new_secret_and_the_old_one(
    api: httpx2.AsyncClient, services: Services, secret: str
) -> None:
    answer = await send(api, told(), secret)

    assert (answer.status_code, answer.json()["events"][0]["state"]) == (202, "received")
    assert await kept(services) == ["1"]


async def test_a_batch_is_answered_event_by_event(api: httpx2.AsyncClient, services: Services) -> None:
    answer = await send(api, [told(), told(id="2", source="/wms/north"), told(id="3", type="lockstep.x")], kind=BATCH)

    assert [outcome["status"] for outcome in answer.json()["events"]] == [202, 403, 403]
    assert await kept(services) == ["1"]


async def test_what_comes_again_is_known(api: httpx2.AsyncClient, services: Services) -> None:
    await send(api, told())

    again = await send(api, told())

    assert (again.status_code, again.json()["events"][0]["state"]) == (200, "known")
    assert await kept(services) == ["1"]


FORGED: dict[str, dict[str, Any]] = {
    "another's secret": {"secret": OTHER},
    "an unknown sender": {"to": "erp"},
    "another sender's address": {"to": "wms"},
    "too old": {"age": timedelta(minutes=5, seconds=5)},
    "from the future": {"age": -timedelta(minutes=5, seconds=5)},
    "another id than the one signed": {"webhook-id": "msg_2"},
    "another time than the one signed": {"webhook-timestamp": str(int(datetime.now(UTC).timestamp()) - 60)},
    "no time": {"webhook-timestamp": "now"},
    "no number": {"webhook-timestamp": "nan"},
    "no signature": {"webhook-signature": ""},
    "no version": {"webhook-signature": "abcd"},
    "another version": {"webhook-signature": "v1a,abcd"},
    "no base64": {"webhook-signature": "v1,a"},
    "no ASCII": {"webhook-signature": "v1,é".encode("latin-1")},
}


@pytest.mark.parametrize("forgery", FORGED)
async def test_nothing_else_is_taken(api: httpx2.AsyncClient, services: Services, forgery: str) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await send(api, told(), **FORGED[forgery])

    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated")
    assert await kept(services) == []
    assert [line["why"] for line in lines if line["event"] == "webhook.refused"] != []


async def test_nor_is_a_body_that_was_changed(api: httpx2.AsyncClient, services: Services) -> None:
    proof = signed(NEW, "msg_1", datetime.now(UTC), json.dumps(told()).encode())

    for body in (json.dumps(told(id="9")).encode(), b"\xff\xfe"):
        answer = await api.post("/v1/webhooks/mes", content=body, headers={"Content-Type": STRUCTURED, **proof})
        assert answer.status_code == 401
    assert await kept(services) == []


async def test_attributes_in_headers_are_not_believed_as_nobody_signed_them(
    api: httpx2.AsyncClient, services: Services
) -> None:
    answer = await send(api, {"SalesOrder": "4711"}, kind="application/json", **dict[str, Any](TOLD))

    assert answer.status_code == 400
    assert await kept(services) == []


async def test_what_a_sender_signs_is_taken_from_no_key_even_one_of_its_name(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    for name in ("erp", "mes"):
        answer = await api.post(
            "/v1/events", json=told(), headers=await tokens.of_machine("events", name=name)
        )  # fmt: skip

        assert answer.status_code == 403
        assert "signs" in answer.json()["errors"][0]["detail"]
    assert await kept(services) == []


async def test_guessing_is_slowed_down(with_senders: Services) -> None:
    transport = httpx2.ASGITransport(create_app(replace(with_senders, pace=Pace(per_second=0.1, at_once=2))))

    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        statuses = [(await send(client, told(), OTHER)).status_code for _ in range(3)]

    assert statuses == [401, 401, 429]
