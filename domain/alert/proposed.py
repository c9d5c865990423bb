"""What is proposed about a rule: that its scope is changed as was said, or stays as it is, or the end."""

from __future__ import annotations

from datetime import timedelta

from domain.alert.findings import ScopeFound
from domain.alert.known import refused, urgency
from domain.case import CaseFile, PastAnswer
from domain.form import names_in
from domain.option import Option, Proposal
from domain.policy import PolicyInputs


def over(found: ScopeFound) -> Proposal:
    """The end: what it has stopped is decided on lot by lot."""
    end = "false_alarm" if found.rule.false_alarm else "closed"
    return Proposal(settled=end, because=f"{found.rule.in_words}: it stops nothing more.")


def nothing_changes(file: CaseFile, found: ScopeFound, said: PastAnswer) -> Proposal | None:
    """That it stops what it did, where what was *said* is not agreed to, or names what it does not stop."""
    if (no := refused(file)) is not None:
        return Proposal(stage="in_force", because=f"Not agreed: {no.reason}")
    unknown = sorted(set(names_in(said.values.get("lots", ""))) - {lot.key for lot in found.lots})
    if not unknown:
        return None
    return Proposal(stage="in_force", because=f"Nothing is changed: {', '.join(unknown)} is not stopped by it.")


def changed(file: CaseFile, found: ScopeFound, said: PastAnswer) -> Proposal:
    """That its scope is as was *said*, once whoever must agrees; by itself where nobody must."""
    option = Option(
        name=said.choice, title=_TITLES[said.choice], expires_at=file.at + timedelta(days=1),
        rests_on=_rests_on(found, said),
    )  # fmt: skip
    ruling = file.policy.rule(PolicyInputs(option=option.name, zone=urgency(file)))
    why = f"{', '.join(said.people)}: {said.values['evidence']}"
    if said.choice == "narrow":
        why = f"Without {said.values['lots']}. {why}"
    return Proposal.of_step("awaiting_second", why, option, ruling)


_TITLES = {
    "extend": "Stop more",
    "narrow": "Let these lots go",
    "close": "Stop nothing that is still to come",
    "false_alarm": "Let all of it go",
}


def _rests_on(found: ScopeFound, said: PastAnswer) -> dict[str, str]:
    """The rule as it is, and the lots that are let go by it: of a false alarm all, else those named."""
    rule = {"rule": found.rule.in_words, "because": found.rule.because.rstrip("."), "severity": found.rule.severity}
    if said.choice not in ("narrow", "false_alarm"):
        return rule
    named = names_in(said.values.get("lots", ""))
    let_go = [lot for lot in found.lots if lot.held and (said.choice == "false_alarm" or lot.key in named)]
    lots = ", ".join(f"{lot.quantity.normalize():f} of {lot.key}" for lot in let_go)
    return {**rule, "lots": lots or "none"}
