"""What follows in other cases from an item that stays short."""

from __future__ import annotations

from domain.case import CaseFile
from domain.later_promise import later_promise
from domain.option import Gap
from domain.process import Successor
from domain.shortage.known import found_out
from domain.shortage.options import combination_of
from domain.shortage.wording import missing


def left_short(file: CaseFile) -> tuple[Successor, ...]:
    """
    What follows from leaving something short.

    Each promise that it breaks is proposed for when it can be kept, and those who would begin with it plan anew.
    """
    assert file.chosen is not None
    combination, found = combination_of(file, file.chosen), found_out(file)
    assert combination.residual is not None
    why = _why(file, combination.residual, file.chosen.title)
    promises = tuple(
        later_promise(file, late.order, late.line, late.new_at, reason="SUPPLY_PROBLEM", why=why)
        for late in combination.late
        # What never comes, as far as is known, has no date that could be proposed.
        if late.new_at < found.balance.until
    )
    about = {"reason": "MATERIAL", "comment": why[:2000], "reference": file.id}
    plans = (Successor("schedule_adjustment", {"work_center": name, **about}) for name in found.work_centers)
    return (*promises, *plans)


def _why(file: CaseFile, gap: Gap, decided: str) -> str:
    """What stays missing, what was decided about it and why, for whoever has not followed this case."""
    return f"{file.id}: {missing(file.subject, gap)} {decided}: {file.decided_because}".rstrip(".: ")
