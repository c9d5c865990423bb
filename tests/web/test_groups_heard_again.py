"""Groups at the identity provider change while somebody is in with a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx2
import pytest
import time_machine

from api.services import Services
from domain.master_data import Person
from domain.roles import Role
from storage.database import Database
from storage.tables.access import SessionRow
from storage.tables.cases import TrailRow
from tests.api.conftest import NOON, PUBLIC_URL, out_of_reach
from tests.storage.conftest import database, database_url, plant_template
from tests.storage.plant import rows, tell
from tests.support.identity_provider import IdentityProvider, identity_provider
from tests.web.test_provider_login import OURS, at_provider, begin, browser_of, with_provider

__all__ = ["database", "database_url", "plant_template"]

Clock = time_machine.Traveller


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The time, for everybody; it stands still unless a test moves it."""
    with time_machine.travel(datetime.now(UTC), tick=False) as moved:
        yield moved


@pytest.fixture
def provider(clock: Clock) -> Iterator[IdentityProvider]:  # noqa: ARG001 - it goes by that clock
    """The plant's identity provider, by which Olga plans; it lets itself be asked again."""
    with identity_provider() as running:
        running.says = {"sub": "olga", "name": "Olga", "groups": ["planning"]}
        running.gives_refresh = True
        yield running


@pytest.fixture
async def services(database: Database, provider: IdentityProvider) -> Services:
    """The API's services on either database, with the provider set and its group known."""
    ours = with_provider(
        Services(database=database, temporal=out_of_reach, public_url=PUBLIC_URL, temporal_ui_url=PUBLIC_URL), provider
    )
    await ours.groups.grant("planning", Role.PLANNER, "north", NOON)
    return ours


@pytest.fixture
async def browser(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """Olga's browser, in which she has logged in."""
    async with browser_of(services) as client:
        await client.get(await at_provider(await begin(client)))
        yield client


async def test_a_group_taken_or_given_there_counts_at_the_next_click_after_a_minute(
    browser: httpx2.AsyncClient, services: Services, provider: IdentityProvider, clock: Clock
) -> None:
    await services.groups.grant("buying", Role.BUYER, "north", NOON)
    provider.says["groups"] = ["buying"]

    clock.shift(59)
    before = await browser.get("/v1/me")
    clock.shift(1)
    after = await browser.get("/v1/me")
    provider.says["groups"] = []
    clock.shift(60)
    refused = await browser.get("/v1/me")
    provider.says["groups"] = ["planning"]
    clock.shift(60)
    back = await browser.get("/v1/me")

    assert before.json()["roles"] == {"north": ["planner"]}
    assert after.json()["roles"] == {"north": ["buyer"]}
    assert refused.status_code == 401
    # The session lasted: who is given a group again goes on where she was.
    assert back.json()["roles"] == {"north": ["planner"]}


async def test_clicks_of_one_moment_ask_once_and_none_goes_by_the_old_word(
    browser: httpx2.AsyncClient, provider: IdentityProvider, clock: Clock
) -> None:
    provider.says["groups"] = []
    clock.shift(60)
    asked = provider.asked["/token"]

    answers = await asyncio.gather(*(browser.get("/v1/me") for _ in range(8)))

    assert {answer.status_code for answer in answers} == {401}
    assert provider.asked["/token"] == asked + 1


async def test_who_is_gone_there_is_out_here_at_once(
    browser: httpx2.AsyncClient, services: Services, provider: IdentityProvider, clock: Clock
) -> None:
    provider.refresh_tokens.clear()
    clock.shift(60)

    answers = await asyncio.gather(*(browser.get("/v1/me") for _ in range(8)))

    assert {answer.status_code for answer in answers} == {401}
    assert "The identity provider has ended this login. Log in again." in {
        answer.json()["detail"] for answer in answers
    }
    assert await rows(services.database, SessionRow) == []


async def test_a_silent_provider_is_believed_for_a_quarter_of_an_hour(
    browser: httpx2.AsyncClient, services: Services, provider: IdentityProvider, clock: Clock
) -> None:
    provider.is_silent = True
    asked = provider.asked["/token"]

    clock.shift(14 * 60 + 59)
    believed = [(await browser.get("/v1/me")).status_code for _ in range(3)]
    clock.shift(1)
    lapsed = await browser.get("/v1/me")
    provider.is_silent = False
    clock.shift(60)
    back = await browser.get("/v1/me")

    assert believed == [200, 200, 200]
    assert provider.asked["/token"] == asked + 2
    assert lapsed.status_code == 503
    assert "has not said for 15 minutes which groups you are in" in lapsed.json()["detail"]
    assert back.json()["roles"] == {"north": ["planner"]}
    lines = await rows(services.database, TrailRow, case_id="person/olga")
    assert [(line.action, line.details) for line in lines] == [
        ("groups_changed", {"joined": ["planning"], "left": []}),
        ("groups_lapsed", {"joined": [], "left": ["planning"]}),
        ("groups_changed", {"joined": ["planning"], "left": []}),
    ]


async def test_a_role_of_our_own_stays_and_what_needs_the_other_is_refused_with_the_reason(
    browser: httpx2.AsyncClient, services: Services, provider: IdentityProvider, clock: Clock
) -> None:
    await tell(services.database, Person(site="north", person="olga", name="Olga", roles=(Role.AUDITOR,)))
    provider.is_silent = True
    clock.shift(15 * 60)

    reads = await browser.get("/v1/me")
    decides = await browser.post("/v1/questions/OC-1-2-1/answers", json={"choice": "reject"}, headers=OURS)

    assert reads.json()["roles"] == {"north": ["auditor"]}
    assert decides.status_code == 403
    assert "Auditors only read" in decides.json()["detail"]
    assert "has not said for 15 minutes" in decides.json()["detail"]


async def test_without_a_token_to_ask_with_groups_count_for_a_quarter_of_an_hour(
    services: Services, provider: IdentityProvider, clock: Clock
) -> None:
    provider.gives_refresh = False
    async with browser_of(services) as browser:
        await browser.get(await at_provider(await begin(browser)))
        clock.shift(14 * 60 + 59)
        before = await browser.get("/v1/me")
        clock.shift(1)
        after = await browser.get("/v1/me")
        page = await browser.get("/", headers={"Accept": "text/html"})
        await browser.get(await at_provider(await begin(browser)))
        again = await browser.get("/v1/me")

    assert before.status_code == 200
    assert (after.status_code, page.status_code) == (401, 303)
    assert "Log in again" in after.json()["detail"]
    assert again.status_code == 200


async def test_the_database_alone_opens_no_token_of_the_provider(
    browser: httpx2.AsyncClient, services: Services, provider: IdentityProvider, clock: Clock
) -> None:
    (token,) = provider.refresh_tokens
    (row,) = await rows(services.database, SessionRow)

    assert row.refresh is not None
    assert token not in row.refresh
    clock.shift(60)
    assert await services.sessions.to_ask_with("another cookie", services.word_of_provider.anew, services.now()) is None
    (shown,) = [cookie.value for cookie in browser.cookies.jar if cookie.value]
    assert await services.sessions.to_ask_with(shown, services.word_of_provider.anew, services.now()) == token


async def test_what_is_said_of_somebody_else_is_no_word(
    browser: httpx2.AsyncClient, provider: IdentityProvider, clock: Clock
) -> None:
    provider.says = {"sub": "otto", "name": "Otto", "groups": []}
    clock.shift(60)

    me = await browser.get("/v1/me")

    assert me.json()["principal"]["id"] == "olga"
    assert me.json()["roles"] == {"north": ["planner"]}
