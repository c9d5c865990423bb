"""What a case about a rule knows: which lots are suspect by it, and how its scope was asked to be changed."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from domain.alert.findings import ScopeFound
from domain.alert.requested import QualityAlertRequest
from domain.case import CaseFile, PastAnswer
from domain.form import names_in
from domain.policy import Zone
from domain.release import HoldRule


def scope(file: CaseFile) -> ScopeFound | None:
    """The rule as it is now, and which lots it stops."""
    return file.finding("scope", ScopeFound)


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
