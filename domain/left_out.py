"""Fields that came later: where they say nothing they stay out of what is kept, so that versions stay the same."""

from __future__ import annotations


def unset(value: object) -> bool:
    """Whether nothing was said."""
    return value is None


def empty(value: object) -> bool:
    """Whether nothing was said, of a field that is a text or lists something."""
    return not value
