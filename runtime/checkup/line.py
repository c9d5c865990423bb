"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    """It works, and will not for ever."""
    BROKEN = "broken"


@dataclass(frozen=True)
class Line:
    """What was found."""

    about: str
    health: Health
    what: str
    """In a sentence."""
    mend: str = ""
    """How it is mended, in a sentence; nothing where nothing has to be."""


def ok(about: str, what: str) -> Line:
    """It is well."""
    return Line(about, Health.OK, what)


def warning(about: str, what: str, mend: str) -> Line:
    """It works, and will not for ever."""
    return Line(about, Health.WARNING, what, mend)


def broken(about: str, what: str, mend: str) -> Line:
    """It does not work."""
    return Line(about, Health.BROKEN, what, mend)
