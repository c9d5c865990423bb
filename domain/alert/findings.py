"""Which lots are suspect by a rule, and which of them nobody sees to yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.alert.fitting import fits
from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Quantity, Reading
from domain.facts import Inspection, Lot
from domain.release import Hold, HoldRule
from domain.roles import Role
from domain.subject import Identifier


class SuspectLot(BaseModel):
    """A lot that the rule fits."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    item: Identifier
    lot: Identifier
    quantity: Quantity
    held: bool
    waits: bool
    """Whether no case of its own sees to it yet: it is held by the rule alone, or nobody ever held it."""

    @property
    def key(self) -> str:
        """What it is called."""
        return f"{self.item}:{self.lot}"


class ScopeFound(Found):
    """The rule as it is, and the lots it fits."""

    rule: HoldRule
    lots: tuple[SuspectLot, ...]


def judge(
    rule: Reading[HoldRule],
    lots: Sequence[Reading[Lot]],
    inspections: Sequence[Reading[Inspection]],
    holds: Sequence[Reading[Hold]],
    at: datetime,
) -> Evidence:
    """Which lots the rule fits now."""
    told = rule.fact
    measured = [reading for reading in inspections if fits(told, reading.fact)]
    names = {(reading.fact.item, reading.fact.lot) for reading in measured}
    fitting = [one for one in lots if fits(told, one.fact) or (one.fact.item, one.fact.lot) in names]
    known = {one.fact.key: one for one in holds}
    found = ScopeFound(
        rule=told,
        lots=tuple(_suspect(one.fact, known.get(one.fact.key), told.case) for one in fitting),
    )
    reasons = [
        Reason(code="suspect", thing=lot.lot, owner=Role.QUALITY_ENGINEER, text=f"{lot.key} is suspect.")
        for lot in found.lots
        if lot.held
    ]
    readings: list[Reading[Any]] = [
        rule,
        *fitting,
        *measured,
        *(known[one.fact.key] for one in fitting if one.fact.key in known),
    ]
    verdict = Verdict.WARN if reasons else Verdict.PASS
    return evidence("scope", found, verdict, reasons, readings, at, asked(told.key))


def _suspect(lot: Lot, hold: Reading[Hold] | None, case: str) -> SuspectLot:
    active = hold is not None and hold.fact.active
    # A lot that somebody told of in the same moment as the rule was put in force may have slipped through.
    waits = hold is None or (active and hold.fact.case == case)
    return SuspectLot(item=lot.item, lot=lot.lot, quantity=lot.quantity, held=active, waits=waits)


def asked(rule: str) -> Any:
    """All that the finding depends on besides the facts."""
    return [rule]
