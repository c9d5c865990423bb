"""What callers are told when something goes wrong, and what protects them and us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError, OperationalError

from api.app import create_app
from api.problem_kinds import Kind
from api.rate_limit import Pace, RateLimit
from api.refusals import tell_of_refusals
from api.request_log import RequestLog
from api.services import Services
from domain.decision import (
    DecisionRefused,
    NotAllowed,
    QuestionClosed,
    ReasonMissing,
    StaleEvidence,
    UnknownChoice,
)
from domain.ports import NotInSystem, SystemUnavailable
from domain.roles import Role
from storage.cases import CommandNotAllowed
from storage.database import Database
from storage.requests import KeyReused
from tests.api.conftest import PUBLIC_URL, Tokens


async def test_every_kind_of_problem_explains_itself_where_its_type_leads(api: httpx2.AsyncClient) -> None:
    for sort in (kind.value for kind in Kind):
        answer = await api.get(sort.type)

        assert answer.status_code == 200
        assert answer.json()["title"] == sort.title


async def test_nothing_is_known_of_other_problems(api: httpx2.AsyncClient) -> None:
    answer = await api.get("/problems/bad-luck")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/v1/nothing", 404, "not-found"),
        ("DELETE", "/v1/events", 405, "method-not-allowed"),
        ("POST", "/v1/events", 401, "unauthenticated"),
    ],
)
async def test_whatever_is_refused_is_told_as_a_problem(
    api: httpx2.AsyncClient, method: str, path: str, status: int, name: str
) -> None:
    answer = await api.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["type"], answer.json()["status"]) == (f"/problems/{name}", status)


REFUSALS: list[tuple[Exception, int, str, dict[str, Any]]] = [
    (QuestionClosed("Ann answered first."), 409, "question-closed", {"detail": "Ann answered first."}),
    (StaleEvidence("It changed."), 409, "stale-evidence", {}),
    (DecisionRefused("No."), 409, "decision-refused", {}),
    (NotAllowed("Only planner can answer this."), 403, "not-allowed", {}),
    (UnknownChoice("Yes or no."), 422, "validation",
     {"errors": [{"pointer": "/choice", "detail": "Yes or no."}]}),
    (ReasonMissing("Why?"), 422, "validation", {"errors": [{"pointer": "/reason", "detail": "Why?"}]}),
    (CommandNotAllowed("withdraw", "committing", ()), 409, "command-not-allowed",
     {"state": "committing", "allowed_commands": []}),
    (NotInSystem("There is no order line SO-1:10 at north."), 404, "not-found", {}),
    (KeyReused("Used before."), 422, "key-reused", {}),
    (IntegrityError("INSERT", {}, Exception()), 409, "request-in-flight", {}),
    (OperationalError("SELECT secret", {}, Exception("password")), 503, "unavailable", {}),
    (SystemUnavailable("The ERP did not answer."), 503, "unavailable", {"detail": "The ERP did not answer."}),
    (ZeroDivisionError("secret"), 500, "internal", {}),
]  # fmt: skip


@pytest.mark.parametrize(("error", "status", "name", "told"), REFUSALS, ids=lambda value: str(value)[:30])
async def test_tells_what_the_house_refuses(
    error: Exception, status: int, name: str, told: dict[str, Any]
) -> None:
    app = FastAPI()
    app.add_middleware(RequestLog)
    tell_of_refusals(app)

    @app.get("/")
    async def refuse() -> None:
        raise error

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=PUBLIC_URL) as client:
        answer = await client.get("/")

    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert body["type"] == f"/problems/{name}"
    assert told.items() <= body.items()
    assert "secret" not in answer.text
    assert "X-Request-Id" in answer.headers


async def test_waiting_pays_where_retry_after_says_so() -> None:
    app = FastAPI()
    tell_of_refusals(app)

    @app.get("/")
    async def refuse() -> None:
        raise SystemUnavailable("The ERP did not answer.")

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=PUBLIC_URL) as client:
        assert int((await client.get("/")).headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer lsk_erp_wrong", "Basic ZXJwOng=", "Bearer lsk_nobody_" + "x" * 40,
     "Bearer " + "x" * 5000, "Bearer lsk_\x7f_x"],
)  # fmt: skip
async def test_a_token_that_is_none_opens_nothing(
    api: httpx2.AsyncClient, tokens: Tokens, shown: str
) -> None:
    await tokens.of_machine("events")

    answer = await api.post("/v1/events", headers={"Authorization": shown} if shown else {})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_revoked_key_opens_nothing(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    key = await tokens.of_machine("events")
    await services.identity.revoke("erp")

    assert (await api.post("/v1/events", headers=key)).status_code == 401


async def test_people_and_keys_without_the_scope_report_no_events(
    api: httpx2.AsyncClient, tokens: Tokens
) -> None:
    person = await tokens.of_person("paula", Role.PLANNER)
    key = await tokens.of_machine("cases")

    answers = [await api.post("/v1/events", headers=headers) for headers in (person, key)]

    assert [answer.json()["type"] for answer in answers] == ["/problems/not-allowed"] * 2


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
async def test_no_other_web_page_can_write(
    api: httpx2.AsyncClient, tokens: Tokens, headers: dict[str, str]
) -> None:
    key = await tokens.of_machine("events")

    answer = await api.post("/v1/events", headers={**key, **headers})

    assert answer.json()["type"] == "/problems/untrusted-address"


async def test_our_own_pages_can_write(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    key = await tokens.of_machine("events")

    answer = await api.post("/v1/events", headers={**key, "Origin": PUBLIC_URL})

    assert answer.json()["type"] == "/problems/media-type"


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


async def test_a_caller_who_comes_too_often_waits_and_the_others_do_not(
    services: Services, tokens: Tokens
) -> None:
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
            (
                await client.post("/v1/events", headers={"Authorization": f"Bearer lsk_erp_{guess}"})
            ).status_code
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


async def test_the_description_shows_every_problem_as_problem_json(api: httpx2.AsyncClient) -> None:
    description = (await api.get("/openapi.json")).json()

    problems = [
        (answer["content"], operation["operationId"])
        for path in description["paths"].values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
        if status >= "400" and "health" not in operation["tags"]
    ]
    assert problems
    for content, operation in problems:
        assert set(content) == {"application/problem+json"}, operation
    assert "ProblemDetails" in description["components"]["schemas"]
