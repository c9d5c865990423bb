"""Which lots a rule fits, by what is told of them and of what was measured on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.facts import Inspection, Lot
from domain.release import HoldRule

LOOKED_UP: Final[Mapping[str, tuple[type[Lot | Inspection], str]]] = {
    "machine": (Lot, "made_on"),
    "delivery": (Lot, "delivery"),
    "gauge": (Inspection, "gauge"),
    "lot": (Lot, "made_from"),
}
"""By which field of which facts the lots are found that a rule goes by."""


def may_fit(told: Lot | Inspection) -> tuple[str, ...]:
    """The rules that may stop the lot by what is *told*, by key."""
    said = {by: getattr(told, field) for by, (kind, field) in LOOKED_UP.items() if isinstance(told, kind)}
    return tuple(
        f"{by}:{of}" for by, value in said.items() for of in (value if isinstance(value, tuple) else (value,)) if of
    )


def fits(rule: HoldRule, told: Lot | Inspection) -> bool:
    """Whether the lot that *told* is about is suspect by the rule. A time that nobody knows may be one that fits."""
    if rule.items and told.item not in rule.items:
        return False
    if f"{told.item}:{told.lot}" in rule.without:
        return False
    if isinstance(told, Inspection):
        return rule.by == "gauge" and told.gauge == rule.of and _late_enough(rule, told.measured_at)
    if rule.by == "lot":
        return rule.of in told.made_from
    if rule.by == "machine":
        return told.made_on == rule.of and _late_enough(rule, told.made_at)
    return rule.by == "delivery" and told.delivery == rule.of and rule.supplier in (None, told.supplier)


def comes_to_fit(rule: HoldRule, told: Lot | Inspection, before: Lot | Inspection | None) -> bool:
    """Whether the rule stops the lot by what is *told* now, and did not by what was told *before*."""
    return rule.active and fits(rule, told) and (before is None or not fits(rule, before))


def reaches(rule: HoldRule, before: HoldRule | None, told: Lot | Inspection) -> bool:
    """Whether the rule, as it is now, stops a lot that it did not stop as it was before, or not for this."""
    known = before is not None and before.active and before.because == rule.because and fits(before, told)
    return rule.active and fits(rule, told) and not known


def _late_enough(rule: HoldRule, at: datetime | None) -> bool:
    return rule.since is None or at is None or at >= rule.since
