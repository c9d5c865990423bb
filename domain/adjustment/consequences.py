"""What follows in other cases from a plan that is in force."""

from __future__ import annotations

from domain.case import CaseFile
from domain.later_promise import later_promise
from domain.process import Successor
from domain.words import in_words


def broken_promises(file: CaseFile) -> tuple[Successor, ...]:
    """A change of each order line that the plan in force now keeps too late."""
    if file.chosen is None:
        return ()
    why = _why(file, file.chosen.title)
    return tuple(
        later_promise(file, late.order, late.line, late.new_at, reason="CAPACITY_PROBLEM", why=why)
        for late in file.chosen.disturbed
        if late.breaks_promise
    )


def _why(file: CaseFile, decided: str) -> str:
    """What disturbed the plan and what was decided about it, for whoever has not followed this case."""
    told = f" ({file.request.comment.rstrip('.')})" if file.request.comment else ""
    return f"{file.id} moved it for {in_words(file.request.reason.lower())} at {file.subject}{told}: {decided}"
