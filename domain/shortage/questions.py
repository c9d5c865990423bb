"""Who is asked what about a short item."""

from __future__ import annotations

from datetime import timedelta

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile
from domain.question import QuestionDraft
from domain.roles import Role
from domain.shortage import counting, wording
from domain.shortage.following import outstanding
from domain.shortage.inquiries import inquiries
from domain.shortage.known import found_out
from domain.shortage.severity import UNHURRIED, Severity


def information(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What is missing before anything can be said."""
    return (asking.what_is_missing(file, Role.PLANNER),)


def count(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """How much there is, whatever the books say."""
    found = found_out(file)
    return (counting.count(file, found.balance, found.gap, found.severity or Severity.S1),)


def correction(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That the books are put right."""
    return (counting.correction(file, found_out(file).severity or Severity.S1),)


def sourcing(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What can be had, asked of everybody who knows at once."""
    return inquiries(file, found_out(file))


def decision(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Which way out to take; and beside it what would make another way better, or certain."""
    found = found_out(file)
    assert file.proposal is not None
    options = tuple(ruled.option for ruled in file.proposal.options)
    question = asking.which_option(
        file,
        title=f"{file.subject} is short: which way?",
        context=wording.context(file.subject, found.balance, found.gap, options),
        no="None of these: look for others",
        silence_refuses=False,
        otherwise=Role.PLANNER,
    )
    unhurried = found.severity is Severity.S4
    decided = question.model_copy(update={"within": UNHURRIED}) if unhurried else question
    return (decided, *inquiries(file, found))


def following(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What each owner sees to until it is there."""
    reasons = outstanding(file, found_out(file).balance)
    return asking.what_to_mend(file, reasons, otherwise=Role.BUYER, within=_until_it_is_due(file))


def _until_it_is_due(file: CaseFile) -> Duration:
    """Nobody is reminded before what he waits for should be there."""
    due = max((step.at for step in file.chosen.supply), default=file.at) if file.chosen is not None else file.at
    return Duration(clock=max(due - file.at, timedelta(days=1)))


def handoffs(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Who must know that it is over."""
    found = found_out(file)
    within, item, told = Duration(working_days=1), file.subject, file.decided_because
    if file.proposal is not None and file.proposal.settled == "demand_gone":
        title = f"{item} need not come so soon any more, or at all"
        return (asking.handoff(Role.BUYER, title=title, context=told, within=within, may_refuse=False),)
    roles = [Role.PRODUCTION] if found.goes_into else []
    roles += [Role.SALES] if any(need.job is None for need in found.balance.requirements) else []
    title = f"{item} is there"
    return tuple(asking.handoff(role, title=title, context=told, within=within, may_refuse=False) for role in roles)


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed."""
    return (asking.how_to_repair(file, Role.BUYER),)
