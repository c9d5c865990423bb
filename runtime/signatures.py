"""Signatures of answers, as JSON Web Tokens: Ed25519 and nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import ValidationError

from domain.signature import CannotSign, SignatureRefused, SignedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_ALGORITHM: Final = "EdDSA"
_TYPE: Final = "lockstep-answer+jwt"
_AUDIENCE: Final = "lockstep:decide"
_ISSUER: Final = "lockstep"
_REQUIRED: Final = ["iss", "aud", "sub", "iat", "exp", "jti"]


class KeyUnusable(ValueError):
    """Not an Ed25519 key in PEM."""


class AnswerSignatures:
    """Satisfies the port ``Signatures``: signs with one key, proves by that one and any that were used before."""

    def __init__(self, signing_key: str | None = None, further_keys: Iterable[str] = ()) -> None:
        """
        *signing_key* is a private key and *further_keys* are public ones, all in PEM.

        Raises KeyUnusable.
        """
        self._private = None if signing_key is None else _private(signing_key)
        known = [_public(key) for key in further_keys]
        if self._private is not None:
            known.append(self._private.public_key())
        self._known = {key_id(key): key for key in known}

    def sign(self, answer: SignedAnswer) -> str:
        """A token that proves *answer*. Raises CannotSign."""
        if self._private is None:
            raise CannotSign("Answers cannot be signed here: no signing key is set (LOCKSTEP_SIGNING_KEY_FILE).")
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": answer.person,
            "iat": datetime.now(UTC),
            "exp": answer.expires_at,
            "jti": answer.id,
            "answer": answer.model_dump(mode="json"),
        }
        headers = {"kid": key_id(self._private.public_key()), "typ": _TYPE}
        return jwt.encode(claims, self._private, algorithm=_ALGORITHM, headers=headers)

    def prove(self, token: str) -> SignedAnswer:
        """What was signed. Whether it is still in time is for the clock of the case to say. Raises SignatureRefused."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("typ") != _TYPE:
                raise SignatureRefused("This is a token for something else than an answer.")
            key = self._known.get(str(header.get("kid")))
            if key is None:
                raise SignatureRefused("The signature was made with a key that is not known here.")
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=[_ALGORITHM], audience=_AUDIENCE, issuer=_ISSUER,
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )  # fmt: skip
            signed = SignedAnswer.model_validate(claims.get("answer"))
        except (jwt.InvalidTokenError, ValidationError, ValueError) as wrong:
            raise SignatureRefused("The signature is not valid.") from wrong
        expires = int(signed.expires_at.timestamp())
        if (signed.person, signed.id, expires) != (claims["sub"], claims["jti"], claims["exp"]):
            raise SignatureRefused("The signature contradicts itself.")
        return signed


def key_id(key: Ed25519PublicKey) -> str:
    """What a token names the key by: the first half of the SHA-256 of its bytes, in hexadecimal."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:32]


def new_signing_key() -> str:
    """A private key nobody else has, in PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_part(signing_key: str) -> str:
    """The public key that belongs to a private one, in PEM. Raises KeyUnusable."""
    public = _private(signing_key).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signing_key_file(home: Path) -> Path:
    """Where a development system in *home* keeps the key it signs with."""
    return home / "signing.pem"


def development_signing_key(home: Path) -> Path:
    """The file of the key that a development system in *home* signs with, made if there is none; for its owner only."""
    path = signing_key_file(home)
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_signing_key())
    return path


def _private(pem: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as wrong:
        raise KeyUnusable("must be a private Ed25519 key in PEM, not encrypted") from wrong
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable("must be an Ed25519 key")
    return key


def _public(pem: str) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError) as wrong:
        raise KeyUnusable("must be a public Ed25519 key in PEM") from wrong
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable("must be an Ed25519 key")
    return key
