"""Logging in with a browser by password and by link, what a session is good for, and how it ends."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

import httpx2
import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.services import Services
from domain.master_data import Person
from runtime.passwords import hashed
from storage.accounts import Account
from storage.tables.access import SessionRow
from storage.tables.questions import AnswerRow
from storage.tickets import TicketKind
from tests.api.answering import answer
from tests.api.conftest import NOON, PUBLIC_URL, Tokens
from tests.storage.plant import asked_to_decide, person, question_of, rows, tell
from web.app import create_app

PASSWORD = "seven valves by friday"  # noqa: S105 - of nobody
OURS = {"Origin": PUBLIC_URL}


class Clock:
    """The API's clock."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    """Noon, until it is moved."""
    return Clock()


@pytest.fixture
async def services(services: Services, clock: Clock) -> Services:
    """The API's services; Boris, who plans, has an account."""
    await services.accounts.add(Account(person("boris"), hashed(PASSWORD, "boris")), NOON)
    return replace(services, now=clock)


@pytest.fixture
async def browser(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser, as far as cookies and forms go."""
    transport = httpx2.ASGITransport(create_app(services))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield client


async def log_in(
    browser: httpx2.AsyncClient, who: str = "boris", password: str = PASSWORD, onward: str = "/v1/cases"
) -> httpx2.Response:
    """Fill in the form and send it."""
    return await browser.post("/login", data={"person": who, "password": password, "onward": onward}, headers=OURS)


async def test_whoever_logs_in_is_known_from_then_on_and_goes_where_he_wanted(browser: httpx2.AsyncClient) -> None:
    page = await browser.get("/login", params={"onward": "/v1/cases"})
    came = await log_in(browser)
    me = await browser.get("/v1/me")

    assert 'value="/v1/cases"' in page.text
    assert (came.status_code, came.headers["Location"]) == (303, "/v1/cases")
    assert me.json()["principal"] == {"kind": "person", "id": "boris", "name": "Boris"}
    assert me.json()["roles"] == {"north": ["planner"]}


async def test_his_cookie_is_for_this_browser_and_no_script(browser: httpx2.AsyncClient) -> None:
    (cookie,) = (await log_in(browser)).headers.get_list("set-cookie")

    name, _, rest = cookie.partition("=")
    assert name == "lockstep"
    assert [part.strip() for part in rest.split(";")[1:]] == ["HttpOnly", "Path=/", "SameSite=lax"]


async def test_by_tls_the_cookie_is_never_sent_without_and_set_by_no_other_host(services: Services) -> None:
    address = "https://plant.example"
    transport = httpx2.ASGITransport(create_app(replace(services, public_url=address)))
    async with httpx2.AsyncClient(transport=transport, base_url=address) as client:
        form = {"person": "boris", "password": PASSWORD}
        came = await client.post("/login", data=form, headers={"Origin": address})
        me = await client.get("/v1/me")

    assert came.headers["set-cookie"].startswith("__Host-lockstep=")
    assert "Secure" in came.headers["set-cookie"]
    assert me.status_code == 200


async def test_he_answers_with_his_session_from_a_page_of_ours(browser: httpx2.AsyncClient, services: Services) -> None:
    question = question_of(await asked_to_decide(services.database))
    await log_in(browser)

    answered = await answer(browser, OURS, question, key="once")

    assert answered.status_code == 200, answered.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {**OURS, "Sec-Fetch-Site": "cross-site"}],
)  # fmt: skip
async def test_no_other_page_makes_his_browser_answer(
    browser: httpx2.AsyncClient, services: Services, headers: dict[str, str]
) -> None:
    question = question_of(await asked_to_decide(services.database))
    await log_in(browser)

    for path in (f"/v1/questions/{question}/answers", "/logout", "/login", "/login/link", "/login/provider"):
        refused = await browser.post(path, headers={"Idempotency-Key": "once", **headers}, json={})
        assert refused.json()["type"] == "/problems/untrusted-address", path

    assert (await browser.get("/v1/me")).status_code == 200
    assert await rows(services.database, AnswerRow) == []


async def test_a_login_begins_a_session_nobody_has_seen_before(browser: httpx2.AsyncClient, services: Services) -> None:
    browser.cookies.set("lockstep", "planted-by-somebody-else", domain="plant.example")
    await log_in(browser)
    first = browser.cookies["lockstep"]
    await log_in(browser)

    assert first != "planted-by-somebody-else"
    assert browser.cookies["lockstep"] != first
    assert len(await rows(services.database, SessionRow)) == 1


async def test_after_logging_out_the_cookie_opens_nothing_even_elsewhere(browser: httpx2.AsyncClient) -> None:
    await log_in(browser)
    taken = browser.cookies["lockstep"]

    left = await browser.post("/logout", headers=OURS)
    browser.cookies.set("lockstep", taken, domain="plant.example")

    assert (left.status_code, left.headers["Location"]) == (303, "/login")
    assert (await browser.get("/v1/me")).status_code == 401


async def test_a_session_ends_by_itself(browser: httpx2.AsyncClient, clock: Clock) -> None:
    await log_in(browser)

    clock.at += timedelta(minutes=29)
    assert (await browser.get("/v1/me")).status_code == 200
    clock.at += timedelta(minutes=30)
    assert (await browser.get("/v1/me")).status_code == 401


async def test_who_loses_his_roles_loses_them_at_the_next_click(
    browser: httpx2.AsyncClient, services: Services
) -> None:
    await log_in(browser)

    gone = Person(site="north", person="boris", name="Boris", roles=(), active=False)
    await tell(services.database, gone, at=NOON)

    assert (await browser.get("/v1/me")).status_code == 401


async def test_a_token_counts_before_a_session(browser: httpx2.AsyncClient, tokens: Tokens) -> None:
    await log_in(browser)

    told = await browser.get("/v1/me", headers=await tokens.of_machine("events"))

    assert told.json()["principal"]["kind"] == "machine"


@pytest.mark.parametrize(
    ("who", "password"),
    [("boris", "another password"), ("boris", ""), ("nobody", PASSWORD), ("", ""), ("bo\0ris", PASSWORD),
     ("anna", PASSWORD), ("boris", "x" * 10_000)],
)  # fmt: skip
async def test_whatever_was_wrong_is_answered_alike(browser: httpx2.AsyncClient, who: str, password: str) -> None:
    expected = (await log_in(browser, "boris", "wrong")).text

    refused = await log_in(browser, who, password)

    assert (refused.status_code, refused.text) == (401, expected)
    assert "set-cookie" not in refused.headers


async def test_who_is_disabled_or_has_no_role_is_answered_like_a_wrong_password(
    browser: httpx2.AsyncClient, services: Services
) -> None:
    expected = (await log_in(browser, "boris", "wrong")).text
    await services.accounts.add(Account(person("zoe"), hashed(PASSWORD, "zoe")), NOON)
    await services.accounts.disable("boris", NOON)

    for who in ("boris", "zoe"):
        refused = await log_in(browser, who)
        assert (refused.status_code, refused.text) == (401, expected)


async def test_an_unknown_name_takes_as_long_as_a_wrong_password(browser: httpx2.AsyncClient) -> None:
    await log_in(browser, "nobody")
    took: dict[str, list[float]] = {"boris": [], "nobody": []}
    for _ in range(4):
        for who, times in took.items():
            began = time.perf_counter()
            await log_in(browser, who, "wrong")
            times.append(time.perf_counter() - began)

    assert 0.4 < median(took["nobody"]) / median(took["boris"]) < 2.5


async def test_guessing_is_slowed_for_known_and_unknown_names_alike(
    browser: httpx2.AsyncClient, services: Services
) -> None:
    told = {}
    for who in ("boris", "nobody"):
        with structlog.testing.capture_logs() as lines:
            answers = await asyncio.gather(*(log_in(browser, who, "wrong") for _ in range(14)))
        told[who] = sorted(answer.status_code for answer in answers)
        assert sum(line["event"] == "login.slowed" for line in lines) == 4
    right = await log_in(browser)

    assert told["boris"] == told["nobody"] == [401] * 10 + [429] * 4
    assert right.status_code == 429
    assert 0 < int(right.headers["Retry-After"]) <= 30
    assert await rows(services.database, SessionRow) == []


async def test_who_knows_his_password_is_never_slowed(browser: httpx2.AsyncClient) -> None:
    for _ in range(12):
        assert (await log_in(browser)).status_code == 303


@pytest.mark.parametrize(
    "onward", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\nSet-Cookie: b", ""]
)
async def test_a_login_leads_to_no_other_page(browser: httpx2.AsyncClient, onward: str) -> None:
    assert (await log_in(browser, onward=onward)).headers["Location"] == "/"


async def test_what_is_written_into_the_address_is_text_on_the_page(browser: httpx2.AsyncClient) -> None:
    said = '/"><script>alert(1)</script>'

    for page in (
        await browser.get("/login", params={"onward": said}),
        await browser.get("/login/link", params={"ticket": said}),
    ):
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        # Were it no-referrer, browsers would send "Origin: null" with our own forms.
        assert page.headers["Referrer-Policy"] == "same-origin"


async def test_a_link_lets_in_once_and_looking_at_it_changes_nothing(
    browser: httpx2.AsyncClient, services: Services
) -> None:
    ticket = await services.tickets.give(TicketKind.LINK, person("boris").model_dump(mode="json"), NOON)

    for _ in range(3):
        page = await browser.get("/login/link", params={"ticket": ticket})
    (held,) = re.findall(r'name="ticket" value="([^"]+)"', page.text)
    came = await browser.post("/login/link", data={"ticket": held}, headers=OURS)
    me = await browser.get("/v1/me")
    again = await browser.post("/login/link", data={"ticket": held}, headers=OURS)

    assert (came.status_code, me.json()["principal"]["id"]) == (303, "boris")
    assert again.status_code == 401


async def test_what_opens_something_stands_in_no_trace_and_in_no_log(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    ticket = await services.tickets.give(TicketKind.LINK, person("boris").model_dump(mode="json"), NOON)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(services)), base_url=PUBLIC_URL) as browser:
        with structlog.testing.capture_logs() as lines:
            await browser.get("/login/link", params={"ticket": ticket})
            await browser.post("/login/link", data={"ticket": ticket}, headers=OURS)
            await log_in(browser)
            await browser.get("/v1/me")
    provider.shutdown()

    spans = [span.to_json() for span in exporter.get_finished_spans()]
    assert len(spans) == 1
    assert len(lines) >= 4
    for secret in (ticket, PASSWORD, browser.cookies["lockstep"]):
        assert secret not in str(spans)
        assert secret not in str(lines)


async def test_an_old_link_and_one_that_never_was_are_answered_alike(
    browser: httpx2.AsyncClient, services: Services, clock: Clock
) -> None:
    ticket = await services.tickets.give(TicketKind.LINK, person("boris").model_dump(mode="json"), NOON)
    clock.at += timedelta(minutes=10)

    old = await browser.post("/login/link", data={"ticket": ticket}, headers=OURS)
    none = await browser.post("/login/link", data={"ticket": "none"}, headers=OURS)

    assert (old.status_code, old.text) == (none.status_code, none.text)
    assert old.status_code == 401


@pytest.mark.parametrize(
    ("kind", "body", "problem"),
    [("application/json", b"{}", "media-type"),
     ("application/x-www-form-urlencoded", b"person=%ff&password=a", "malformed"),
     ("application/x-www-form-urlencoded", b"a=1&" * 11, "malformed")],
)  # fmt: skip
async def test_what_no_form_of_ours_sends_is_refused(
    browser: httpx2.AsyncClient, kind: str, body: bytes, problem: str
) -> None:
    refused = await browser.post("/login", content=body, headers={**OURS, "Content-Type": kind})

    assert refused.json()["type"] == f"/problems/{problem}"


async def test_without_an_identity_provider_nothing_leads_there(browser: httpx2.AsyncClient) -> None:
    assert "/login/provider" not in (await browser.get("/login")).text
    assert (await browser.post("/login/provider", data={"onward": "/"}, headers=OURS)).status_code == 404
    assert (await browser.get("/login/back", params={"state": "a", "code": "b"})).status_code == 404
