"""Keys and tokens: made here, shown once, known afterwards by their hash only."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from domain.decision import Principal

MACHINE, PERSON = "lsk", "lsp"
"""Begin the key of a machine and the token of a person, so that one found astray can be told for what it is."""


@dataclass(frozen=True)
class Credential:
    """Something that is accepted from a caller, known by its hash only."""

    id: str
    sha256: str
    """Of all that is shown, as hexadecimal digits."""
    principal: Principal
    sites: tuple[str, ...]
    scopes: tuple[str, ...]


def new_secret(kind: str) -> str:
    """A new key or token: its kind, its id, and 256 random bits."""
    return f"{kind}_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


def credential(shown: str, principal: Principal, sites: tuple[str, ...], scopes: tuple[str, ...]) -> Credential:
    """What is kept of *shown*."""
    identity = shown.split("_")[1]
    return Credential(identity, hashlib.sha256(shown.encode()).hexdigest(), principal, sites, scopes)
