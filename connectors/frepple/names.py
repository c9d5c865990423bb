"""What frePPLe calls things, as identifiers."""

from __future__ import annotations

import re
from hashlib import blake2b

from pydantic import TypeAdapter, ValidationError

from domain.subject import Identifier

_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)
_OURS = re.compile(r"#[0-9a-f]{12}$")
_LONGEST_STEM = 51


def identifier(name: str) -> str:
    """*name* itself where it is an identifier, else what it has in common with one and a digest of all of it.

    The same name gives the same identifier always, and no two names give one.
    """
    if not _OURS.search(name):
        try:
            return _IDENTIFIER.validate_python(name)
        except ValidationError:
            pass
    stem = re.sub(r"[^A-Za-z0-9 ._+@()&,-]+", " ", name)[:_LONGEST_STEM].strip()
    digest = blake2b(name.encode(), digest_size=6).hexdigest()
    return f"{stem.lstrip(' ._+@()&,-') or 'x'}#{digest}"


def of_batch(item: str, batch: str) -> str:
    """What an item made to order is called within one batch, as frePPLe names the stock of it."""
    return identifier(f"{item} @ {batch}")
