"""What somebody told us ourselves: it stands as long as the source of the thing says what it said before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.fact import F, Fact


def own_word(before: Fact, now: Fact, said: Mapping[str, Any]) -> dict[str, Any]:
    """What the source says where we know better *now*, by field; *said* is where we knew better already *before*."""
    was, so = before.model_dump(mode="json"), now.model_dump(mode="json")
    better = {field: was.get(field) for field, value in so.items() if value != was.get(field)}
    return better | dict(said)


def told_again(told: F, known: F, said: Mapping[str, Any]) -> tuple[F, dict[str, Any]]:
    """
    What is so once the source has *told* of the thing again, and where we still know better than it.

    *said* is what it said where we knew better until now.
    """
    if any(getattr(told, field) != getattr(known, field) for field in told.anew_with):
        return told, {}
    so = told.model_dump(mode="json")
    better = {field: value for field, value in said.items() if so.get(field) == value}
    return told.model_copy(update={field: getattr(known, field) for field in better}), better
