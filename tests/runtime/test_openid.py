"""Tokens of an identity provider: what proves who somebody is, and every way to try without."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from typing import Any

import jwt
import pytest

from domain.decision import PrincipalKind
from domain.ports import SystemUnavailable
from runtime.identity_provider import OpenIdProvider
from runtime.openid import FRESH, LONGEST_STALE, LONGEST_TOKEN, PAUSE, OpenIdTokens, TokenRefused
from runtime.settings import SettingsWrong, read_settings
from tests.support.identity_provider import (
    AUDIENCE,
    IdentityProvider,
    Key,
    ec_key,
    ed_key,
    identity_provider,
    rsa_key,
)


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    """The plant's identity provider."""
    with identity_provider() as running:
        yield running


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock by which keys grow old."""
    return Clock()


@pytest.fixture
def tokens(provider: IdentityProvider, clock: Clock) -> OpenIdTokens:
    """Proves the provider's tokens."""
    return OpenIdTokens(OpenIdProvider(issuer=provider.issuer, audience=AUDIENCE), clock)


@pytest.mark.parametrize("key", [rsa_key(), ec_key(), ed_key()], ids=lambda key: key.algorithm)
async def test_a_token_proves_who_somebody_is(provider: IdentityProvider, tokens: OpenIdTokens, key: Key) -> None:
    provider.keys = [key]
    provider.says["groups"] = ["planning", "canteen"]

    proven = await tokens.prove(provider.token())

    assert (proven.principal.kind, proven.principal.id, proven.principal.name) == (
        PrincipalKind.PERSON, "ida", "Ida Blom",
    )  # fmt: skip
    assert proven.groups == {"planning", "canteen"}
    assert abs((datetime.now(UTC) - proven.at).total_seconds()) < 10


async def test_the_claims_that_say_so_are_for_the_plant_to_name(provider: IdentityProvider) -> None:
    named = OpenIdProvider(
        issuer=provider.issuer, audience=AUDIENCE, person_claim="employee", name_claim="called", groups_claim="teams"
    )

    proven = await OpenIdTokens(named).prove(provider.token(employee="e-17", called="Ida", teams=["a"]))

    assert (proven.principal.id, proven.principal.name) == ("e-17", "Ida")
    assert proven.groups == {"a"}


async def test_without_the_claim_somebody_is_in_no_group(provider: IdentityProvider, tokens: OpenIdTokens) -> None:
    proven = await tokens.prove(provider.token(groups=None, name=None))

    assert (proven.groups, proven.principal.name) == (frozenset(), "ida")


def encoded(part: Any) -> str:
    """A part of a token."""
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(text).decode().rstrip("=")


def unsigned(provider: IdentityProvider) -> str:
    """A token that says of itself that it needs no signature."""
    _, claims, _ = provider.token().split(".")
    return f"{encoded({'alg': 'none', 'kid': 'rsa'})}.{claims}."


def signed_with_what_all_know(provider: IdentityProvider) -> str:
    """A token whose shared secret is the public key."""
    _, claims, _ = provider.token().split(".")
    signed = f"{encoded({'alg': 'HS256', 'kid': 'rsa'})}.{claims}"
    return f"{signed}.{encoded(digest(provider.keys[0].public_pem, signed.encode(), sha256))}"


def with_other_claims(provider: IdentityProvider) -> str:
    """A token in which somebody has made himself somebody else."""
    header, claims, signature = provider.token().split(".")
    said = jwt.decode(f"{header}.{claims}.{signature}", options={"verify_signature": False})
    return f"{header}.{encoded(said | {'sub': 'boss'})}.{signature}"


def with_its_own_key(provider: IdentityProvider) -> str:
    """A token that brings the key it is to be proven with."""
    own = ec_key("mine")
    return provider.token(own, headers={"jwk": own.public, "jku": f"{provider.issuer}/keys"})


FORGERIES: dict[str, Callable[[IdentityProvider], str]] = {
    "unsigned": unsigned,
    "unsigned in other letters": lambda provider: unsigned(provider).replace(
        encoded({"alg": "none", "kid": "rsa"}), encoded({"alg": "nOnE", "kid": "rsa"})
    ),
    "signed with the public key as a secret": signed_with_what_all_know,
    "changed afterwards": with_other_claims,
    "without its signature": lambda provider: provider.token().rpartition(".")[0] + ".",
    "with a key of its own": with_its_own_key,
    "signed with another key of the same name": lambda provider: provider.token(ec_key("rsa")),
    "signed by an unknown key": lambda provider: provider.token(ed_key("unknown")),
    "with a key that is no text": lambda provider: (
        encoded({"alg": "RS256", "kid": ["rsa"]}) + "." + provider.token().partition(".")[2]
    ),
    "with an extension that must be understood": lambda provider: provider.token(
        headers={"crit": ["must-be-paid"], "must-be-paid": True}
    ),
    "of another issuer": lambda provider: provider.token(iss="https://elsewhere.example"),
    "of an issuer that is nearly ours": lambda provider: provider.token(iss=f"{provider.issuer}/"),
    "for somebody else": lambda provider: provider.token(aud="canteen"),
    "for nobody": lambda provider: provider.token(aud=None),
    "expired": lambda provider: provider.token(iat=int(time.time()) - 900, exp=int(time.time()) - 60),
    "without an end": lambda provider: provider.token(exp=None),
    "of tomorrow": lambda provider: provider.token(nbf=int(time.time()) + 86400),
    "issued tomorrow": lambda provider: provider.token(iat=int(time.time()) + 86400),
    "issued at no time": lambda provider: provider.token(iat=None),
    "about nobody": lambda provider: provider.token(sub=None),
    "about somebody whose name could leave its place": lambda provider: provider.token(sub="../ida"),
    "with groups that are no list": lambda provider: provider.token(groups="planning"),
    "too long": lambda provider: provider.token(groups=["x" * 100] * (LONGEST_TOKEN // 100)),
    "not a token": lambda _: "a.b.c",
    "empty parts": lambda _: "..",
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_nothing_else_proves_anything(provider: IdentityProvider, tokens: OpenIdTokens, forgery: str) -> None:
    await tokens.prove(provider.token())

    with pytest.raises(TokenRefused):
        await tokens.prove(FORGERIES[forgery](provider))


async def test_an_algorithm_the_plant_did_not_choose_is_none(provider: IdentityProvider) -> None:
    provider.keys = [rsa_key(), ec_key()]
    only = OpenIdProvider(issuer=provider.issuer, audience=AUDIENCE, algorithms=("ES256",))
    tokens = OpenIdTokens(only)

    with pytest.raises(TokenRefused):
        await tokens.prove(provider.token(provider.keys[0]))
    assert (await tokens.prove(provider.token(provider.keys[1]))).principal.id == "ida"


async def test_clocks_may_differ_a_little(provider: IdentityProvider, tokens: OpenIdTokens) -> None:
    now = int(time.time())

    for token in (provider.token(exp=now - 10), provider.token(nbf=now + 10, iat=now + 10)):
        assert (await tokens.prove(token)).principal.id == "ida"


async def test_the_keys_are_asked_for_once_for_many_tokens(
    provider: IdentityProvider, tokens: OpenIdTokens, clock: Clock
) -> None:
    for _ in range(20):
        await tokens.prove(provider.token())
    assert provider.asked["/keys"] == 1

    clock.now += FRESH.total_seconds()
    await tokens.prove(provider.token())
    assert provider.asked["/keys"] == 2


async def test_a_new_key_of_the_provider_is_found_at_once(
    provider: IdentityProvider, tokens: OpenIdTokens, clock: Clock
) -> None:
    await tokens.prove(provider.token())
    provider.keys.append(ec_key("new"))
    clock.now += PAUSE.total_seconds()

    assert (await tokens.prove(provider.token())).principal.id == "ida"


async def test_a_key_the_provider_took_back_proves_nothing_after_a_while(
    provider: IdentityProvider, tokens: OpenIdTokens, clock: Clock
) -> None:
    old = provider.token()
    await tokens.prove(old)
    provider.keys = [ec_key("new")]
    clock.now += FRESH.total_seconds()

    with pytest.raises(TokenRefused):
        await tokens.prove(old)


async def test_unknown_keys_do_not_make_us_pester_the_provider(
    provider: IdentityProvider, tokens: OpenIdTokens, clock: Clock
) -> None:
    for number in range(20):
        with pytest.raises(TokenRefused):
            await tokens.prove(provider.token(headers={"kid": f"unknown-{number}"}))
    assert provider.asked["/keys"] == 1

    clock.now += PAUSE.total_seconds()
    with pytest.raises(TokenRefused):
        await tokens.prove(provider.token(headers={"kid": "unknown"}))
    assert provider.asked["/keys"] == 2


async def test_what_is_refused_anyway_costs_the_provider_no_question(
    provider: IdentityProvider, tokens: OpenIdTokens
) -> None:
    with pytest.raises(TokenRefused):
        await tokens.prove(unsigned(provider))

    assert provider.asked.total() == 0


async def test_people_can_work_on_while_the_provider_is_away_but_not_for_ever(clock: Clock) -> None:
    with identity_provider() as provider:
        tokens = OpenIdTokens(OpenIdProvider(issuer=provider.issuer, audience=AUDIENCE), clock)
        token = provider.token()
        await tokens.prove(token)

    clock.now += LONGEST_STALE.total_seconds() - 1
    assert (await tokens.prove(token)).principal.id == "ida"

    clock.now += PAUSE.total_seconds()
    with pytest.raises(SystemUnavailable):
        await tokens.prove(token)


async def test_a_description_of_another_issuer_is_not_believed(
    provider: IdentityProvider, tokens: OpenIdTokens
) -> None:
    provider.named_issuer = "https://elsewhere.example"

    with pytest.raises(SystemUnavailable):
        await tokens.prove(provider.token())
    assert provider.asked["/keys"] == 0


@pytest.mark.parametrize(
    "value",
    [
        '{"issuer": "http://login.plant.example", "audience": "lockstep"}',
        '{"issuer": "https://login.plant.example"}',
        '{"issuer": "https://login.plant.example", "audience": "lockstep", "algorithms": ["HS256"]}',
        '{"issuer": "https://login.plant.example", "audience": "lockstep", "algorithms": ["none"]}',
        '{"issuer": "https://login.plant.example", "audience": "lockstep", "algorithms": []}',
    ],
)
def test_settings_that_would_let_others_in_are_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LOCKSTEP_OIDC", value)

    with pytest.raises(SettingsWrong, match="LOCKSTEP_OIDC"):
        read_settings()
