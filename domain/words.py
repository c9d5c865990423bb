"""Names in words, as people read them."""

from __future__ import annotations


def in_words(name: str) -> str:
    """A name as it is read: ``awaiting_decision`` is awaiting decision."""
    return str(name).replace("_", " ")
