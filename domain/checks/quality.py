"""Whether the stock that would be used may be used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Quantity, Reading
from domain.facts import Inspection, Lot, LotStatus
from domain.need import Need
from domain.release import Hold
from domain.roles import Role
from domain.supply import as_held, usable
from domain.words import in_words


class QualityFound(Found):
    """The lots of the item, by what quality says of them."""

    usable: Quantity
    held: Quantity
    """On hold, rejected, or waiting for an inspection."""
    held_lots: tuple[str, ...]


def asked(need: Need) -> Any:
    """All that the finding depends on besides the facts."""
    return [need.site, need.item, need.customer, need.by.isoformat(), str(need.further)]


def judge(
    need: Need,
    lots: Sequence[Reading[Lot]],
    holds: Sequence[Reading[Hold]],
    inspections: Sequence[Reading[Inspection]],
    at: datetime,
) -> Evidence:
    """What quality says of the item's stock, for the customer and date that *need* names."""
    known = [as_held(r.fact, [hold.fact for hold in holds]) for r in lots]
    good = [lot for lot in known if usable(lot, need.by, need.customer)]
    held = [lot for lot in known if lot not in good and lot.quantity > 0]
    owed = {r.fact.lot for r in inspections if r.fact.required and r.fact.result == "open"}
    reasons = [_reason(lot) for lot in held] + [
        Reason(
            code="inspection_open",
            thing=lot.lot,
            owner=Role.QUALITY_INSPECTOR,
            text=f"{lot.lot} awaits a result.",
        )
        for lot in good
        if lot.lot in owed
    ]
    found = QualityFound(
        usable=sum((lot.quantity for lot in good), Decimal(0)),
        held=sum((lot.quantity for lot in held), Decimal(0)),
        held_lots=tuple(sorted(lot.lot for lot in held)),
    )
    verdict = Verdict.WARN if reasons and found.usable < need.further else Verdict.PASS
    return evidence("quality", found, verdict, reasons, [*lots, *holds, *inspections], at, asked(need))


def _reason(lot: Lot) -> Reason:
    if lot.status is LotStatus.UNRESTRICTED:
        return Reason(code="expired", thing=lot.lot, owner=Role.QUALITY_ENGINEER, text=f"{lot.lot} expires too soon.")
    text = f"{lot.quantity} in lot {lot.lot} are {in_words(lot.status)}."
    return Reason(code=lot.status, thing=lot.lot, owner=Role.QUALITY_ENGINEER, text=text)
