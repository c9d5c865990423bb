"""People who come with a token of the plant's identity provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx2
import pytest
import structlog

from api.app import create_app
from api.services import Services
from domain.roles import Role
from runtime.identity_provider import OpenIdProvider
from runtime.openid import OpenIdTokens
from tests.api.answering import answer
from tests.api.conftest import NOON, PUBLIC_URL, Tokens
from tests.storage.plant import asked_to_decide, question_of
from tests.support.identity_provider import AUDIENCE, IdentityProvider, ec_key, identity_provider


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    """The plant's identity provider, by which Ida plans."""
    with identity_provider() as running:
        running.says["groups"] = ["planning"]
        yield running


@pytest.fixture
async def with_provider(services: Services, provider: IdentityProvider) -> Services:
    """The API's services, with the provider set and its group known."""
    await services.groups.grant("planning", Role.PLANNER, "north", NOON)
    return replace(services, openid=OpenIdTokens(OpenIdProvider(issuer=provider.issuer, audience=AUDIENCE)))


@pytest.fixture
async def api(with_provider: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The API of a plant with an identity provider."""
    transport = httpx2.ASGITransport(create_app(with_provider))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_somebody_is_who_the_provider_says_with_the_roles_of_his_groups(
    api: httpx2.AsyncClient, provider: IdentityProvider
) -> None:
    told = (await api.get("/v1/me", headers=bearer(provider.token()))).json()

    assert told["principal"] == {"kind": "person", "id": "ida", "name": "Ida Blom"}
    assert told["roles"] == {"north": ["planner"]}


async def test_a_token_of_many_groups_is_not_too_long(api: httpx2.AsyncClient, provider: IdentityProvider) -> None:
    many = [f"a-group-with-a-rather-long-name-{number:04}" for number in range(200)]

    answer = await api.get("/v1/me", headers=bearer(provider.token(groups=[*many, "planning"])))

    assert answer.status_code == 200


async def test_he_sees_the_questions_of_his_role_and_answers_them(
    api: httpx2.AsyncClient, provider: IdentityProvider, services: Services
) -> None:
    question = question_of(await asked_to_decide(services.database))
    headers = bearer(provider.token())

    waiting = (await api.get("/v1/questions", headers=headers)).json()["items"]
    answered = await answer(api, headers, question, key="once")

    assert [found["id"] for found in waiting] == [question]
    assert answered.status_code == 200, answered.text


async def test_what_a_group_means_no_longer_is_refused_with_the_same_token(
    api: httpx2.AsyncClient, provider: IdentityProvider, with_provider: Services
) -> None:
    headers = bearer(provider.token())
    before = await api.get("/v1/me", headers=headers)

    await with_provider.groups.withdraw("planning", Role.PLANNER, "north", NOON)
    after = await api.get("/v1/me", headers=headers)

    assert (before.status_code, after.status_code) == (200, 401)


async def test_who_has_left_his_group_does_not_come_back_with_an_older_token(
    api: httpx2.AsyncClient, provider: IdentityProvider
) -> None:
    older = provider.token(iat=1_700_000_000)
    assert (await api.get("/v1/me", headers=bearer(older))).status_code == 200

    newer = await api.get("/v1/me", headers=bearer(provider.token(groups=[])))
    again = await api.get("/v1/me", headers=bearer(older))

    assert (newer.status_code, again.status_code) == (401, 401)


async def test_a_forged_token_and_no_token_are_answered_alike_and_the_log_says_why(
    api: httpx2.AsyncClient, provider: IdentityProvider
) -> None:
    with structlog.testing.capture_logs() as lines:
        forged = await api.get("/v1/me", headers=bearer(provider.token(ec_key("rsa"))))
    without = await api.get("/v1/me")

    assert (forged.status_code, forged.json()) == (without.status_code, without.json())
    assert [line["why"] for line in lines if line["event"] == "token.refused"] != []
    assert provider.token() not in str(lines)


async def test_keys_and_tokens_of_our_own_go_on_being_accepted(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    for headers in (await tokens.of_machine("events"), await tokens.of_person("boris", Role.PLANNER)):
        assert (await api.get("/v1/me", headers=headers)).status_code == 200


async def test_while_the_provider_was_never_there_the_caller_is_asked_to_come_again(
    api: httpx2.AsyncClient, provider: IdentityProvider
) -> None:
    token = provider.token()
    provider.named_issuer = "https://elsewhere.example"

    answer = await api.get("/v1/me", headers=bearer(token))

    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
