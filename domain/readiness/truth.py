"""Kleene's three values: what is not known is neither true nor false."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Truth(StrEnum):
    """Whether something is so. Only ``true`` is ready."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


def all_of(values: Iterable[Truth]) -> Truth:
    """Any false makes it false, else any unknown makes it unknown, else it is true."""
    met = set(values)
    return next((value for value in (Truth.FALSE, Truth.UNKNOWN) if value in met), Truth.TRUE)
