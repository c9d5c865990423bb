"""Whatever is refused to a browser is a page with the words the API has for it, and a way back."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from typing import Any

import httpx2
import pytest

from api.rate_limit import Pace
from api.services import Services
from domain.roles import Role
from storage.sessions import Sessions
from tests.api.conftest import NOON, PUBLIC_URL, Tokens
from tests.storage.plant import asked_to_decide, question_of
from web.app import create_app

PAGE = {"Accept": "text/html,application/xhtml+xml"}
OURS = {"Origin": PUBLIC_URL}


def browser_of(services: Services) -> httpx2.AsyncClient:
    """A browser that asks for pages."""
    transport = httpx2.ASGITransport(create_app(services))
    return httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=PAGE)


def assert_page(answer: httpx2.Response, status: int, words: str) -> None:
    """It is a page as all are: no script, nothing in a frame, words, and somewhere to go on."""
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'; style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert words in unescape(answer.text)
    assert '<a href="/">' in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Origin": "https://evil.example"}, "The Origin is not this installation."),
        ({"Sec-Fetch-Site": "cross-site"}, "Another web page started this."),
        ({"Host": "evil.example"}, "The Host is not one this installation is reached by."),
        ({"Host": "[::1"}, "The Host is not one this installation is reached by."),
        ({}, "The browser does not say that a page of this installation sent it."),
    ],
)
async def test_what_another_page_sends_is_refused_with_a_page(
    services: Services, headers: dict[str, str], words: str
) -> None:
    async with browser_of(services) as browser:
        refused = await browser.post("/login", data={"person": "anna"}, headers=headers)
        program = await browser.post("/v1/events", json={}, headers=headers | {"Authorization": "Bearer x"})

    assert_page(refused, 400, words)
    assert program.headers["Content-Type"] == "application/problem+json"


async def test_what_is_too_much_or_too_often_or_not_to_be_read_is_refused_with_a_page(
    services: Services, tokens: Tokens
) -> None:
    erp = await tokens.of_machine("events") | {"Content-Type": "application/cloudevents+json"}
    async with browser_of(services) as browser:
        large = await browser.post("/login", data={"password": "x" * 300_000}, headers=OURS)
        program = await browser.post("/v1/events", content=b" " * 300_000, headers=erp)
        method = await browser.put("/login", headers=OURS)
        kind = await browser.post("/login", json={}, headers=OURS)
    async with browser_of(replace(services, pace=Pace(per_second=0.1, at_once=1))) as browser:
        often = [await browser.post("/login/link", data={"ticket": "none"}, headers=OURS) for _ in range(2)][-1]

    assert_page(large, 413, "The body is too large")
    assert (program.status_code, program.headers["Content-Type"]) == (413, "application/problem+json")
    assert_page(method, 405, "This cannot be done here")
    assert_page(kind, 415, "Send what a form sends.")
    assert_page(often, 429, "More requests came than this installation takes from one caller.")
    assert int(often.headers["Retry-After"]) > 0


async def test_who_may_not_reads_whose_it_is(services: Services, tokens: Tokens) -> None:
    auditor = await tokens.of_person("olga", Role.AUDITOR)
    question = question_of(await asked_to_decide(services.database, at=NOON))

    async with browser_of(services) as browser:
        refused = await browser.post(f"/questions/{question}/claim", data={"key": "0" * 32}, headers=auditor | OURS)

    assert_page(refused, 403, "Auditors only read")


async def test_what_is_not_there_and_what_is_anothers_look_alike(services: Services, tokens: Tokens) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))
    stranger = await tokens.of_person("stranger", Role.PLANNER, site="south")

    async with browser_of(services) as browser:
        nothing = [
            await browser.get(place, headers=stranger)
            for place in (f"/questions/{question}", "/questions/OC-99-2-1", "/questions/%20", "/nowhere")
        ]

    for page in nothing:
        assert_page(page, 404, "There is no such thing, or not for you.")
    assert len({page.text for page in nothing}) == 1


async def test_what_nobody_foresaw_is_a_page_that_tells_nothing_of_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Sessions, "whose", broken)
    async with browser_of(services) as browser:
        browser.cookies.set("lockstep", "anything")
        failed = await browser.get("/")
        program = await browser.get("/v1/me")

    assert_page(failed, 500, "The request failed in a way nobody foresaw.")
    assert "secret" not in failed.text
    assert program.headers["Content-Type"] == "application/problem+json"
