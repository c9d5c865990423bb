"""Quality alert: that all lots a rule fits are stopped, those there are and those that come, each with its own case."""

from __future__ import annotations

from datetime import timedelta

from domain.alert import consequences, proposed, questions, watched
from domain.alert.effects import effects
from domain.alert.known import as_wanted, scope, wanted
from domain.alert.requested import QualityAlertRequest, founded, in_force
from domain.calendar import Duration
from domain.case import CaseFile
from domain.option import Proposal
from domain.process import Check, Meeting, Process, State
from domain.release import HoldRule
from domain.roles import Role


def propose(file: CaseFile) -> Proposal:
    """What becomes of the rule, by what was said of its scope."""
    found, said = scope(file), wanted(file)
    if found is None:
        return Proposal.to_find_out("in_force", "Nobody knows the rule.")
    if not found.rule.active:
        return proposed.over(found)
    if said is None or as_wanted(found.rule, said) == found.rule:
        return Proposal(stage="in_force", because=found.rule.because)
    return proposed.nothing_changes(file, found, said) or proposed.changed(file, found, said)


QUALITY_ALERT = Process(
    name="quality_alert",
    prefix="QA",
    title="Quality alert",
    purpose="Stops every lot that a rule fits, those there are and those that come, and has each decided on.",
    about=HoldRule,
    request=QualityAlertRequest,
    states=(
        State(
            "received", "The rule is in force; what it stops will be looked at.",
            within=Duration(clock=timedelta(minutes=1)), watches=watched.rule, next=("assessing",),
        ),
        State(
            "assessing", "Which lots it fits is looked up.", within=Duration(clock=timedelta(minutes=10)),
            watches=watched.rule, next=("in_force", "awaiting_second", "committing", "closed", "false_alarm"),
        ),
        State(
            "in_force", "It stops what fits; its scope can be changed.", owner=Role.QUALITY_ENGINEER,
            within=Duration(working_days=5), questions=questions.scope_of, watches=watched.rule,
            opens=consequences.stopped, next=("assessing",),
        ),
        State(
            "awaiting_second", "It is to stop less; a second quality engineer must agree.", owner=Role.QUALITY_ENGINEER,
            within=Duration(working_days=1), questions=questions.change, watches=watched.rule,
            opens=consequences.stopped, next=("assessing", "committing"),
        ),
        State(
            "committing", "What it fits is looked at once more, and its scope written.",
            within=Duration(clock=timedelta(minutes=30)), next=("assessing", "commit_failed"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; the rule stays as it was.",
            owner=Role.QUALITY_ENGINEER, within=Duration(clock=timedelta(hours=1)), questions=questions.repair,
            next=("committing", "assessing", "commit_failed"),
        ),
        State(
            "closed", "It stops nothing more; what it has stopped is decided on lot by lot.",
            opens=consequences.stopped,
        ),
        State("false_alarm", "Nothing was wrong; what it alone had stopped is let go.", opens=consequences.stopped),
    ),
    checks=(Check("scope", "Which lots the rule fits, and who sees to them", "quality"),),
    propose=propose,
    effects=effects,
    successors=("quality_hold",),
    meeting=Meeting.MERGE,
    by_steps=True,
    founds=founded,
    at_once=in_force,
    reasons=("MACHINE", "CALIBRATION", "SUPPLIER_NOTICE", "CUSTOMER_COMPLAINT", "ENGINEERING", "OTHER"),
)  # fmt: skip
