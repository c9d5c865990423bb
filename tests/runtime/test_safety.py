"""What production refuses to run with, what it says of it, and what is enough to run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

from runtime.identity_provider import OpenIdProvider
from runtime.safety import Finding, Part, Surroundings, how_people_are_known, unsafe
from runtime.settings import Settings
from runtime.signatures import new_signing_key, public_part

KEY = new_signing_key()
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is looked for
CHANCE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ONE_LETTER = "whsec_" + "QUFB" * 8
OIDC = OpenIdProvider(issuer="https://login.plant.example", audience="lockstep")

SET: dict[str, Any] = {
    "database_url": "postgresql+psycopg://lockstep:n7Jx2qLw@db/lockstep",
    "signing_key": KEY,
    "oidc": OIDC,
    "tls": "proxy",
    "public_url": "https://lockstep.plant.example",
}
FOUND: dict[str, Any] = {"temporal_address": "temporal:7233", "temporal_store": "postgres12"}


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("LOCKSTEP_"):
            monkeypatch.delenv(name)


def findings(
    settings: Mapping[str, Any] | None = None,
    found: Mapping[str, Any] | None = None,
    parts: tuple[Part, ...] = tuple(Part),
) -> tuple[Finding, ...]:
    """What is unsafe about a safe installation in which some things are otherwise; None stands for what is not set."""
    said = {name: value for name, value in (SET | dict(settings or {})).items() if value is not None}
    return unsafe(Settings(**said), Surroundings(**(FOUND | dict(found or {}))), parts)


def webhook(secret: str) -> dict[str, str]:
    return {"name": "boards", "url": "https://boards.plant.example", "secret": secret}


def sender(*secrets: str) -> dict[str, Any]:
    return {"name": "mes", "secrets": secrets, "sites": ["north"], "sources": ["/mes/*"]}


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, {}),
        ({"api_host": EVERYWHERE}, {}),
        ({"tls": "none-i-know", "public_url": "http://10.0.0.7:8000", "api_host": EVERYWHERE}, {}),
        ({"tls": "direct", "tls_certificate": "/run/tls.pem", "tls_key": "/run/key.pem"}, {}),
        ({"database_url": "sqlite+aiosqlite:////srv/lockstep.db", "single_node": True}, {"temporal_store": "sqlite"}),
        ({"database_url": "postgresql+psycopg://lockstep@db/lockstep"}, {}),
        ({"oidc": None}, {"tokens_of_people": 3}),
        ({"oidc": None}, {"accounts": 3}),
        ({"senders": [sender(CHANCE)]}, {}),
        ({"webhooks": [webhook(CHANCE)]}, {}),
        ({}, {"temporal_store": None}),
    ],
)
def test_runs_with_what_is_safe(settings: dict[str, Any], found: dict[str, Any]) -> None:
    assert findings(settings, found) == ()


@pytest.mark.parametrize(
    ("settings", "found", "what", "mend"),
    [
        ({"profile": "development"}, {}, "counts without a signature", "LOCKSTEP_PROFILE=production"),
        ({"database_url": None}, {}, "database is SQLite", "LOCKSTEP_SINGLE_NODE=true"),
        ({}, {"temporal_store": "sqlite"}, "Temporal is a development server", "LOCKSTEP_SINGLE_NODE=true"),
        ({}, {"temporal_address": None}, "Nothing says where Temporal is", "TEMPORAL_ADDRESS"),
        ({}, {"sample_plant": True}, "sample plant", "lockstep migrate"),
        ({}, {"database": Finding("It is away.", "Fetch it.")}, "It is away.", "Fetch it."),
        ({"database_url": "postgresql+psycopg://u:postgres@db/l"}, {}, "tried first", "DATABASE_URL_FILE"),
        ({"database_url": "postgresql+psycopg://plant:plant@db/l"}, {}, "tried first", "DATABASE_URL_FILE"),
        (
            {"database_url": "postgresql+psycopg://lockstep@db/l"},
            {"database_password": "Secret"},
            "tried first",
            "openssl rand",
        ),
        ({"webhooks": [webhook(CHANCE), webhook(ONE_LETTER)]}, {}, "webhook boards", "openssl rand -base64 32"),
        ({"senders": [sender(CHANCE, ONE_LETTER)]}, {}, "sender mes", "openssl rand -base64 32"),
        ({}, {"development_files": ("dev.json",)}, "dev.json", "LOCKSTEP_HOME"),
        ({"tls": None}, {}, "tokens are in each request", "LOCKSTEP_TLS=proxy"),
        ({"tls": None, "api_host": EVERYWHERE}, {}, "listens on 0.0.0.0, for everybody", "none-i-know"),
        ({"tls": None, "api_host": "::"}, {}, "listens on ::, for everybody", "none-i-know"),
        ({"tls": "direct", "tls_key": "/k"}, {}, "no certificate is named", "TLS_CERTIFICATE"),
        ({"tls": "direct", "tls_certificate": "/c"}, {}, "no key is named", "LOCKSTEP_TLS_KEY"),
        ({"public_url": "http://lockstep.example"}, {}, "leads to http://lockstep.example", "LOCKSTEP_PUBLIC_URL"),
        ({"oidc": None}, {}, "No person can show who he is", "LOCKSTEP_OIDC"),
        ({"signing_key": None, "signature_keys": (public_part(KEY),)}, {}, "no key to sign", "SIGNING_KEY_FILE"),
    ],
)
def test_refuses_what_is_unsafe_and_says_how_to_mend_it(
    settings: dict[str, Any], found: dict[str, Any], what: str, mend: str
) -> None:
    (finding,) = findings(settings, found)

    assert what in finding.what
    assert mend in finding.mend


def test_says_all_of_it_at_once() -> None:
    found = unsafe(Settings(), Surroundings())

    assert len(found) == 6
    assert len({finding.what for finding in found}) == 6


def test_the_word_for_a_single_machine_does_not_make_a_development_profile_safe() -> None:
    (finding,) = findings({"profile": "development", "single_node": True})

    assert "profile" in finding.what


def test_asks_of_each_program_only_what_it_needs() -> None:
    nothing = {"tls": None, "oidc": None, "signing_key": None}
    proofs = nothing | {"signature_keys": (public_part(KEY),)}

    assert findings(proofs, parts=(Part.WORKER,)) == ()
    (lacking,) = findings(nothing, parts=(Part.WORKER,))
    assert "prove no signed answer" in lacking.what
    assert len(findings(proofs, parts=(Part.API,))) == 3


def test_tells_every_way_in_which_people_are_known() -> None:
    all_ways = Surroundings(tokens_of_people=2, accounts=5)

    assert how_people_are_known(Settings(), Surroundings()) == ()
    assert how_people_are_known(Settings(oidc=OIDC), all_ways) == (
        "tokens of https://login.plant.example",
        "tokens of ours, 2 in force",
        "passwords of ours, 5 in use",
    )
