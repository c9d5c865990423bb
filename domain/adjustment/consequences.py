"""What follows in other cases from a plan that is in force."""

from __future__ import annotations

from domain.case import CaseFile
from domain.process import Successor


def broken_promises(file: CaseFile) -> tuple[Successor, ...]:
    """A change of each order line that the plan in force now keeps too late."""
    late = [line for line in (file.chosen.disturbed if file.chosen else ()) if line.breaks_promise]
    return tuple(
        Successor(
            "order_change",
            {
                "order": line.order, "line": line.line, "requested_at": line.new_at, "reason": "CAPACITY_PROBLEM",
                "comment": f"{file.id} moved it: {file.decided_because}"[:2000], "reference": file.id,
            },
        )
        for line in late
    )  # fmt: skip
