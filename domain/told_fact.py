"""A fact as a source tells it: by the name of its kind, and with what it says."""

from __future__ import annotations

from typing import Any

from domain.fact import Fact
from domain.facts import KINDS


class UnknownKind(ValueError):
    """No such kind of fact."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind!r} is not a kind of fact; known are {', '.join(sorted(KINDS))}.")


def fact_of(kind: str, body: dict[str, Any]) -> Fact:
    """
    The fact of *kind* that *body* describes.

    Raises UnknownKind, and pydantic.ValidationError naming each wrong field.
    """
    if kind not in KINDS:
        raise UnknownKind(kind)
    return KINDS[kind].model_validate(body)
