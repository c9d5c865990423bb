"""Keys and tokens: made here, shown once, known afterwards by their hash only."""

from __future__ import annotations

import hashlib
import secrets

from domain.decision import Principal
from storage.credentials import Credential

MACHINE, PERSON = "lsk", "lsp"
"""Begin the key of a machine and the token of a person, so that one found astray can be told for what it is."""


def new_secret(kind: str) -> str:
    """A new key or token: its kind, its id, and 256 random bits."""
    return f"{kind}_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


def credential(shown: str, principal: Principal, sites: tuple[str, ...], scopes: tuple[str, ...]) -> Credential:
    """What is kept of *shown*."""
    identity = shown.split("_")[1]
    return Credential(identity, hashlib.sha256(shown.encode()).hexdigest(), principal, sites, scopes)
