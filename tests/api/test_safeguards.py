"""What protects callers from web pages and from one another, and shows how the API is doing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
import structlog

from api.app import create_app
from api.rate_limit import Pace, RateLimit
from api.services import Services
from runtime.settings import Settings
from storage.database import Database
from tests.api.conftest import PUBLIC_URL, Tokens
from web.program import Engine, services_on


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://plant.example:8000.evil.example"},
        {"Origin": "https://plant.example:8000"},
        {"Host": "evil.example"},
        {"Host": "evil.example:8000"},
        {"Host": "[::1"},
        {"Host": ""},
    ],
)
async def test_no_other_web_page_can_write(api: httpx2.AsyncClient, tokens: Tokens, headers: dict[str, str]) -> None:
    key = await tokens.of_machine("events")

    answer = await api.post("/v1/events", headers={**key, **headers})

    assert answer.json()["type"] == "/problems/untrusted-address"


async def test_our_own_pages_can_write(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    key = await tokens.of_machine("events")

    answer = await api.post("/v1/events", headers={**key, "Origin": PUBLIC_URL})

    assert answer.json()["type"] == "/problems/media-type"


async def test_systems_can_write_by_every_name_the_settings_have(services: Services, tokens: Tokens) -> None:
    settings = Settings(further_hosts=("api",), public_url=PUBLIC_URL)
    app = create_app(services_on(services.database, Engine(), settings))
    key = await tokens.of_machine("events")

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=PUBLIC_URL) as client:
        answers = [
            await client.post("/v1/events", headers={**key, "Host": host})
            for host in ("API:8000", "localhost:8000", "plant.example", "api.evil.example")
        ]

    told = [answer.json()["type"].removeprefix("/problems/") for answer in answers]
    assert told == ["media-type", "media-type", "media-type", "untrusted-address"]


async def test_every_answer_tells_browsers_to_keep_out(api: httpx2.AsyncClient) -> None:
    for path in ("/healthz", "/v1/nothing"):
        headers = (await api.get(path, headers={"Origin": "https://evil.example"})).headers

        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in headers


async def test_writes_one_line_for_a_request_under_the_id_it_answers_with(api: httpx2.AsyncClient) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        answer = await api.get("/v1/nothing?token=secret", headers={"X-Request-Id": "order-4711"})

    assert answer.headers["X-Request-Id"] == "order-4711"
    (line,) = lines
    assert (line["path"], line["status"], line["request_id"]) == ("/v1/nothing", 404, "order-4711")


async def test_makes_up_an_id_where_the_sender_s_could_not_be_a_word(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/healthz", headers={"X-Request-Id": "a b\tc"})

    assert answer.headers["X-Request-Id"].isalnum()


async def test_a_caller_who_comes_too_often_waits_and_the_others_do_not(services: Services, tokens: Tokens) -> None:
    transport = httpx2.ASGITransport(create_app(replace(services, pace=Pace(per_second=0.1, at_once=2))))
    noisy, quiet = (
        await tokens.of_machine("events", name="noisy"),
        await tokens.of_machine("events", name="quiet"),
    )

    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        statuses = [(await client.post("/v1/events", headers=noisy)).status_code for _ in range(2)]
        too_often = await client.post("/v1/events", headers=noisy)
        other = await client.post("/v1/events", headers=quiet)

    assert statuses == [415, 415]
    assert too_often.json()["type"] == "/problems/rate-limit"
    assert 0 < int(too_often.headers["Retry-After"]) <= 10
    assert other.status_code == 415


async def test_guessing_tokens_is_slowed_down(services: Services) -> None:
    transport = httpx2.ASGITransport(create_app(replace(services, pace=Pace(per_second=0.1, at_once=2))))

    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        statuses = [
            (await client.post("/v1/events", headers={"Authorization": f"Bearer lsk_erp_{guess}"})).status_code
            for guess in range(3)
        ]

    assert statuses == [401, 401, 429]


def test_a_bucket_fills_again_but_never_beyond_its_size() -> None:
    now = 0.0
    limit = RateLimit(Pace(per_second=2, at_once=3), now=lambda: now)

    assert [limit.wait("erp") for _ in range(4)] == [0, 0, 0, 0.5]
    now = 0.5
    assert [limit.wait("erp") for _ in range(2)] == [0, 0.5]
    now = 1000
    assert [limit.wait("erp") for _ in range(4)] == [0, 0, 0, 0.5]


def test_callers_seen_long_ago_are_forgotten() -> None:
    limit = RateLimit(Pace(), now=lambda: 0.0)

    for caller in range(RateLimit.MOST_CALLERS + 10):
        limit.wait(str(caller))

    assert len(limit._buckets) == RateLimit.MOST_CALLERS


async def test_is_ready_without_the_engine_and_says_that_it_is_not_there(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "temporal": "unavailable"})


@pytest.fixture
async def without_database(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The API while its database is down."""
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = create_app(replace(services, database=gone))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=PUBLIC_URL) as client:
        yield client
    await gone.close()


async def test_is_not_ready_without_its_database_but_lives(without_database: httpx2.AsyncClient) -> None:
    ready, alive = await without_database.get("/readyz"), await without_database.get("/healthz")

    assert (ready.status_code, ready.json()["database"]) == (503, "unavailable")
    assert alive.status_code == 200
