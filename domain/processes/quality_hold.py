"""Quality hold: that nobody uses or ships what is suspect, until those who must have said what becomes of it."""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import Duration
from domain.case import CaseFile
from domain.facts import BLOCKED, Lot
from domain.held_lot import consequences, proposed, questions, watched
from domain.held_lot.effects import effects
from domain.held_lot.known import disposition, held, let_go, narrowing, still_to_do
from domain.held_lot.requested import QualityHoldRequest, in_force
from domain.held_lot.untold import founded, of_item
from domain.option import Proposal
from domain.process import Check, Meeting, Process, State
from domain.roles import Role


def propose(file: CaseFile) -> Proposal:
    """What must happen next with the lot, by how far it has come."""
    found, so_far = held(file), disposition(file)
    if found is None:
        return Proposal.to_find_out("contained", "Nobody knows the lot.")
    if not found.held:
        return proposed.not_held(file, found, so_far)
    if let_go(file):
        return proposed.not_concerned(file, found)
    if found.lot.status not in BLOCKED:
        return proposed.blocked(file, found)
    if (said := narrowing(file)) is not None:
        return proposed.narrowed(file, found, said)
    if so_far.false_alarm and not so_far.refused:
        return proposed.for_nothing(file, found, so_far)
    if not found.told or still_to_do(file):
        return proposed.contained(file, found, so_far)
    return proposed.disposed(file, found, so_far)


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
            within=Duration(clock=timedelta(minutes=1)), watches=watched.lot, next=("assessing",),
        ),
        State(
            "assessing", "The lot, and who was going to use or to get it, are looked up.",
            within=Duration(clock=timedelta(minutes=10)), watches=watched.lot,
            next=(
                "untold", "contained", "investigating", "awaiting_disposition", "reworking", "reinspection",
                "ready_to_release", "on_conditions", "awaiting_consent", "awaiting_second", "executing", "committing",
                "propagating",
            ),
        ),
        State(
            "untold", "No system has told of the lot; the hold is in force, and goes on as soon as one does.",
            owner=Role.QUALITY_ENGINEER, within=Duration(working_days=1), questions=questions.untold,
            watches=watched.lot, opens=consequences.when_contained, next=("assessing",),
        ),
        State(
            "contained", "It is tagged and set apart, and whoever got of it is told.", owner=Role.WAREHOUSE,
            within=Duration(working=timedelta(hours=4)), questions=questions.containment, watches=watched.lot,
            opens=consequences.when_contained, next=("assessing",),
        ),
        State(
            "investigating", "What is wrong, and what becomes of it, is being found out.", owner=Role.QUALITY_ENGINEER,
            within=Duration(working_days=2), questions=questions.investigation, watches=watched.lot,
            opens=consequences.beside, next=("assessing",),
        ),
        State(
            "awaiting_disposition", "Those who must agree to what becomes of it are asked.",
            owner=Role.QUALITY_ENGINEER, within=Duration(working_days=1), questions=questions.board,
            watches=watched.lot, next=("assessing", "committing"),
        ),
        State(
            "reworking", "Part of it is being reworked, repaired or sorted.", owner=Role.PRODUCTION,
            within=Duration(working_days=2), questions=questions.work, watches=watched.lot, opens=consequences.beside,
            next=("assessing",),
        ),
        State(
            "reinspection", "What was reworked is inspected, by somebody else.", owner=Role.QUALITY_INSPECTOR,
            within=Duration(working_days=1), questions=questions.reinspection, watches=watched.lot, next=("assessing",),
        ),
        State(
            "on_conditions", "It may be used on conditions as long as tests are outstanding.",
            owner=Role.QUALITY_INSPECTOR, within=Duration(working_days=10), questions=questions.on_conditions,
            watches=watched.lot, opens=consequences.beside, next=("assessing",),
        ),
        State(
            "awaiting_second", "Lots that were made of it are to be let go; a second engineer must agree.",
            owner=Role.QUALITY_ENGINEER, within=Duration(working_days=1), questions=questions.second,
            watches=watched.lot, opens=consequences.beside, next=("assessing", "committing"),
        ),
        State(
            "awaiting_consent", "It is agreed to; a customer or an authority must consent.",
            owner=Role.QUALITY_ENGINEER, within=Duration(working_days=5), questions=questions.consents,
            watches=watched.lot, opens=consequences.beside, next=("assessing",),
        ),
        State(
            "executing", "It is being scrapped, or returned to the vendor.", owner=Role.WAREHOUSE,
            within=Duration(working_days=2), questions=questions.execution, watches=watched.lot,
            opens=consequences.beside, next=("assessing", "committing"),
        ),
        State(
            "ready_to_release", "It passed; somebody must release it.", owner=Role.QUALITY_ENGINEER,
            within=Duration(working_days=1), questions=questions.release, watches=watched.lot,
            next=("assessing", "committing"),
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
    successors=("shortage", "quality_hold", "dispatch_release"),
    meeting=Meeting.MERGE,
    by_steps=True,
    founds=founded,
    founded_on=of_item,
    at_once=in_force,
    reasons=(
        "INSPECTION_FAILED", "INSPECTION_OVERDUE", "TEST_FAILED", "SUPPLIER_NOTICE", "CUSTOMER_COMPLAINT",
        "CALIBRATION", "WRONG_REVISION", "EXPIRED", "DOCUMENTS", "ENGINEERING", "BLOCKED_ELSEWHERE", "OTHER",
    ),
)  # fmt: skip
