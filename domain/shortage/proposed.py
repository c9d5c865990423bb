"""What is proposed about a short item: who is heard first, the ways out, and that it is waited for."""

from __future__ import annotations

from domain.case import CaseFile
from domain.option import Proposal, RuledOption
from domain.policy import PolicyInputs, Ruling, together
from domain.shortage import wording
from domain.shortage.combination import SHORT, Combination
from domain.shortage.findings import ShortageFound
from domain.shortage.following import awaited, outstanding, unused
from domain.shortage.inquiries import waited_for
from domain.shortage.options import combinations, option_of
from domain.shortage.severity import ZONES, Severity


def sourcing(file: CaseFile, found: ShortageFound) -> Proposal | None:
    """That those are heard first who know what can be had; nothing where there is enough to decide on."""
    if found.gap is None or file.state == "committing" or not waited_for(file, found):
        return None
    return Proposal(stage="sourcing", because=f"{found.severity}: {wording.missing(file.subject, found.gap)}")


def nothing_missing(file: CaseFile, found: ShortageFound) -> Proposal:
    """The end, without a word to anybody: that the safety stock is used, the daily report tells."""
    if found.below is None:
        return Proposal(settled="no_shortage", because=f"Nothing is missing of {file.subject}.")
    return Proposal(settled="below_safety_stock", because=" ".join(file.reasons("shortage")))


def ways_out(file: CaseFile, found: ShortageFound) -> Proposal:
    """What can be done about it, and who must agree; by itself where nobody must."""
    options = tuple(
        RuledOption(option=option_of(file, combination), ruling=_ruling(file, found, combination))
        for combination in combinations(file, found)
    )
    first = options[0]
    assert found.gap is not None
    return Proposal(
        stage="awaiting_decision", options=options,
        automatic=first.option.name if first.ruling.automatic else None,
        because=f"{found.severity}: {wording.missing(file.subject, found.gap)}",
    )  # fmt: skip


def _ruling(file: CaseFile, found: ShortageFound, combination: Combination) -> Ruling:
    """What the policy says of each part, taken together."""
    zone, own = ZONES[found.severity or Severity.S4], bool(combination.safety_stock)
    inputs = [
        PolicyInputs(
            # What all of it costs: two halves of a costly expedite are no cheaper than the whole.
            option=part.way.kind, zone=zone, cost=combination.cost, promises_broken=bool(part.way.disturbed),
            all_pass=part.way.sure, safety_stock=own or bool(part.safety_stock),
        )
        for part in combination.parts
    ]  # fmt: skip
    if combination.residual is not None:
        late = bool(combination.late)
        inputs.append(PolicyInputs(option=SHORT, zone=zone, promises_broken=late, all_pass=False, safety_stock=own))
    return together([file.policy.rule(one) for one in inputs])


def followed(file: CaseFile, found: ShortageFound) -> Proposal:
    """What was decided is waited for until the item does without it: because it came, or is not wanted any more."""
    if found.balance.without(unused(file, found.balance)).gap() is not None:
        reasons = tuple(reason.text for reason in outstanding(file, found.balance))
        return Proposal(stage="monitoring", because=" ".join(reasons[:3]))
    if still_coming := awaited(file, found.balance):
        names = ", ".join(some.source for some in still_coming)
        return Proposal(settled="demand_gone", because=f"Nobody needs {names} any more.")
    return Proposal(settled="cleared", because=f"{file.subject} is there for all who need it.")
