"""Passwords: hashed so that guessing is slow, and compared so that nobody learns whether a name is known."""

from __future__ import annotations

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 15
"""Characters, as NIST SP 800-63B asks where nothing but the password protects."""
LONGEST: Final = 256
_AT_ONCE: Final = 2
# Each takes 64 MiB and a core for a moment: whoever guesses must not take the machine from those who work.

_hasher: Final = PasswordHasher()


class PasswordTooWeak(Exception):
    """The password would be guessed. Nothing was changed."""


def hashed(password: str, person: str) -> str:
    """What is kept of *password* (Argon2id, RFC 9106). Raises PasswordTooWeak."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordTooWeak(f"A password has {SHORTEST} to {LONGEST} characters; several words do well.")
    if len(person) > 3 and person.casefold() in password.casefold():
        raise PasswordTooWeak("A password does not contain the name of whose it is.")
    if len(set(password)) < SHORTEST // 2:
        raise PasswordTooWeak("A password has more than a few different characters.")
    return _hasher.hash(password)


class Passwords:
    """Compares passwords, a few at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._nobody_s: str | None = None

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether *kept* was made of *password*. It takes as long where there is nothing kept."""
        async with self._turn:
            return await asyncio.to_thread(self._fits, password, kept)

    def _fits(self, password: str, kept: str | None) -> bool:
        if self._nobody_s is None:
            self._nobody_s = _hasher.hash("what nobody has typed")
        try:
            return _hasher.verify(kept or self._nobody_s, password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False
