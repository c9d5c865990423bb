"""Signing by logging in once more at the plant's identity provider, and every login that is not that."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from pydantic import SecretStr

from api.services import Services
from domain.decision import Channel
from domain.electronic_signature import FRESH_FOR
from domain.readiness.waiver import WaiverDraft
from domain.roles import Role
from runtime.identity_provider import OpenIdProvider
from runtime.openid import OpenIdTokens
from runtime.openid_login import OpenIdLogin
from storage.tables.access import SessionRow
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow
from tests.api.answering import seen_by
from tests.api.conftest import NOON, PUBLIC_URL, Tokens
from tests.storage.plant import asked_to_decide, person, question_of, rows, sign_waivers, tell
from tests.support.identity_provider import AUDIENCE, CLIENT, CLIENT_SECRET, IdentityProvider, identity_provider
from tests.support.small_plant import SITE, small_plant
from web.app import create_app

MEANING = "I agree to this change"
OURS = {"Origin": PUBLIC_URL}


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    """The plant's identity provider, by which Ida plans. She logged in there an hour ago."""
    with identity_provider() as running:
        running.says["groups"] = ["planning"]
        yield running


@pytest.fixture
async def services(services: Services, provider: IdentityProvider) -> Services:
    """The API's services, with the provider set and its group known; the clock is the provider's."""
    await services.groups.grant("planning", Role.PLANNER, "north", NOON)
    tokens = OpenIdTokens(
        OpenIdProvider(
            issuer=provider.issuer, audience=AUDIENCE, client_id=CLIENT, client_secret=SecretStr(CLIENT_SECRET)
        )
    )
    login = OpenIdLogin(tokens, f"{PUBLIC_URL}/login/back")
    return replace(services, openid=tokens, openid_login=login, now=lambda: datetime.now(UTC))


@pytest.fixture
async def question(services: Services) -> str:
    """A decision that has to be signed."""
    return question_of(await asked_to_decide(services.database, signed=MEANING, at=services.now()))


@pytest.fixture
async def browser(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The browser of Ida, who is in."""
    transport = httpx2.ASGITransport(create_app(services))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        left = await client.post("/login/provider", data={"onward": "/"}, headers=OURS)
        await client.get(await at_provider(left.headers["Location"]))
        yield client


async def at_provider(address: str) -> str:
    """Where the provider sends the browser back to."""
    async with httpx2.AsyncClient(trust_env=False) as elsewhere:
        return (await elsewhere.get(address)).headers["Location"]


async def choice(browser: httpx2.AsyncClient, question: str) -> dict[str, str]:
    """What is chosen, on what the question shows; that is nothing where there is none."""
    return {"choice": "accept_as_asked", "seen": await seen_by(browser, OURS, question) or ""}


async def again(browser: httpx2.AsyncClient, question: str, **more: str) -> httpx2.Response:
    """Go to the provider once more to sign, and come back."""
    form = {"question": question, **await choice(browser, question), **more}
    left = await browser.post("/login/again", data=form, headers=OURS)
    assert left.status_code == 303, left.text
    return await browser.get(await at_provider(left.headers["Location"]))


def shown_by(came: httpx2.Response) -> str:
    """What stands behind the # of where the browser goes on."""
    return parse_qs(urlsplit(came.headers["Location"]).fragment)["reauthentication"][0]


async def sign(caller: httpx2.AsyncClient, question: str, shown: str, headers: dict[str, str]) -> httpx2.Response:
    """Answer, and sign."""
    body = {"choice": "accept_as_asked", "seen": await seen_by(caller, headers, question), "reauthentication": shown}
    return await caller.post(f"/v1/questions/{question}/answers", json=body, headers=headers)


async def test_who_logs_in_once_more_signs_with_that(
    browser: httpx2.AsyncClient, services: Services, question: str
) -> None:
    form = {"question": question, **await choice(browser, question)}
    left = await browser.post("/login/again", data=form, headers=OURS)
    asked = parse_qs(urlsplit(left.headers["Location"]).query)

    came = await browser.get(await at_provider(left.headers["Location"]))
    answered = await sign(browser, question, shown_by(came), OURS)

    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert (came.status_code, came.headers["Location"].partition("#")[0]) == (303, f"/v1/questions/{question}")
    assert answered.status_code == 200, answered.text
    signature = answered.json()["signature"]
    assert (signature["name"], signature["method"], signature["meaning"]) == ("Ida Blom", "provider", MEANING)
    assert len(await rows(services.database, SessionRow)) == 1


@pytest.mark.parametrize(
    ("heeds", "says"),
    [(False, {}), (True, {"auth_time": None}), (True, {"auth_time": 0}), (True, {"auth_time": "now"}),
     (True, {"auth_time": True}), (True, {"auth_time": 10**12}), (True, {"sub": "boris"})],
)  # fmt: skip
async def test_a_login_that_was_not_for_this_or_not_hers_signs_nothing(
    browser: httpx2.AsyncClient,
    services: Services,
    provider: IdentityProvider,
    question: str,
    heeds: bool,
    says: dict[str, Any],
) -> None:
    provider.heeds_prompt, provider.says_of_logins = heeds, says

    came = await again(browser, question)

    assert (came.status_code, "Prove anew who you are" in came.text) == (401, True)
    (line,) = await rows(services.database, TrailRow, action="reauthentication_refused")
    assert (line.by["id"], line.details["method"]) == ("ida", "provider")


async def test_a_way_back_from_the_usual_login_signs_nothing(
    browser: httpx2.AsyncClient, services: Services, question: str
) -> None:
    left = await browser.post("/login/provider", data={"onward": f"/v1/questions/{question}"}, headers=OURS)
    came = await browser.get(await at_provider(left.headers["Location"]))

    assert "#" not in came.headers["Location"]
    assert await rows(services.database, TrailRow, action="reauthenticated") == []


async def test_one_who_is_not_in_cannot_begin_it_and_no_other_page_can(
    browser: httpx2.AsyncClient, services: Services, question: str
) -> None:
    form = {"question": question, **await choice(browser, question)}
    elsewhere = await browser.post("/login/again", data=form, headers={"Origin": "https://evil.example"})
    transport = httpx2.ASGITransport(create_app(services))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as stranger:
        not_in = await stranger.post("/login/again", data=form, headers=OURS)

    assert (elsewhere.status_code, not_in.status_code) == (400, 401)


@pytest.mark.parametrize(
    ("more", "status"),
    [({"question": "OC-99-2-1"}, 404), ({"choice": "reject"}, 409), ({"choice": "anything"}, 422),
     ({"seen": "0" * 64}, 409), ({"seen": ""}, 428)],
)  # fmt: skip
async def test_there_is_nothing_to_sign_with_where_nothing_is_signed(
    browser: httpx2.AsyncClient, question: str, more: dict[str, str], status: int
) -> None:
    assert (await again(browser, **{"question": question, **more})).status_code == status


async def test_a_token_of_a_login_a_moment_ago_signs_once(
    browser: httpx2.AsyncClient, services: Services, provider: IdentityProvider, question: str
) -> None:
    other = question_of(await asked_to_decide(services.database, order="SO-2", signed=MEANING, at=services.now()))
    now = int(time.time())
    old, unsaid, fresh, renewed = (
        {"Authorization": f"Bearer {provider.token(auth_time=at, jti=name)}"}
        for name, at in (("old", now - 301), ("unsaid", None), ("fresh", now - 60), ("renewed", now - 60))
    )
    chosen, chosen_then = await choice(browser, question), await choice(browser, other)
    browser.cookies.clear()

    statuses = {}
    for name, headers in (("old", old), ("unsaid", unsaid), ("fresh", fresh)):
        given = await browser.post(f"/v1/questions/{question}/reauthentications", json=chosen, headers=headers)
        statuses[name] = given.status_code
    answered = await sign(browser, question, given.json()["reauthentication"], fresh)
    once_more = await browser.post(f"/v1/questions/{other}/reauthentications", json=chosen_then, headers=renewed)
    refused = await sign(browser, other, once_more.json()["reauthentication"], renewed)

    assert statuses == {"old": 401, "unsaid": 401, "fresh": 201}
    assert answered.json()["signature"]["method"] == "token"
    assert (refused.status_code, "has signed an answer" in refused.json()["detail"]) == (401, True)
    assert len(await rows(services.database, AnswerRow)) == 1


async def test_on_the_page_who_logs_in_once_more_finds_what_he_had_typed_and_signs_it(
    browser: httpx2.AsyncClient, services: Services, question: str
) -> None:
    form = {**await choice(browser, question), "reason": "Looked at it.\nTwice.", "key": "0" * 32}
    left = await browser.post(f"/questions/{question}/signing", data=form | {"password": "typed"}, headers=OURS)

    came = await browser.get(await at_provider(left.headers["Location"]))
    back = await browser.get(came.headers["Location"])
    before = await rows(services.database, AnswerRow)
    given = await browser.post(f"/questions/{question}/answers", data=form, headers=OURS)

    assert (came.status_code, came.headers["Location"]) == (303, f"/questions/{question}")
    (cookie,) = (one for one in came.headers.get_list("set-cookie") if one.startswith("lockstep-signing="))
    assert {"HttpOnly", f"Path=/questions/{question}", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "You have proven who you are." in back.text
    assert "\nLooked at it.\nTwice.</textarea>" in back.text
    assert "typed" not in back.text
    assert (before, given.status_code) == ([], 303)
    (row,) = await rows(services.database, AnswerRow)
    assert row.signature is not None
    assert row.signature["signature"]["method"] == "provider"
    assert "lockstep-signing" not in browser.cookies


async def test_on_the_page_nothing_typed_is_lost_when_somebody_else_logs_in(
    browser: httpx2.AsyncClient, services: Services, provider: IdentityProvider, question: str
) -> None:
    provider.says_of_logins = {"sub": "boris"}
    form = {**await choice(browser, question), "reason": "Looked at it.", "key": "0" * 32}
    left = await browser.post(f"/questions/{question}/signing", data=form, headers=OURS)

    came = await browser.get(await at_provider(left.headers["Location"]))

    assert (came.status_code, "Prove anew who you are" in came.text) == (401, True)
    assert "\nLooked at it.</textarea>" in came.text
    assert "You have proven who you are." not in (await browser.get(f"/questions/{question}")).text
    assert await rows(services.database, AnswerRow) == []


async def test_on_the_page_what_one_proved_is_nobody_elses_and_soon_over(
    browser: httpx2.AsyncClient, services: Services, tokens: Tokens, question: str
) -> None:
    form = {**await choice(browser, question), "reason": "Looked at it.", "key": "0" * 32}
    left = await browser.post(f"/questions/{question}/signing", data=form, headers=OURS)
    await browser.get(await at_provider(left.headers["Location"]))
    petra = await tokens.of_person("petra", Role.PLANNER)
    later = replace(services, now=lambda: datetime.now(UTC) + FRESH_FOR)

    hers = await browser.get(f"/questions/{question}", headers=petra)
    refused = await browser.post(f"/questions/{question}/answers", data=form, headers=petra)
    transport = httpx2.ASGITransport(create_app(later))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL, cookies=browser.cookies) as client:
        old = await client.get(f"/questions/{question}")

    assert "You have proven who you are." not in hers.text + old.text
    assert "Looked at it." not in hers.text
    assert refused.status_code == 401


async def test_on_the_page_of_a_waiver_who_logs_in_once_more_signs_that_she_agrees(
    browser: httpx2.AsyncClient, services: Services, provider: IdentityProvider
) -> None:
    now = services.now()
    await tell(services.database, *small_plant(now), at=now)
    await sign_waivers(services.database, "at my word", now)
    short = WaiverDraft(
        site=SITE, predicate="materials_ready", subject="J-2", reason="At noon.", expires_at=now + timedelta(hours=2)
    )
    waiver = await services.waivers.ask(short, person("anna"), Channel.API, now)
    place, form = f"/waivers/{waiver.id}", {"key": "0" * 32}

    provider.says_of_logins = {"sub": "boris"}
    left = await browser.post(f"{place}/signing", data=form, headers=OURS)
    not_hers = await browser.get(await at_provider(left.headers["Location"]))
    provider.says_of_logins = {}
    left = await browser.post(f"{place}/signing", data=form, headers=OURS)
    came = await browser.get(await at_provider(left.headers["Location"]))
    back = await browser.get(came.headers["Location"])
    before = await services.waiver_signatures.of_waiver(SITE, waiver.id)
    given = await browser.post(f"{place}/consents", data=form, headers=OURS)

    assert (not_hers.status_code, "Prove anew who you are" in not_hers.text) == (401, True)
    assert (came.status_code, came.headers["Location"]) == (303, place)
    assert "You have proven who you are." in back.text
    assert (before, given.status_code) == ((), 303)
    (kept,) = await services.waiver_signatures.of_waiver(SITE, waiver.id)
    assert (kept.signature.name, kept.signature.method, kept.intact) == ("Ida Blom", "provider", True)
    assert "lockstep-signing" not in browser.cookies
