"""Answers that come as signals."""

from __future__ import annotations

from pydantic import AwareDatetime

from domain.message import Message


class SignalledAnswer(Message):
    """An answer given as a signal, from the engine's own user interface or command line."""

    question: str
    choice: str
    reason: str = ""
    person: str
    signature: str = ""
    """Proof of who gives it. Without one the answer counts only in the development profile."""
    seen: str | None = None
    """The evidence digest it was given on, where no signature binds that."""


class SignalCall(Message):
    """A signalled answer on its way into the record."""

    case_id: str
    answer: SignalledAnswer
    at: AwareDatetime
