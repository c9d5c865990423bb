"""The plant's identity provider: who somebody is by a token of OpenID Connect, proven with the provider's keys."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2
import jwt
import structlog
from pydantic import TypeAdapter, ValidationError

from domain.decision import Principal, PrincipalKind
from domain.ports import SystemUnavailable
from domain.subject import Identifier
from runtime.identity_provider import OpenIdProvider, is_safe

log = structlog.get_logger()

LONGEST_TOKEN = 16_384
"""Characters. A token with the groups of somebody who is in very many of them is not as long."""
LEEWAY = timedelta(seconds=30)
"""By how much the provider's clock and ours may differ."""
FRESH = timedelta(minutes=5)
"""How long the provider's keys are used before they are asked for again."""
LONGEST_STALE = timedelta(hours=1)
"""How long they are used while the provider cannot be reached."""
PAUSE = timedelta(seconds=10)
"""Between two questions for the keys, whoever shows tokens with keys nobody knows."""

TIMEOUT: Final = 5.0
"""Seconds the provider is given for an answer."""

_PROOF: Final = jwt.PyJWT(options={"enforce_minimum_key_length": True})
_PERSON: Final[TypeAdapter[str]] = TypeAdapter(Identifier)


@dataclass(frozen=True)
class ProvenPerson:
    """Who somebody is, by the word of the provider."""

    principal: Principal
    groups: frozenset[str]
    at: datetime
    """When the provider said so."""
    logged_in_at: datetime | None = None
    """When he last proved there who he is, where the provider says it."""
    refresh: str | None = field(default=None, repr=False)
    """What the provider can be asked with about him again, where it gave something."""


class TokenRefused(Exception):
    """The token proves nothing. The sentence is for the log; whoever shows the token does not learn why."""


class OpenIdTokens:
    """Proves tokens of one provider."""

    def __init__(self, provider: OpenIdProvider, now: Callable[[], float] = time.monotonic) -> None:
        self.provider = provider
        self._published = _Published(provider.issuer, now)

    async def prove(self, token: str) -> ProvenPerson:
        """Who shows *token* to the API. Raises TokenRefused, SystemUnavailable."""
        return self._person(await self._claims(token, self.provider.audience))

    async def prove_login(self, token: str, nonce: str) -> ProvenPerson:
        """Who has logged in, by the ID token of the login with this *nonce*. Raises TokenRefused, SystemUnavailable."""
        claims = await self._claims_for_us(token)
        if claims.get("nonce") != nonce:
            raise TokenRefused("It is of another login.")
        return self._person(claims)

    async def prove_again(self, token: str, person: str) -> ProvenPerson:
        """What is said now of *person*, who had logged in, by an ID token. Raises TokenRefused, SystemUnavailable."""
        proven = self._person(await self._claims_for_us(token))
        if proven.principal.id != person:
            raise TokenRefused("It is about somebody else.")
        return proven

    async def endpoint(self, name: str) -> str:
        """The address the provider's description gives for *name*. Raises SystemUnavailable."""
        return await self._published.address(name)

    def _person(self, claims: Mapping[str, Any]) -> ProvenPerson:
        provider = self.provider
        try:
            person = _PERSON.validate_python(claims.get(provider.person_claim))
        except ValidationError:
            raise TokenRefused(f"{provider.person_claim} does not name a person as facts name people.") from None
        name = claims.get(provider.name_claim)
        # Many providers leave the claim out for people without groups, so without it there are none.
        groups = claims.get(provider.groups_claim, ())
        if not isinstance(groups, list | tuple):
            raise TokenRefused(f"{provider.groups_claim} is no list.")
        return ProvenPerson(
            principal=Principal(kind=PrincipalKind.PERSON, id=person, name=name if isinstance(name, str) else person),
            groups=frozenset(group for group in groups if isinstance(group, str)),
            at=datetime.fromtimestamp(claims["iat"], UTC),
            logged_in_at=_logged_in_at(claims),
        )

    async def _claims_for_us(self, token: str) -> Mapping[str, Any]:
        client = self.provider.client_id
        claims = await self._claims(token, client)
        if claims.get("azp", client) != client:
            raise TokenRefused("It is of another login.")
        return claims

    async def _claims(self, token: str, audience: str) -> Mapping[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise TokenRefused("It is too long to be a token.")
        try:
            header = jwt.get_unverified_header(token)
            # Before any key is asked for: what is refused anyway must not cost the provider a question.
            if header.get("alg") not in self.provider.algorithms:
                raise TokenRefused("It is signed in a way that is not accepted.")
            # The key says itself which algorithm it is for; what the token says must be the same.
            key = await self._published.key(str(header.get("kid", "")))
            claims: dict[str, Any] = _PROOF.decode(
                token, key, algorithms=list(self.provider.algorithms), audience=audience, issuer=self.provider.issuer,
                leeway=LEEWAY, options={"require": ["iss", "aud", "iat", "exp"]},
            )  # fmt: skip
        except jwt.PyJWTError as wrong:
            raise TokenRefused(f"{wrong}.") from wrong
        return claims


def _logged_in_at(claims: Mapping[str, Any]) -> datetime | None:
    """``auth_time``, if it is one: a time before the token was made, as far as clocks agree."""
    told = claims.get("auth_time")
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told <= claims["iat"] + LEEWAY.seconds:
        return None
    return datetime.fromtimestamp(told, UTC)


class _Published:
    """What the provider publishes, its addresses and keys, asked for when needed and at most every so often."""

    def __init__(self, issuer: str, now: Callable[[], float]) -> None:
        self._issuer = issuer
        self._now = now
        self._description: dict[str, Any] = {}
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    async def key(self, name: str) -> jwt.PyJWK:
        """The key of this name. Raises TokenRefused if the provider has none, SystemUnavailable."""
        await self._refresh(lambda: name in self._keys)
        if name not in self._keys:
            raise TokenRefused("It is signed with a key the provider does not have.")
        return self._keys[name]

    async def address(self, name: str) -> str:
        """The address of this name. Raises SystemUnavailable, also where the provider has none that is safe."""
        await self._refresh(lambda: name in self._description)
        address = str(self._description.get(name))
        if not is_safe(address):
            raise SystemUnavailable(f"The identity provider publishes no {name}.")
        return address

    async def _refresh(self, is_known: Callable[[], bool]) -> None:
        def suffices() -> bool:
            return is_known() and self._now() - self._read_at < FRESH.total_seconds()

        if not suffices():
            async with self._asking:
                if not suffices() and self._now() - self._asked_at >= PAUSE.total_seconds():
                    self._asked_at = self._now()
                    await self._ask()
        if self._now() - self._read_at >= LONGEST_STALE.total_seconds():
            raise SystemUnavailable("The identity provider cannot be reached.")

    async def _ask(self) -> None:
        try:
            async with httpx2.AsyncClient(follow_redirects=False, timeout=TIMEOUT) as client:
                description = await _read(client, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                if description.get("issuer") != self._issuer:
                    raise ValueError("its description names another issuer")
                keys = jwt.PyJWKSet.from_dict(await _read(client, str(description.get("jwks_uri"))))
        except (httpx2.HTTPError, httpx2.InvalidURL, jwt.PyJWTError, ValueError) as trouble:
            log.warning("provider.unreachable", issuer=self._issuer, why=f"{type(trouble).__name__}: {trouble}")
            return
        self._description = description
        self._keys = {key.key_id: key for key in keys if key.key_id and key.public_key_use in (None, "sig")}
        self._read_at = self._now()


async def _read(client: httpx2.AsyncClient, url: str) -> dict[str, Any]:
    answer = await client.get(url)
    answer.raise_for_status()
    found = json.loads(answer.content)
    if not isinstance(found, dict):
        raise ValueError(f"{url} is no JSON object")
    return found
