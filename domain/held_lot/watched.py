"""What a case about a held lot waits for."""

from __future__ import annotations

from domain.case import CaseFile
from domain.facts import Inspection, Lot
from domain.held_lot.known import rules, suspected
from domain.release import Allocation, Hold, HoldRule
from domain.watching import Watched


def lot(file: CaseFile) -> tuple[Watched, ...]:
    """The lot, and who counts on it."""
    asked = suspected(file)
    kinds = (Lot, Hold, Allocation, Inspection)
    return (
        *(Watched(kind, file.site, "lot", asked.lot) for kind in kinds),
        *(Watched(HoldRule, file.site, "of", rule.partition(":")[2]) for rule in rules(file) if rule),
    )
