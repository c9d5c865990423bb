"""What callers are told when something goes wrong."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError, OperationalError

from api.problem_kinds import Kind
from api.refusals import tell_of_refusals
from api.request_log import RequestLog
from api.services import Services
from domain.decision import (
    DecisionRefused,
    NotAllowed,
    QuestionClosed,
    ReasonMissing,
    SeenMissing,
    StaleEvidence,
    UnknownChoice,
)
from domain.ports import NotInSystem, SystemUnavailable
from domain.roles import Role
from storage.cases import CommandNotAllowed
from storage.credentials import Credentials
from storage.requests import KeyReused
from tests.api.conftest import NOON, PUBLIC_URL, Tokens


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
    (SeenMissing("OC-1-2-1"), 428, "seen-missing", {"question": "/v1/questions/OC-1-2-1"}),
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
async def test_tells_what_the_house_refuses(error: Exception, status: int, name: str, told: dict[str, Any]) -> None:
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
async def test_a_token_that_is_none_opens_nothing(api: httpx2.AsyncClient, tokens: Tokens, shown: str) -> None:
    await tokens.of_machine("events")

    answer = await api.post("/v1/events", headers={"Authorization": shown} if shown else {})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_revoked_key_opens_nothing(api: httpx2.AsyncClient, tokens: Tokens, services: Services) -> None:
    key = await tokens.of_machine("events")
    await Credentials(services.database).revoke("erp", NOON)

    assert (await api.post("/v1/events", headers=key)).status_code == 401


async def test_people_and_keys_without_the_scope_report_no_events(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    person = await tokens.of_person("paula", Role.PLANNER)
    key = await tokens.of_machine("cases")

    answers = [await api.post("/v1/events", headers=headers) for headers in (person, key)]

    assert [answer.json()["type"] for answer in answers] == ["/problems/not-allowed"] * 2


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
