"""Quality hold: that nobody uses or ships what is suspect, until those who must have said what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import cast

from domain.calendar import Duration
from domain.case import CaseFile, PastAnswer, Request
from domain.fact import Fact
from domain.facts import BLOCKED, Inspection, Lot, LotStatus
from domain.held_lot import questions
from domain.held_lot.consequences import beside, when_contained
from domain.held_lot.disposition import CUSTOMER_CONSENT, REGULATOR_CONSENT, Disposition
from domain.held_lot.effects import effects
from domain.held_lot.findings import HeldLotFound
from domain.held_lot.known import (
    QualityHoldRequest,
    answers,
    disposition,
    held,
    let_go,
    narrowing,
    rules,
    still_to_do,
    suspected,
    urgency,
)
from domain.held_lot.parts import GIVING_BACK, WORK, Part, parts_in_words, parts_of
from domain.held_lot.untold import founded, of_item
from domain.option import Option, Proposal, RuledOption
from domain.policy import PolicyInputs, Requirement, Ruling, together
from domain.process import Check, Meeting, Process, State
from domain.release import Allocation, Hold, HoldRule
from domain.roles import Role
from domain.watching import Watched
from domain.words import in_words


def contained(site: str, request: Request, _: Fact, case: str) -> tuple[Fact, ...]:
    """The hold, and that of all that was made of the lot, in force here as soon as it is asked for."""
    asked = cast(QualityHoldRequest, request)
    return (
        Hold(
            site=site, item=asked.item, lot=asked.lot, severity=asked.severity, because=asked.defect, case=case,
            placed_by=asked.blocked_by,
        ),
        HoldRule(
            site=site, by="lot", of=asked.subject_key, severity=asked.severity, because=asked.defect, case=case,
        ),
    )  # fmt: skip


def propose(file: CaseFile) -> Proposal:
    """What must happen next with the lot, by how far it has come."""
    found, asked, so_far = held(file), suspected(file), disposition(file)
    if found is None:
        return Proposal(stage="contained", lacking=("Nobody knows the lot.",), because="Nobody knows the lot.")
    if not found.held:
        return _not_held(file, found, so_far)
    if let_go(file):
        nothing = f"What stopped {asked.lot} does not concern it."
        return _step(file, "ready_to_release", nothing, _option(file, "let_go", "Let it go"))
    if found.lot.status not in BLOCKED:
        return _step(file, "", _to_be_blocked(found), _option(file, "contain", "Block it"))
    if (said := narrowing(file)) is not None:
        return _narrowed(file, said)
    if so_far.false_alarm and not so_far.refused:
        return _for_nothing(file, so_far)
    if not found.told or still_to_do(file):
        return Proposal(stage="contained", because=asked.defect) if found.told else _untold(found, so_far)
    return _next(file, found, so_far)


def _not_held(file: CaseFile, found: HeldLotFound, so_far: Disposition) -> Proposal:
    if found.lot.status is not LotStatus.UNRESTRICTED and so_far.on_conditions:
        return _on_conditions(file, found, so_far)
    return Proposal(settled=_end(file, so_far), because=f"Nothing of {found.lot.lot} is held any more.")


def _untold(found: HeldLotFound, so_far: Disposition) -> Proposal:
    because = f"No system has told of {found.lot.lot} yet; the hold is in force."
    return Proposal(stage="untold", because=f"{because} {so_far.why_open}".rstrip())


def _to_be_blocked(found: HeldLotFound) -> str:
    lot = found.lot
    if not found.let_go_by:
        return f"{lot.lot} is blocked in the stock system, too."
    status = in_words(lot.status)
    return f"{found.let_go_by} says that {lot.lot} is {status}. The hold stays in force, and it is blocked there."


def _narrowed(file: CaseFile, said: PastAnswer) -> Proposal:
    who, lots = ", ".join(said.people), said.values["lots"]
    why = f"{who} says that {lots} is not concerned: {said.values['evidence']}"
    return _step(file, "awaiting_second", why, _option(file, "narrow", "Let these lots go"))


def _for_nothing(file: CaseFile, so_far: Disposition) -> Proposal:
    why = f"{so_far.proposed_by} says that nothing is wrong with it: {so_far.instructions}"
    return _step(file, "awaiting_disposition", why, _option(file, "false_alarm", "Let all of it go"))


def _on_conditions(file: CaseFile, found: HeldLotFound, so_far: Disposition) -> Proposal:
    """Held again by itself when a result is bad or does not come in time; free when all are good."""
    failed = so_far.failed or (f"It failed {', '.join(found.failed)}." if found.failed else "")
    if failed:
        again = _option(file, "hold_again", "Hold it again")
        return _step(file, "", failed, again.model_copy(update={"because": (failed,)}))
    if so_far.tested is None:
        assert so_far.stays is not None
        tests = so_far.stays.said["tests"]
        return Proposal(stage="on_conditions", because=f"It may be used on conditions; tests: {tests}")
    confirm = _option(file, "confirm", "Release it without conditions")
    return _step(file, "ready_to_release", "All tests came out well.", confirm)


def _next(file: CaseFile, found: HeldLotFound, so_far: Disposition) -> Proposal:
    quantity = found.lot.quantity
    if not quantity:
        return _step(file, "ready_to_release", "Nothing of it is left.", _option(file, "lift", "Lift the hold"))
    goes_on = so_far.stays if so_far.agreed and not _dividing(file) else None
    if goes_on is not None and quantity == goes_on.quantity:
        return _going_on(file, so_far, goes_on)
    into = next((part.said["other_item"] for part in so_far.parts if part.code == "downgrade"), "")
    if into and found.other_item in (None, found.lot.item):
        return Proposal(stage="investigating", because=f"It cannot become {into}: the site has no such other item.")
    if so_far.proposed and so_far.total == quantity and not so_far.refused:
        parts = parts_in_words(so_far.parts)
        option = _option(file, "disposition", parts)
        value = {part.code: Decimal(0) for part in so_far.parts}
        for part in so_far.parts:
            value[part.code] += part.quantity * found.value
        ruling = together(_ruling(file, code, cost) for code, cost in value.items())
        return Proposal(
            stage="awaiting_disposition", because=f"{so_far.proposed_by} proposes: {parts}",
            options=(RuledOption(option=option, ruling=ruling),),
        )  # fmt: skip
    return Proposal(stage="investigating", because=so_far.why_open or "What becomes of it has to be found out.")


def _dividing(file: CaseFile) -> bool:
    """Whether what was agreed is just being written."""
    return file.state == "committing" and file.chosen is not None and file.chosen.name == "disposition"


def _going_on(file: CaseFile, so_far: Disposition, part: Part) -> Proposal:
    """What follows where all that is still held becomes the same in the same way."""
    if part.code in WORK:
        return _worked_on(file, so_far, part)
    if part.code in _CARRIED_OUT:
        option, title, _ = _CARRIED_OUT[part.code]
        return Proposal.of_step("executing", part.instructions, _option(file, option, title), _by_two(file, part.code))
    if so_far.waiting_for:
        return _without_consent(so_far)
    return _step(file, "ready_to_release", "All it takes is there.", _option(file, "as_agreed", "Release it as agreed"))


def _without_consent(so_far: Disposition) -> Proposal:
    missing = " and ".join(_WHOSE[topic] for topic in so_far.waiting_for)
    return Proposal(stage="awaiting_consent", because=f"It waits for the consent of {missing}.")


_WHOSE = {CUSTOMER_CONSENT: "the customer", REGULATOR_CONSENT: "the authority"}


_CARRIED_OUT = {
    "scrap": ("scrapped", "Scrap it", (Role.WAREHOUSE, Role.FINANCE)),
    "return_to_vendor": ("returned", "Return it to the vendor", (Role.BUYER, Role.WAREHOUSE)),
}


def _by_two(file: CaseFile, code: str) -> Ruling:
    """Who carries it out and who sees it: two people, also where a table says nothing of it."""
    option, _, two = _CARRIED_OUT[code]
    ruling = _ruling(file, option)
    if file.policy.names(option):
        return ruling
    require = tuple(Requirement(role=role) for role in two)
    return ruling.model_copy(update={"require": require, "automatic": False})


def _worked_on(file: CaseFile, so_far: Disposition, part: Part) -> Proposal:
    done = WORK[part.code]
    if so_far.reworked is None:
        return Proposal(stage="reworking", because=f"{part.quantity.normalize():f} are to be {done}.")
    if so_far.inspected is None:
        return Proposal(stage="reinspection", because=f"It has been {done}.")
    if so_far.waiting_for:
        return _without_consent(so_far)
    release = _option(file, f"release_{done}", f"Release what was {done}")
    return _step(file, "ready_to_release", "It passed.", release)


def watches(file: CaseFile) -> tuple[Watched, ...]:
    """The lot, and who counts on it."""
    asked = suspected(file)
    kinds = (Lot, Hold, Allocation, Inspection)
    return (
        *(Watched(kind, file.site, "lot", asked.lot) for kind in kinds),
        *(Watched(HoldRule, file.site, "of", rule.partition(":")[2]) for rule in rules(file) if rule),
    )


def _end(file: CaseFile, so_far: Disposition) -> str:
    if (so_far.false_alarm and so_far.agreed) or let_go(file):
        return "false_alarm"
    said = answers(file)
    kept = any(past.topic in ("disposition", "release") and _gives_back(said, past) for past in said)
    return "released" if kept else "disposed"


def _gives_back(said: Sequence[PastAnswer], past: PastAnswer) -> bool:
    if past.topic == "release":
        return past.choice in ("release_reworked", "release_repaired", "confirm")
    proposed = [one for one in said if one.topic == "proposal" and one.choice != "narrow" and one.step < past.step]
    if past.choice != "disposition":
        return False
    return any(part.code in (*GIVING_BACK, "downgrade") for part in parts_of(proposed[-1].values))


def _option(file: CaseFile, name: str, title: str) -> Option:
    return Option(name=name, title=title, expires_at=file.at + timedelta(days=1))


def _ruling(file: CaseFile, option: str, cost: Decimal = Decimal(0)) -> Ruling:
    return file.policy.rule(PolicyInputs(option=option, zone=urgency(file), cost=cost))


def _step(file: CaseFile, stage: str, because: str, option: Option) -> Proposal:
    return Proposal.of_step(stage, because, option, _ruling(file, option.name))


QUALITY_HOLD = Process(
    name="quality_hold",
    prefix="QH",
    title="Quality hold",
    purpose="Stops what is suspect at once, and sees to it that those who must decide what becomes of it.",
    about=Lot,
    request=QualityHoldRequest,
    states=(
        State(
            "received", "The hold is in force; what must follow will be looked at.",
            within=Duration(clock=timedelta(minutes=1)), next=("assessing",), watches=watches,
        ),
        State(
            "assessing", "The lot, and who was going to use or to get it, are looked up.", watches=watches,
            within=Duration(clock=timedelta(minutes=10)),
            next=(
                "untold", "contained", "investigating", "awaiting_disposition", "reworking", "reinspection",
                "ready_to_release", "on_conditions", "awaiting_consent", "awaiting_second", "executing", "committing",
                "propagating",
            ),
        ),
        State(
            "untold", "No system has told of the lot; the hold is in force, and goes on as soon as one does.",
            owner=Role.QUALITY_ENGINEER, within=Duration(working_days=1), questions=questions.untold, watches=watches,
            opens=when_contained, next=("assessing",),
        ),
        State(
            "contained", "It is tagged and set apart, and whoever got of it is told.", owner=Role.WAREHOUSE,
            within=Duration(working=timedelta(hours=4)), questions=questions.containment, watches=watches,
            opens=when_contained, next=("assessing",),
        ),
        State(
            "investigating", "What is wrong, and what becomes of it, is being found out.", watches=watches,
            owner=Role.QUALITY_ENGINEER, within=Duration(working_days=2), questions=questions.investigation,
            opens=beside, next=("assessing",),
        ),
        State(
            "awaiting_disposition", "Those who must agree to what becomes of it are asked.", watches=watches,
            owner=Role.QUALITY_ENGINEER, within=Duration(working_days=1), questions=questions.board,
            next=("assessing", "committing"),
        ),
        State(
            "reworking", "Part of it is being reworked, repaired or sorted.", owner=Role.PRODUCTION,
            within=Duration(working_days=2), questions=questions.work, watches=watches, opens=beside,
            next=("assessing",),
        ),
        State(
            "reinspection", "What was reworked is inspected, by somebody else.", owner=Role.QUALITY_INSPECTOR,
            within=Duration(working_days=1), questions=questions.reinspection, watches=watches, next=("assessing",),
        ),
        State(
            "on_conditions", "It may be used on conditions as long as tests are outstanding.", watches=watches,
            owner=Role.QUALITY_INSPECTOR, within=Duration(working_days=10), questions=questions.on_conditions,
            opens=beside, next=("assessing",),
        ),
        State(
            "awaiting_second", "Lots that were made of it are to be let go; a second engineer must agree.",
            owner=Role.QUALITY_ENGINEER, within=Duration(working_days=1), questions=questions.second, opens=beside,
            watches=watches, next=("assessing", "committing"),
        ),
        State(
            "awaiting_consent", "It is agreed to; a customer or an authority must consent.", opens=beside,
            owner=Role.QUALITY_ENGINEER, within=Duration(working_days=5), questions=questions.consents,
            watches=watches, next=("assessing",),
        ),
        State(
            "executing", "It is being scrapped, or returned to the vendor.", owner=Role.WAREHOUSE, watches=watches,
            within=Duration(working_days=2), questions=questions.execution, opens=beside,
            next=("assessing", "committing"),
        ),
        State(
            "ready_to_release", "It passed; somebody must release it.", owner=Role.QUALITY_ENGINEER, watches=watches,
            within=Duration(working_days=1), questions=questions.release, next=("assessing", "committing"),
        ),
        State(
            "committing", "The lot is looked at once more and the step written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), next=("assessing", "commit_failed"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; the hold stays in force here.",
            owner=Role.QUALITY_ENGINEER, within=Duration(clock=timedelta(hours=1)), questions=questions.repair,
            next=("committing", "assessing", "commit_failed"),
        ),
        State(
            "propagating", "Those who counted on it are told.", owner=Role.PLANNER, within=Duration(working_days=1),
            questions=questions.handoffs, next=("released", "disposed", "false_alarm"),
        ),
        State("released", "What could be used is released; the rest is gone."),
        State("disposed", "Nothing of it could be used."),
        State("false_alarm", "Nothing was wrong with it."),
    ),
    checks=(
        Check("lot", "What is there of the lot, and whether it is held", "quality"),
        Check("where_used", "Shipments, jobs and customers that count on it", "dispatch and production"),
    ),
    propose=propose,
    effects=effects,
    successors=("shortage", "quality_hold"),
    meeting=Meeting.MERGE,
    by_steps=True,
    founds=founded,
    founded_on=of_item,
    at_once=contained,
    reasons=(
        "INSPECTION_FAILED", "INSPECTION_OVERDUE", "TEST_FAILED", "SUPPLIER_NOTICE", "CUSTOMER_COMPLAINT",
        "CALIBRATION", "WRONG_REVISION", "EXPIRED", "DOCUMENTS", "ENGINEERING", "BLOCKED_ELSEWHERE", "OTHER",
    ),
)  # fmt: skip
