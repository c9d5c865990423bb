"""For tests only: an identity provider on loopback, with real keys, that says of anybody what it is told to."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import b64encode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.serving import serving

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

AUDIENCE = "lockstep"
CLIENT = "lockstep-browser"
CLIENT_SECRET = "not a secret: it opens nothing but this test"  # noqa: S105

_RSA = rsa.generate_private_key(65537, 2048)
# Made once: it is what takes longest in a run of tests.


@dataclass
class Key:
    """A key the provider signs with."""

    name: str
    algorithm: str
    private: PrivateKey

    @property
    def public(self) -> dict[str, Any]:
        """The public part as a JSON Web Key."""
        algorithm = jwt.get_algorithm_by_name(self.algorithm)
        jwk: dict[str, Any] = algorithm.to_jwk(self.private.public_key(), as_dict=True)
        jwk.pop("key_ops", None)
        return jwk | {"kid": self.name, "alg": self.algorithm, "use": "sig"}

    @property
    def public_pem(self) -> bytes:
        """The public part as anybody can have it."""
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def rsa_key(name: str = "rsa") -> Key:
    """A key for RS256."""
    return Key(name, "RS256", _RSA)


def ec_key(name: str = "ec") -> Key:
    """A key for ES256."""
    return Key(name, "ES256", ec.generate_private_key(ec.SECP256R1()))


def ed_key(name: str = "ed") -> Key:
    """A key for EdDSA."""
    return Key(name, "EdDSA", ed25519.Ed25519PrivateKey.generate())


@dataclass
class Grant:
    """What a code stands for until it is brought to the token endpoint."""

    redirect_uri: str
    challenge: str
    nonce: str
    says: dict[str, Any]


class IdentityProvider(ThreadingHTTPServer):
    """Discovery, keys, and the code flow with PKCE; whoever comes is *person*."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.keys = [rsa_key()]
        self.asked: Counter[str] = Counter()
        self.grants: dict[str, Grant] = {}
        self.says: dict[str, Any] = {"sub": "ida", "name": "Ida Blom", "groups": []}
        self.says_of_logins: dict[str, Any] = {}
        self.logged_in_at = int(time.time()) - 3600
        self.heeds_prompt = True
        self.gives_refresh = False
        self.refresh_tokens: set[str] = set()
        self.is_silent = False
        self.named_issuer = self.issuer
        self.lock = threading.Lock()

    @property
    def issuer(self) -> str:
        """Its address, and its name."""
        return f"http://127.0.0.1:{self.server_port}"

    def token(self, key: Key | None = None, /, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token signed with *key*, the newest one if none is named; a claim that is None is left out."""
        key = key or self.keys[-1]
        now = int(time.time())
        said = {
            "iss": self.issuer, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300, **self.says, **claims,
        }  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, key.private, algorithm=key.algorithm, headers={"kid": key.name, **(headers or {})})


class _Handler(BaseHTTPRequestHandler):
    server: IdentityProvider

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        with self.server.lock:
            self.server.asked[place.path] += 1
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        issuer = self.server.issuer
        match place.path:
            case "/.well-known/openid-configuration":
                self._answer(200, {
                    "issuer": self.server.named_issuer,
                    "jwks_uri": f"{issuer}/keys",
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "code_challenge_methods_supported": ["S256"],
                })  # fmt: skip
            case "/keys":
                self._answer(200, {"keys": [key.public for key in self.server.keys]})
            case "/authorize":
                self._authorize(query)
            case _:
                self._answer(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        with self.server.lock:
            self.server.asked[self.path] += 1
            grant = self.server.grants.pop(form.get("code", ""), None)
        if self.server.is_silent:
            self._answer(503, {})
            return
        if self.path == "/token" and form.get("grant_type") == "refresh_token":
            self._refresh(form.get("refresh_token", ""))
            return
        if self.path != "/token" or grant is None or not self._is_redeemed(grant, form):
            self._answer(400, {"error": "invalid_grant"})
            return
        token = self.server.token(**{"aud": CLIENT, "nonce": grant.nonce, **grant.says, **self.server.says_of_logins})
        self._give(token)

    def _refresh(self, shown: str) -> None:
        with self.server.lock:
            is_known = shown in self.server.refresh_tokens
            self.server.refresh_tokens.discard(shown)
        if not is_known or not self._is_client():
            self._answer(400, {"error": "invalid_grant"})
            return
        self._give(self.server.token(aud=CLIENT))

    def _give(self, token: str) -> None:
        given = {"access_token": "opaque", "token_type": "Bearer", "id_token": token}
        if self.server.gives_refresh:
            given["refresh_token"] = secrets.token_urlsafe(16)
            self.server.refresh_tokens.add(given["refresh_token"])
        self._answer(200, given)

    def _authorize(self, query: dict[str, str]) -> None:
        asked = (query.get("response_type"), query.get("client_id"), query.get("code_challenge_method"))
        if asked != ("code", CLIENT, "S256") or "openid" not in query.get("scope", "").split():
            self._answer(400, {"error": "invalid_request"})
            return
        code = secrets.token_urlsafe(16)
        with self.server.lock:
            if query.get("prompt") == "login" and self.server.heeds_prompt:
                self.server.logged_in_at = int(time.time())
            says = {"auth_time": self.server.logged_in_at} if "max_age" in query else {}
            self.server.grants[code] = Grant(query["redirect_uri"], query["code_challenge"], query["nonce"], says)
        self.send_response(302)
        back = urlencode({"code": code, "state": query["state"], "iss": self.server.issuer})
        self.send_header("Location", f"{query['redirect_uri']}?{back}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _is_redeemed(self, grant: Grant, form: dict[str, str]) -> bool:
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        return (
            form.get("grant_type") == "authorization_code"
            and form.get("redirect_uri") == grant.redirect_uri
            and urlsafe_b64encode(digest).decode().rstrip("=") == grant.challenge
            and self._is_client()
        )

    def _is_client(self) -> bool:
        proof = f"{quote(CLIENT, safe='')}:{quote(CLIENT_SECRET, safe='')}"
        return self.headers.get("Authorization") == f"Basic {b64encode(proof.encode()).decode()}"

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
        pass


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """The provider, until the end of the block."""
    with serving(IdentityProvider()) as server:
        yield server
