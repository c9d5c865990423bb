"""What follows in other cases from a plan that is in force."""

from __future__ import annotations

from domain.case import CaseFile
from domain.later_promise import later_promise
from domain.process import Successor


def broken_promises(file: CaseFile) -> tuple[Successor, ...]:
    """A change of each order line that the plan in force now keeps too late."""
    why = f"{file.id} moved it: {file.decided_because}"
    return tuple(
        later_promise(file, late.order, late.line, late.new_at, reason="CAPACITY_PROBLEM", why=why)
        for late in (file.chosen.disturbed if file.chosen else ())
        if late.breaks_promise
    )
