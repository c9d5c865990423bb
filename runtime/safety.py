"""What about an installation is unsafe. Nothing runs in production until each of it is mended, or said to be meant."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from runtime.settings import PREFIX, Profile, Settings, Tls

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

DEFAULT_PASSWORDS = frozenset(
    {"postgres", "lockstep", "temporal", "password", "passwort", "secret", "changeme", "admin"}
)
"""What is tried first by whoever tries."""
_FEWEST_DIFFERENT_BYTES = 12
# Of the 24 or more in a secret. Chance practically never repeats itself so often.


class Part(StrEnum):
    """A program of Lockstep."""

    API = "api"
    WORKER = "worker"


@dataclass(frozen=True)
class Finding:
    """Something unsafe."""

    what: str
    """In a sentence."""
    mend: str
    """How it is mended, in a sentence."""


@dataclass(frozen=True)
class Surroundings:
    """What was found about an installation besides its settings."""

    temporal_address: str | None = None
    """Where Temporal's own variables say that it is; nothing if they do not."""
    temporal_store: str | None = None
    """What Temporal keeps its data in, as it says itself; nothing if it could not be asked."""
    database_password: str = ""
    """From the environment, where it is not in the URL."""
    database: Finding | None = None
    """Why our database cannot be used; nothing if it can."""
    sample_plant: bool = False
    """Whether the database has facts of the plant that comes with the development system."""
    tokens_of_people: int = 0
    """How many people have tokens of ours."""
    accounts: int = 0
    """How many people have a password of ours."""
    development_files: tuple[str, ...] = ()
    """Secrets of a development system that lie in the home."""


def unsafe(settings: Settings, found: Surroundings, parts: Collection[Part] = tuple(Part)) -> tuple[Finding, ...]:
    """Everything that is unsafe about running *parts* with *settings* where things are as *found*."""
    findings = [*_anywhere(settings, found), *_of_secrets(settings, found)]
    if Part.API in parts:
        findings += [*_on_the_way(settings), *_of_callers(settings, found)]
    if Part.WORKER in parts and settings.signing_key is None and not settings.signature_keys:
        findings.append(
            Finding(
                "The worker knows no key, so it can prove no signed answer.",
                f"Give it the public part of the API's key in {PREFIX}SIGNATURE_KEYS, or {PREFIX}SIGNING_KEY_FILE.",
            )
        )
    return tuple(findings)


def how_people_are_known(settings: Settings, found: Surroundings) -> tuple[str, ...]:
    """Every way in which a person can show who he is."""
    ways = []
    if settings.oidc is not None:
        ways.append(f"tokens of {settings.oidc.issuer}")
    if found.tokens_of_people:
        ways.append(f"tokens of ours, {found.tokens_of_people} in force")
    if found.accounts:
        ways.append(f"passwords of ours, {found.accounts} in use")
    return tuple(ways)


def _anywhere(settings: Settings, found: Surroundings) -> Iterator[Finding]:
    if settings.profile is Profile.DEVELOPMENT:
        yield Finding(
            "The profile is development: an answer by signal counts without a signature, whoever sent it.",
            f"Set {PREFIX}PROFILE=production, or leave it out.",
        )
    sqlite = "It has room for one machine, and nobody takes over when that stops."
    alone = f"{PREFIX}SINGLE_NODE=true if that is meant"
    if make_url(settings.database_url).get_backend_name() == "sqlite" and not settings.single_node:
        yield Finding(
            f"The database is SQLite. {sqlite}",
            f"Name a PostgreSQL in {PREFIX}DATABASE_URL, or set {alone}.",
        )
    if found.database is not None:
        yield found.database
    if found.sample_plant:
        yield Finding(
            "The database holds the sample plant of a development system, with its people.",
            f"Name an empty database in {PREFIX}DATABASE_URL and prepare it with: lockstep migrate",
        )
    if found.temporal_address is None:
        yield Finding(
            "Nothing says where Temporal is, so it would be whatever answers on this machine.",
            "Name it in TEMPORAL_ADDRESS, or in a profile that TEMPORAL_PROFILE names.",
        )
    if found.temporal_store == "sqlite" and not settings.single_node:
        yield Finding(
            f"Temporal is a development server, on SQLite. {sqlite}",
            f"Name a Temporal on PostgreSQL in TEMPORAL_ADDRESS, or set {alone}.",
        )


def _of_secrets(settings: Settings, found: Surroundings) -> Iterator[Finding]:
    address = make_url(settings.database_url)
    password = address.password or found.database_password
    if password and password.lower() in DEFAULT_PASSWORDS | {address.username}:
        yield Finding(
            "The password of the database is one that is tried first.",
            f"Give the database user one by chance, as of openssl rand -hex 24, in {PREFIX}DATABASE_URL_FILE.",
        )
    shared = [(f"webhook {hook.name}", hook.secret) for hook in settings.webhooks]
    shared += [(f"sender {sender.name}", secret) for sender in settings.senders for secret in sender.secrets]
    for whose, secret in shared:
        if len(set(b64decode(secret.get_secret_value().removeprefix("whsec_")))) < _FEWEST_DIFFERENT_BYTES:
            yield Finding(
                f"The secret of the {whose} was not made by chance.",
                "Take whsec_ and the output of openssl rand -base64 32 instead, there and here.",
            )
    if found.development_files:
        yield Finding(
            f"{settings.home} holds secrets of a development system: {', '.join(found.development_files)}.",
            f"Name another folder in {PREFIX}HOME, or remove them if nobody uses that system any more.",
        )


def _on_the_way(settings: Settings) -> Iterator[Finding]:
    everywhere = _is_everywhere(settings.api_host)
    if settings.tls is None:
        reach = f"the API listens on {settings.api_host}, for everybody" if everywhere else "tokens are in each request"
        yield Finding(
            f"Nothing says what encrypts the way to the API, and {reach}.",
            f"Set {PREFIX}TLS=proxy if a proxy before it does, {PREFIX}TLS=direct if the API is to do it itself, "
            f"{PREFIX}TLS=none-i-know if nothing has to.",
        )
    if settings.tls is Tls.DIRECT:
        for name, file in (("CERTIFICATE", settings.tls_certificate), ("KEY", settings.tls_key)):
            if file is None:
                yield Finding(
                    f"The API is to encrypt by itself, and no {name.lower()} is named.",
                    f"Name its file in {PREFIX}TLS_{name}.",
                )
    if settings.tls in (Tls.PROXY, Tls.DIRECT) and not settings.public_url.startswith("https://"):
        yield Finding(
            f"The way to the API is encrypted, but every link leads to {settings.public_url}.",
            f"Set {PREFIX}PUBLIC_URL to the https:// address that people type.",
        )


def _of_callers(settings: Settings, found: Surroundings) -> Iterator[Finding]:
    if not how_people_are_known(settings, found) and found.database is None:
        yield Finding(
            "No person can show who he is, so nobody could answer.",
            f"Name the identity provider in {PREFIX}OIDC, or give people passwords: lockstep account add NAME",
        )
    if settings.signing_key is None:
        yield Finding(
            "The API has no key to sign answers with that are sent as signals.",
            f"Make one with openssl genpkey -algorithm ed25519 and name its file in {PREFIX}SIGNING_KEY_FILE.",
        )


def _is_everywhere(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return not host
