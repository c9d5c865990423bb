"""What follows in other cases from a rule that is in force."""

from __future__ import annotations

from domain.alert.known import scope
from domain.case import CaseFile
from domain.process import Successor


def stopped(file: CaseFile) -> tuple[Successor, ...]:
    """A case for each lot that has none yet: what becomes of it is decided lot by lot."""
    found = scope(file)
    assert found is not None
    rule = found.rule
    return tuple(
        Successor(
            "quality_hold",
            {
                "item": lot.item, "lot": lot.lot, "severity": rule.severity, "defect": rule.because, "rule": rule.key,
                "reason": _REASONS[rule.by], "comment": f"{rule.in_words} is suspect.", "reference": file.id,
            },
        )
        for lot in found.lots
        if lot.waits
    )  # fmt: skip


_REASONS = {"machine": "OTHER", "gauge": "CALIBRATION", "delivery": "SUPPLIER_NOTICE"}
