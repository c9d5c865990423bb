"""By which rule a case is asked for, and that the rule is in force as soon as it is."""

from __future__ import annotations

from typing import Self, cast

from pydantic import Field, model_validator

from domain.case import Request
from domain.fact import Fact, Time
from domain.release import HoldRule
from domain.subject import Identifier


class QualityAlertRequest(Request):
    """By which rule lots are suspect: one of machine, gauge and delivery, and what narrows it."""

    machine: Identifier | None = None
    """All that was made on it."""
    gauge: Identifier | None = None
    """All that was measured with it."""
    delivery: Identifier | None = None
    """All that came with it."""
    supplier: Identifier | None = None
    """Whose delivery it is."""
    items: tuple[Identifier, ...] = ()
    """Of these items only; none means all."""
    since: Time | None = None
    """Made or measured then or later; nothing means ever."""
    severity: str = Field(default="functional", pattern="^(safety|functional|cosmetic|document)$")
    defect: str = Field(min_length=3, max_length=300)
    """What is wrong, as far as is known."""

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if len(self._given) != 1:
            raise ValueError("Say one of machine, gauge and delivery.")
        if self.supplier is not None and self.delivery is None:
            raise ValueError("A supplier is named with one of his deliveries.")
        return self

    @property
    def _given(self) -> dict[str, str]:
        named = {"machine": self.machine, "gauge": self.gauge, "delivery": self.delivery}
        return {by: of for by, of in named.items() if of is not None}

    @property
    def subject_key(self) -> str:
        """The rule, such as ``machine:M3``."""
        ((by, of),) = self._given.items()
        return f"{by}:{of}"

    def rule(self, site: str, case: str) -> HoldRule:
        """The rule that is asked for, in force."""
        ((by, of),) = self._given.items()
        return HoldRule(
            site=site, by=by, of=of, supplier=self.supplier, items=tuple(sorted(self.items)), since=self.since,
            severity=self.severity, because=self.defect, case=case,
        )  # fmt: skip


def founded(site: str, request: Request) -> HoldRule:
    """The rule before anybody has asked for it: it stops nothing."""
    return cast(QualityAlertRequest, request).rule(site, "none").model_copy(update={"active": False})


def in_force(site: str, request: Request, before: Fact, case: str) -> tuple[Fact, ...]:
    """The rule, which is in force here as soon as it is asked for; asked for again, it takes in what either wants."""
    asked, known = cast(QualityAlertRequest, request).rule(site, case), cast(HoldRule, before)
    if not known.active:
        return (asked,)
    supplier = asked.supplier if asked.supplier == known.supplier else None
    told = {"severity": asked.severity, "because": asked.because, "case": case, "supplier": supplier}
    return (known.widened(asked.since, asked.items).model_copy(update=told),)
