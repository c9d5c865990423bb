"""Logging in with a browser at the plant's identity provider, and every way back that is none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import structlog
from pydantic import SecretStr

from api.services import Services
from domain.roles import Role
from runtime.identity_provider import OpenIdProvider
from runtime.openid import OpenIdTokens
from runtime.openid_login import OpenIdLogin
from storage.tables.access import SessionRow
from tests.api.conftest import NOON, PUBLIC_URL
from tests.storage.plant import rows
from tests.support.identity_provider import (
    AUDIENCE,
    CLIENT,
    CLIENT_SECRET,
    IdentityProvider,
    ec_key,
    identity_provider,
)
from web.app import create_app

OURS = {"Origin": PUBLIC_URL}


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    """The plant's identity provider, by which Ida plans."""
    with identity_provider() as running:
        running.says["groups"] = ["planning"]
        yield running


def with_provider(services: Services, provider: IdentityProvider, secret: str = CLIENT_SECRET) -> Services:
    """The services of a plant whose people log in at the provider."""
    tokens = OpenIdTokens(
        OpenIdProvider(issuer=provider.issuer, audience=AUDIENCE, client_id=CLIENT, client_secret=SecretStr(secret))
    )
    return replace(services, openid=tokens, openid_login=OpenIdLogin(tokens, f"{PUBLIC_URL}/login/back"))


@pytest.fixture
async def services(services: Services, provider: IdentityProvider) -> Services:
    """The API's services, with the provider set and its group known."""
    await services.groups.grant("planning", Role.PLANNER, "north", NOON)
    return with_provider(services, provider)


def browser_of(services: Services) -> httpx2.AsyncClient:
    """A browser, as far as cookies and forms go."""
    transport = httpx2.ASGITransport(create_app(services))
    return httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL)


@pytest.fixture
async def browser(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The browser of somebody who wants to log in."""
    async with browser_of(services) as client:
        yield client


async def begin(browser: httpx2.AsyncClient, onward: str = "/v1/cases") -> str:
    """Where the browser is sent to log in."""
    left = await browser.post("/login/provider", data={"onward": onward}, headers=OURS)
    assert left.status_code == 303
    return left.headers["Location"]


async def at_provider(address: str) -> str:
    """Where the provider sends the browser back to, once somebody has proven there who he is."""
    async with httpx2.AsyncClient(trust_env=False) as elsewhere:
        answer = await elsewhere.get(address)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


async def test_who_logs_in_there_is_known_here_and_goes_where_he_wanted(
    browser: httpx2.AsyncClient, services: Services
) -> None:
    page = await browser.get("/login")
    came = await browser.get(await at_provider(await begin(browser)))
    me = await browser.get("/v1/me")

    assert 'action="/login/provider"' in page.text
    assert (came.status_code, came.headers["Location"]) == (303, "/v1/cases")
    assert me.json()["principal"] == {"kind": "person", "id": "ida", "name": "Ida Blom"}
    assert me.json()["roles"] == {"north": ["planner"]}
    (session,) = await rows(services.database, SessionRow)
    assert session.way == "provider"
    assert "lockstep-login" not in browser.cookies


async def test_nothing_that_is_sent_there_could_be_guessed_or_used_twice(browser: httpx2.AsyncClient) -> None:
    first, second = [parse_qs(urlsplit(await begin(browser)).query) for _ in range(2)]

    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [f"{PUBLIC_URL}/login/back"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]


async def test_a_way_back_is_good_once(browser: httpx2.AsyncClient, services: Services) -> None:
    back = await at_provider(await begin(browser))
    await browser.get(back)
    await browser.post("/logout", headers=OURS)

    again = await browser.get(back)

    assert again.status_code == 401
    assert await rows(services.database, SessionRow) == []


async def test_nobody_is_logged_in_as_somebody_else_by_a_link_back(
    browser: httpx2.AsyncClient, services: Services
) -> None:
    back = await at_provider(await begin(browser))

    async with browser_of(services) as victim:
        without_beginning = await victim.get(back)
        await begin(victim)
        with_his_own_beginning = await victim.get(back)

    assert (without_beginning.status_code, with_his_own_beginning.status_code) == (401, 401)
    assert await rows(services.database, SessionRow) == []


async def test_a_way_back_is_good_for_ten_minutes(services: Services) -> None:
    now = NOON
    async with browser_of(replace(services, now=lambda: now)) as browser:
        back = await at_provider(await begin(browser))
        now = NOON + timedelta(minutes=10)

        assert (await browser.get(back)).status_code == 401


async def test_a_code_that_was_taken_on_its_way_is_worth_nothing(
    browser: httpx2.AsyncClient, services: Services
) -> None:
    """It is PKCE that sees to this: the thief has the code and even the secret, but not the verifier."""
    code = parse_qs(urlsplit(await at_provider(await begin(browser))).query)["code"][0]

    async with browser_of(services) as thief:
        state = parse_qs(urlsplit(await begin(thief)).query)["state"][0]
        came = await thief.get("/login/back", params={"code": code, "state": state})

    assert came.status_code == 401
    assert await rows(services.database, SessionRow) == []


@pytest.mark.parametrize(
    "says",
    [{"nonce": "of another login"}, {"nonce": None}, {"aud": "canteen"}, {"aud": AUDIENCE}, {"azp": "canteen"},
     {"iss": "https://elsewhere.example"}, {"exp": 1}, {"sub": None}],
)  # fmt: skip
async def test_an_id_token_of_anything_else_is_refused(
    browser: httpx2.AsyncClient, services: Services, provider: IdentityProvider, says: dict[str, Any]
) -> None:
    provider.says_of_logins = says

    with structlog.testing.capture_logs() as lines:
        came = await browser.get(await at_provider(await begin(browser)))

    assert came.status_code == 401
    assert [line["way"] for line in lines if line["event"] == "login.refused"] == ["provider"]
    assert await rows(services.database, SessionRow) == []


async def test_an_id_token_signed_by_somebody_else_is_refused(
    browser: httpx2.AsyncClient, provider: IdentityProvider
) -> None:
    back = await at_provider(await begin(browser))
    # The keys were read when the login began.
    provider.keys = [ec_key("rsa")]

    assert (await browser.get(back)).status_code == 401


@pytest.mark.parametrize(
    "changed", [{"iss": "https://elsewhere.example"}, {"code": ""}, {"state": "other"}, {"code": "none"}]
)
async def test_what_comes_back_changed_lets_nobody_in(
    browser: httpx2.AsyncClient, services: Services, changed: dict[str, str]
) -> None:
    back = urlsplit(await at_provider(await begin(browser)))
    query = {name: values[0] for name, values in parse_qs(back.query).items()}

    assert (await browser.get(back.path, params=query | changed)).status_code == 401
    assert await rows(services.database, SessionRow) == []


async def test_who_has_no_role_here_is_told_so(browser: httpx2.AsyncClient, provider: IdentityProvider) -> None:
    provider.says["groups"] = ["canteen"]

    came = await browser.get(await at_provider(await begin(browser)))

    assert came.status_code == 403
    assert "no role" in came.text
    assert (await browser.get("/v1/me")).status_code == 401


async def test_without_the_secret_we_are_not_the_client(services: Services, provider: IdentityProvider) -> None:
    async with browser_of(with_provider(services, provider, "another secret")) as browser:
        assert (await browser.get(await at_provider(await begin(browser)))).status_code == 401


async def test_while_the_provider_is_away_people_read_that(services: Services) -> None:
    with identity_provider() as gone:
        pass

    async with browser_of(with_provider(services, gone)) as browser:
        answer = await browser.post("/login/provider", data={"onward": "/"}, headers=OURS)

    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
