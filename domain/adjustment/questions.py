"""Who is asked what about a disturbed schedule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from domain import asking
from domain.adjustment.effects import effects, missed_departures
from domain.adjustment.findings import DisturbedScheduleFound
from domain.adjustment.known import (
    OUTSIDE,
    UNANSWERED,
    adjusted,
    chosen_plan,
    left_to_production,
    others_wanted,
    sent_out,
)
from domain.calendar import Duration
from domain.case import CaseFile
from domain.form import FieldKind, Form, FormField
from domain.ladder import LadderStep
from domain.policy import Requirement
from domain.question import QuestionDraft
from domain.roles import Role


def triage(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """How long it lasts, asked of those who are there."""
    form = Form(
        fields=(
            FormField(name="until", title="It works again at", kind=FieldKind.TIME),
            FormField(
                name="confidence", title="How sure", kind=FieldKind.WORD, words=("sure", "likely", "guess"),
                required=False,
            ),
        )
    )  # fmt: skip
    return (
        asking.verdict(
            Role.PRODUCTION, "triage", title=f"{file.subject}: how long?", context=file.decided_because,
            yes=("confirm", "It lasts until"), no=("false_alarm", "False alarm"), form=form,
            within=Duration(clock=timedelta(minutes=30)),
        ),
    )  # fmt: skip


def information(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That what could not be read is there now."""
    return (asking.what_is_missing(file, Role.PLANNER),)


def decision(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Which way to react; and of the buyer, whether others would help."""
    found = adjusted(file)
    which = asking.which_option(
        file, title=f"{file.subject}: which plan?", no="Keep the plan as it is", silence_refuses=False,
        context="\n".join([file.decided_because, *(f"- {text}" for text in (_besides(file, found) if found else ()))]),
        otherwise=Role.PLANNER,
    )  # fmt: skip
    which = _with_reasons(which, found)
    if found is not None and left_to_production(file, found):
        # Nobody answered once already: what production may not decide alone is for the lead of the planners at once.
        which = which.model_copy(update={"ladder": _LATE})
    elif found is not None and found.local:
        which = which.model_copy(update={"on_silence": UNANSWERED, "silence_percent": 100})
    wanted = others_wanted(file, found.nobody_outside_for) if found else ()
    return (which, *((_who_would_help(file, wanted, asking.half(which.within)),) if wanted else ()))


def _with_reasons(which: QuestionDraft, found: DisturbedScheduleFound | None) -> QuestionDraft:
    """Whoever takes another plan than the best by score says why (processes 1.3, row 5)."""
    others = () if found is None else tuple(option.kind for option in found.options[1:])
    choices = (
        choice.model_copy(update={"reason_needed": True}) if choice.name in others else choice
        for choice in which.choices
    )
    return which.model_copy(update={"choices": tuple(choices)})


def _besides(file: CaseFile, found: DisturbedScheduleFound) -> Iterator[str]:
    """What whoever decides has to know besides the options."""
    yield from (*found.left_out, *found.offers_left_out)
    if found.closed:
        yield f"No work can be moved to {', '.join(found.closed)} now."
    if found.most_changes is not None:
        yield f"Plans published here in this shift: {found.published}, of {found.most_changes} at most."
    if found.most_changes is not None and found.published >= found.most_changes:
        yield "That is enough for a shift: with each further one less can be relied on."
    if left_to_production(file, found):
        yield f"No planner answered in time. Production may take this alone: {', '.join(found.local)}."


_LATE = (
    LadderStep(percent=1, to="lead"),
    LadderStep(percent=50),
    LadderStep(percent=100, to=Role.DUTY_MANAGER, red=True),
)


def _who_would_help(file: CaseFile, wanted: Sequence[str], within: Duration) -> QuestionDraft:
    form = Form(
        fields=(
            FormField(name="supplier", title="Who", kind=FieldKind.NAME),
            FormField(name="price_per_hour", title="For an hour of work here he wants", kind=FieldKind.QUANTITY),
            FormField(name="lead_days", title="Days until it is back", kind=FieldKind.QUANTITY),
            FormField(name="valid_until", title="His offer is good until", kind=FieldKind.TIME, ahead=True),
        )
    )
    return asking.inquiry(
        (Requirement(role=Role.BUYER),), OUTSIDE, title=f"Would anybody else do work of {file.subject}?", form=form,
        within=within, context=f"{file.decided_because}\n- No offer is on file for {', '.join(wanted)}.",
    )  # fmt: skip


def handoffs(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Everybody who works by the plan, each with what moves."""
    assert file.chosen is not None
    within, moved = Duration(working=timedelta(hours=4)), [effect.job for effect in effects(file, file.chosen)]
    told = f"{file.chosen.title} {', '.join(moved)}: {file.decided_because}"
    roles = [Role.PRODUCTION, *((Role.WAREHOUSE,) if moved else ())]
    if file.chosen.name == "outsource":
        roles.append(Role.BUYER)
    if any(line.breaks_promise for line in file.chosen.disturbed):
        roles.append(Role.SALES)
    missed = missed_departures(file, file.chosen)
    if missed:
        roles.append(Role.DISPATCH)
    besides = {
        Role.PRODUCTION: [f"- {text}" for text in _in_detail(file)],
        Role.BUYER: [f"- To be ordered: {text}." for text in sent_out(file)],
        Role.DISPATCH: [f"- {text}" for text in missed],
    }
    return tuple(
        asking.handoff(
            role, title=f"New plan for {file.subject}", context="\n".join([told, *besides.get(role, [])]), within=within
        )
        for role in roles
    )


def _in_detail(file: CaseFile) -> Iterator[str]:
    """What the steps of the jobs do not say: who works longer, and where each lot is made."""
    plan = chosen_plan(file)
    if plan is None:
        return
    for shift in plan.overtime:
        yield f"{shift.machine} works longer, from {shift.start:%Y-%m-%d %H:%M} to {shift.end:%Y-%m-%d %H:%M} UTC."
    for place in plan.schedule.plan:
        if " (" in place.operation:
            when = f"from {place.start:%Y-%m-%d %H:%M} to {place.end:%Y-%m-%d %H:%M} UTC"
            yield f"{place.operation} on {place.machine}, {when}."


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed."""
    return (asking.how_to_repair(file, Role.PLANNER),)
