"""What a case about a rule knows: which lots are suspect by it, and how its scope was asked to be changed."""

from __future__ import annotations

from datetime import datetime
from typing import Self, cast

from pydantic import AwareDatetime, Field, model_validator

from domain.alert.findings import ScopeFound
from domain.case import CaseFile, PastAnswer, Request
from domain.form import names_in
from domain.policy import Zone
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
    since: AwareDatetime | None = None
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


def scope(file: CaseFile) -> ScopeFound | None:
    """The rule as it is now, and which lots it stops."""
    found = file.found("scope")
    return ScopeFound.model_validate(found.values) if found is not None and found.values else None


def urgency(file: CaseFile) -> Zone:
    """How urgent it is: the most where people may come to harm."""
    asked = (cast(QualityAlertRequest, one) for one in (file.request, *file.further))
    return "frozen" if any(one.severity == "safety" for one in asked) else "slushy"


def wanted(file: CaseFile) -> PastAnswer | None:
    """The change of scope that was asked for last."""
    return file.answered("scope")


def refused(file: CaseFile) -> PastAnswer | None:
    """Who did not agree to it."""
    said = wanted(file)
    vote = None if said is None else file.answered("change", since=said.step)
    return vote if vote is not None and vote.choice == "reject" else None


def as_wanted(rule: HoldRule, said: PastAnswer) -> HoldRule:
    """The rule once its scope is as was said; the same where it is already."""
    if said.choice == "extend":
        since = said.values.get("since")
        return rule.widened(
            datetime.fromisoformat(since) if since else rule.since,
            names_in(said.values.get("items", "")) or rule.items,
        )
    if said.choice == "narrow":
        return rule.model_copy(update={"without": tuple(sorted({*rule.without, *names_in(said.values["lots"])}))})
    return rule.model_copy(update={"active": False, "false_alarm": said.choice == "false_alarm"})
