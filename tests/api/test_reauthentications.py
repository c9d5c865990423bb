"""Proving anew who one is, and signing an answer with that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
import structlog

from api.services import Services
from domain.electronic_signature import FRESH_FOR
from domain.roles import Role
from runtime.passwords import hashed
from storage.accounts import Account
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow
from storage.tickets import TicketKind
from tests.api.answering import answer, seen_by
from tests.api.conftest import NOON, PUBLIC_URL, Tokens
from tests.storage.plant import asked_to_decide, person, question_of, rows
from web.app import create_app

MEANING = "I agree to this change"
PASSWORD = "seven valves by friday"  # noqa: S105 - of nobody
OTHERS = "eleven pumps on monday"
OURS = {"Origin": PUBLIC_URL}


@dataclass
class Clock:
    """The API's clock."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    """Noon, until it is moved."""
    return Clock()


@pytest.fixture
async def services(services: Services, clock: Clock) -> Services:
    """The API's services; Boris and Petra, who plan, have accounts."""
    for name, password in (("boris", PASSWORD), ("petra", OTHERS)):
        await services.accounts.add(Account(person(name), hashed(password, name)), NOON)
    return replace(services, now=clock)


@pytest.fixture
async def case_id(services: Services) -> str:
    """A case that waits for a decision which has to be signed."""
    return await asked_to_decide(services.database, signed=MEANING, at=NOON)


@pytest.fixture
async def boris(tokens: Tokens) -> dict[str, str]:
    """The headers of Boris, who plans."""
    return await tokens.of_person("boris", Role.PLANNER)


async def prove(
    api: httpx2.AsyncClient, case_id: str, headers: dict[str, str], password: str | None = PASSWORD, **more: Any
) -> httpx2.Response:
    """Prove once more who one is."""
    return await answer(api, headers, question_of(case_id), to="reauthentications", password=password, **more)


async def test_the_question_says_beforehand_what_a_signature_will_mean(
    api: httpx2.AsyncClient, case_id: str, boris: dict[str, str]
) -> None:
    listed = (await api.get("/v1/questions", headers=boris)).json()["items"]
    shown = (await api.get(f"/v1/questions/{question_of(case_id)}", headers=boris)).json()

    signed = {"accept_as_asked": MEANING, "accept_later": MEANING}
    assert ([one["signed"] for one in listed], shown["signed"]) == ([signed], signed)
    assert {choice["name"]: choice["signed"] for choice in shown["choices"]} == {**signed, "reject": None}


async def test_his_password_signs_one_answer(api: httpx2.AsyncClient, case_id: str, boris: dict[str, str]) -> None:
    given = await prove(api, case_id, boris)
    answered = await answer(api, boris, question_of(case_id), reauthentication=given.json()["reauthentication"])
    signatures = await api.get(f"/v1/cases/{case_id}/signatures", headers=boris)

    assert given.status_code == 201
    told = given.json()
    assert (told["meaning"], told["name"], told["method"]) == (MEANING, "Boris", "password")
    assert told["good_until"] == "2026-11-23T12:05:00Z"
    assert answered.status_code == 200, answered.text
    (kept,) = signatures.json()["items"]
    assert kept["signature"] == answered.json()["signature"]
    assert (kept["signature"]["name"], kept["signature"]["at"]) == ("Boris", "2026-11-23T12:00:00Z")
    assert (kept["signature"]["meaning"], kept["signature"]["answered"], kept["intact"]) == (MEANING, "As asked", True)


async def test_without_one_he_is_told_what_to_do(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str]
) -> None:
    refused = await answer(api, boris, question_of(case_id))
    seen = await seen_by(api, boris, question_of(case_id))
    one = {"question": question_of(case_id), "choice": "accept_later", "seen": seen}
    of_several = await api.post("/v1/answers", json={"answers": [one]}, headers=boris)

    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/signature-needed")
    assert refused.json()["detail"].startswith(f"As asked must be signed: “{MEANING}”. Prove anew who you are")
    challenge = 'Bearer realm="lockstep", error="insufficient_user_authentication", max_age="300"'
    assert refused.headers["WWW-Authenticate"] == challenge
    (outcome,) = of_several.json()["outcomes"]
    assert outcome["problem"]["type"] == "/problems/signature-needed"
    assert await rows(services.database, AnswerRow) == []
    assert len(await rows(services.database, TrailRow, action="answer_refused")) == 2


@pytest.mark.parametrize("password", ["another password", OTHERS, "", "x" * 900])
async def test_no_other_password_does(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str], password: str
) -> None:
    with structlog.testing.capture_logs() as lines:
        refused = await prove(api, case_id, boris, password)

    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/signature-needed")
    (line,) = await rows(services.database, TrailRow, action="reauthentication_refused")
    assert (line.by["id"], line.details["method"]) == ("boris", "password")
    assert not password or password not in f"{lines} {line.details} {refused.text}"


async def test_guessing_is_slowed_together_with_guessing_at_the_login(
    api: httpx2.AsyncClient, case_id: str, boris: dict[str, str]
) -> None:
    for _ in range(5):
        await api.post("/login", data={"person": "boris", "password": "wrong"}, headers=OURS)
    refused = [(await prove(api, case_id, boris, "wrong")).status_code for _ in range(6)]
    right = await prove(api, case_id, boris)

    assert refused == [401] * 5 + [429]
    assert (right.status_code, right.json()["type"]) == (429, "/problems/rate-limit")
    assert 0 < int(right.headers["Retry-After"]) <= 30


async def test_what_is_too_old_belongs_to_another_or_is_for_something_else_signs_nothing(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services, case_id: str, boris: dict[str, str], clock: Clock
) -> None:
    petra = await tokens.of_person("petra", Role.PLANNER)
    shown = (await prove(api, case_id, boris)).json()["reauthentication"]

    of_another = await answer(api, petra, question_of(case_id), reauthentication=shown)
    for_something_else = await answer(api, boris, question_of(case_id), "accept_later", reauthentication=shown)
    clock.at += FRESH_FOR
    too_old = await answer(api, boris, question_of(case_id), reauthentication=shown)
    clock.at += timedelta(hours=1)
    long_gone = await answer(api, boris, question_of(case_id), reauthentication=shown)

    answers = (of_another, for_something_else, too_old, long_gone)
    assert [one.status_code for one in answers] == [403, 409, 401, 401]
    assert all("rove" in one.json()["detail"] for one in answers)
    assert await rows(services.database, AnswerRow) == []


async def test_on_evidence_he_did_not_see_he_is_given_nothing_to_sign_with(
    api: httpx2.AsyncClient, case_id: str, boris: dict[str, str]
) -> None:
    refused = await prove(api, case_id, boris, seen="0" * 64)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stale-evidence")
    assert len(refused.json()["evidence_digest"]) == 64


async def test_a_token_or_a_login_of_before_proves_nothing(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str]
) -> None:
    ticket = await services.tickets.give(TicketKind.LINK, person("boris").model_dump(mode="json"), NOON)

    by_token = await prove(api, case_id, boris, None)
    await api.post("/login", data={"person": "boris", "password": PASSWORD}, headers=OURS)
    by_login = await prove(api, case_id, OURS, None)
    await api.post("/login/link", data={"ticket": ticket}, headers=OURS)
    by_link = await prove(api, case_id, OURS, None)
    link_itself = await answer(api, OURS, question_of(case_id), reauthentication=ticket)

    assert {one.status_code for one in (by_token, by_login, by_link, link_itself)} == {401}
    assert (await prove(api, case_id, OURS)).status_code == 201


async def test_no_machine_signs(api: httpx2.AsyncClient, tokens: Tokens, case_id: str) -> None:
    refused = await prove(api, case_id, await tokens.of_machine("events", "cases"))

    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed")


@pytest.fixture
async def development(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The API of a development system."""
    transport = httpx2.ASGITransport(create_app(replace(services, tokens_sign=True)))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield client


async def test_a_development_system_takes_a_token_for_it_and_says_so(
    development: httpx2.AsyncClient, case_id: str, boris: dict[str, str]
) -> None:
    await development.post("/login", data={"person": "petra", "password": OTHERS}, headers=OURS)
    by_login = await prove(development, case_id, OURS, None)
    given = await prove(development, case_id, boris, None)
    answered = await answer(development, boris, question_of(case_id), reauthentication=given.json()["reauthentication"])

    assert (by_login.status_code, given.json()["method"]) == (401, "development")
    assert answered.json()["signature"]["method"] == "development"


async def test_a_repeated_answer_is_signed_once(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str]
) -> None:
    shown = (await prove(api, case_id, boris)).json()["reauthentication"]
    question = question_of(case_id)

    first, again = [await answer(api, boris, question, key="once", reauthentication=shown) for _ in range(2)]

    assert (first.status_code, again.json()) == (200, first.json())
    assert len(await rows(services.database, AnswerRow)) == 1
