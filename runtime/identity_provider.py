"""What is set about the plant's identity provider."""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")

Algorithm = Literal["RS256", "ES256", "EdDSA"]
"""Signatures that only the provider can make. One with a shared secret anybody could who can prove it."""


class OpenIdProvider(BaseModel):
    """The provider whose tokens say who somebody is, and how they say it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    issuer: str
    """What its tokens name as their issuer; its description is found below this address."""
    audience: str = Field(min_length=1)
    """What its tokens name as their audience if they are meant for Lockstep."""
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256", "ES256", "EdDSA"), min_length=1)
    """How tokens may be signed."""
    person_claim: str = "sub"
    """The claim that names the person as facts and the trail do. It must be one nobody can choose himself."""
    name_claim: str = "name"
    """The claim with the name people know him by."""
    groups_claim: str = "groups"
    """The claim with his groups; what they mean here, ``lockstep group`` says."""
    client_id: str = ""
    """What the provider knows Lockstep by when people log in with a browser; without it they cannot."""
    client_secret: SecretStr = SecretStr("")
    """What Lockstep proves with that it is this client; empty for a public one."""
    scope: str = "openid profile"
    """What is asked of the provider at a login; it must make it say the claims above."""

    @field_validator("issuer")
    @classmethod
    def _nobody_can_come_between(cls, issuer: str) -> str:
        if not is_safe(issuer):
            raise ValueError("must begin with https://")
        return issuer


def is_safe(address: str) -> bool:
    """Whether nobody can come between us and *address*."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
