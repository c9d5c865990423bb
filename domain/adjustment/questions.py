"""Who is asked what about a disturbed schedule."""

from __future__ import annotations

from datetime import timedelta

from domain import asking
from domain.adjustment.effects import effects
from domain.adjustment.known import adjusted
from domain.calendar import Duration
from domain.case import CaseFile
from domain.form import FieldKind, Form, FormField
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
            within=Duration(clock=timedelta(minutes=30)), excluded={},
        ),
    )  # fmt: skip


def information(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That what could not be read is there now."""
    return (asking.what_is_missing(file, Role.PLANNER),)


def decision(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Which way to react."""
    found = adjusted(file)
    context = "\n".join([file.decided_because, *(f"- {text}" for text in (found.left_out if found else ()))])
    return (
        asking.which_option(
            file, title=f"{file.subject}: which plan?", context=context, no="Keep the plan as it is",
            silence_refuses=False, otherwise=Role.PLANNER,
        ),
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
    return tuple(
        asking.handoff(role, title=f"New plan for {file.subject}", context=told, within=within) for role in roles
    )


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed."""
    return (asking.how_to_repair(file, Role.PLANNER),)
