"""Pages that stay in place while rows come and go: each begins behind the last row of the one before."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime

LARGEST_PAGE = 500


class BadCursor(ValueError):
    """The cursor is not one that this list gave."""

    def __init__(self) -> None:
        super().__init__("This cursor is not one that this list gave. Leave it out to start from the beginning.")


def page_size(limit: int) -> int:
    """How many rows a caller who asks for *limit* gets."""
    return max(1, min(limit, LARGEST_PAGE))


def cursor_behind(*keys: str | int) -> str:
    """The cursor of the page that begins behind the row with these sort keys."""
    return base64.urlsafe_b64encode(json.dumps(keys).encode()).decode().rstrip("=")


def keys_of(cursor: str, *kinds: type) -> tuple[str | int, ...]:
    """The sort keys in *cursor*, one of each of *kinds*. Raises BadCursor."""
    try:
        keys = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as mistake:
        raise BadCursor from mistake
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds):
        raise BadCursor
    if not all(key.isprintable() if isinstance(key, str) else abs(key) < 2**31 for key in keys):
        raise BadCursor  # no database could compare with it
    return tuple(keys)


def moment_in(key: str | int) -> datetime:
    """The moment that a sort key says. Raises BadCursor."""
    try:
        moment = datetime.fromisoformat(str(key))
    except ValueError as mistake:
        raise BadCursor from mistake
    if moment.tzinfo is None:
        raise BadCursor
    return moment
