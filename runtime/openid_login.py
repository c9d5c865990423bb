"""Logging in at the identity provider with a browser: the code flow of OpenID Connect, with PKCE (RFC 7636)."""

from __future__ import annotations

import secrets
from asyncio import Lock
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode
from weakref import WeakValueDictionary

import httpx2
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.decision import Principal
from domain.ports import SystemUnavailable
from runtime.openid import TIMEOUT, OpenIdTokens, ProvenPerson, TokenRefused


def _random() -> str:
    return secrets.token_urlsafe(32)


class ToSign(BaseModel):
    """What somebody who is in logs in once more for: to sign an answer."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    person: Principal
    """Who wants to sign; nobody else's login does."""
    question: str
    """Or the waiver that he agrees to."""
    choice: str
    seen: str | None
    begun_at: AwareDatetime
    """What he logged in for earlier is not this."""
    typed: tuple[tuple[str, str], ...] = ()
    """What he had filled in on the page he comes back to, of the question or waiver; nothing where he was on none."""


class BegunLogin(BaseModel):
    """What has to be known when the browser comes back from the provider."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    onward: str
    """Where he wanted to go."""
    to_sign: ToSign | None = None
    """Nothing where he just comes in."""
    state: str = Field(default_factory=_random)
    """Comes back with the browser, so that nobody sends it back with a login of his own."""
    nonce: str = Field(default_factory=_random)
    """Stands in the ID token, so that it is of this login."""
    verifier: str = Field(default_factory=_random)
    """Proves that whoever brings the code is who began the login."""


class LoginEnded(Exception):
    """The provider knows nothing of the login any more: it is over, or the person is gone. Whose it is, is out."""


class OpenIdLogin:
    """Logins at one provider."""

    def __init__(self, tokens: OpenIdTokens, redirect_uri: str) -> None:
        self._tokens = tokens
        self._redirect_uri = redirect_uri
        self._asking: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    async def address(self, begun: BegunLogin) -> str:
        """Where the browser is sent. Raises SystemUnavailable."""
        provider = self._tokens.provider
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": provider.scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": _challenge(begun.verifier),
            "code_challenge_method": "S256",
        }
        if begun.to_sign is not None:
            # The first has him log in, the second has the provider say when he did (OpenID Connect Core, 3.1.2.1).
            asked |= {"prompt": "login", "max_age": "0"}
        endpoint = await self._tokens.endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def one_at_a_time(self, person: str) -> Lock:
        """What is held while the provider is asked about *person*, so that clicks of one moment ask once."""
        return self._asking.setdefault(person, Lock())

    async def finish(self, begun: BegunLogin, code: str) -> ProvenPerson:
        """Who has logged in. Raises TokenRefused, SystemUnavailable."""
        answer = await self._ask({
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": begun.verifier,
        })  # fmt: skip
        proven = await self._tokens.prove_login(_id_token(answer), begun.nonce)
        return replace(proven, refresh=_refresh_token(answer))

    async def ask_again(self, person: str, refresh: str) -> ProvenPerson:
        """
        What the provider says now of *person*, who had logged in (OpenID Connect Core, 12).

        Raises LoginEnded, TokenRefused, SystemUnavailable.
        """
        answer = await self._ask({"grant_type": "refresh_token", "refresh_token": refresh})
        if not answer.is_success and _told(answer).get("error") == "invalid_grant":
            raise LoginEnded("The identity provider has ended this login.")
        proven = await self._tokens.prove_again(_id_token(answer), person)
        return replace(proven, refresh=_refresh_token(answer))

    async def _ask(self, form: dict[str, str]) -> httpx2.Response:
        """What the token endpoint answers to *form* from this client. Raises SystemUnavailable."""
        provider = self._tokens.provider
        secret = provider.client_secret.get_secret_value()
        # Both are encoded as in a form before they are joined (RFC 6749, 2.3.1).
        proof = (quote(provider.client_id, safe=""), quote(secret, safe="")) if secret else None
        if proof is None:
            form["client_id"] = provider.client_id
        endpoint = await self._tokens.endpoint("token_endpoint")
        try:
            async with httpx2.AsyncClient(follow_redirects=False, timeout=TIMEOUT, auth=proof) as client:
                return await client.post(endpoint, data=form, headers={"Accept": "application/json"})
        except (httpx2.HTTPError, httpx2.InvalidURL) as trouble:
            raise SystemUnavailable("The identity provider cannot be reached.") from trouble


def _told(answer: httpx2.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _refresh_token(answer: httpx2.Response) -> str | None:
    token = _told(answer).get("refresh_token")
    return token if isinstance(token, str) else None


def _id_token(answer: httpx2.Response) -> str:
    token = _told(answer).get("id_token") if answer.is_success else None
    if not isinstance(token, str):
        raise TokenRefused(f"The provider gave no ID token, but {answer.status_code}.")
    return token


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
