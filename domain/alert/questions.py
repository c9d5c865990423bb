"""Who is asked what about a rule by which lots are suspect."""

from __future__ import annotations

from domain import asking
from domain.alert.known import scope, wanted
from domain.calendar import Duration
from domain.case import CaseFile
from domain.form import FieldKind, Form, FormField
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import Role


def scope_of(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether the rule stops what it should: more, less, nothing any more, or nothing at all."""
    found = scope(file)
    assert found is not None
    asked = (Requirement(role=Role.QUALITY_ENGINEER),)
    held = [lot.key for lot in found.lots if lot.held]
    stopped = f"Stopped: {', '.join(held)}." if held else "It stops nothing yet."
    return (
        QuestionDraft(
            kind=QuestionKind.STEP, topic="scope", title=f"{found.rule.in_words}: what does it stop?",
            context=f"{found.rule.because}\n{stopped}",
            choices=tuple(
                Choice(name=name, title=title, require=asked, form=form) for name, title, form in _CHANGES
            ),
            within=Duration(working_days=5),
        ),
    )  # fmt: skip


def _evidence(title: str) -> FormField:
    return FormField(name="evidence", title=title, kind=FieldKind.TEXT)


_CHANGES = (
    (
        "extend",
        "It goes further",
        Form(
            fields=(
                FormField(name="since", title="Since, earlier", kind=FieldKind.TIME, required=False),
                FormField(name="items", title="Further items", kind=FieldKind.NAMES, required=False),
                _evidence("Why"),
            )
        ),
    ),
    (
        "narrow",
        "Some lots are not concerned",
        Form(
            fields=(
                FormField(name="lots", title="Lots, such as VALVE:V1", kind=FieldKind.NAMES),
                _evidence("What shows it"),
                asking.REPORT,
            )
        ),
    ),
    ("close", "No more lots will come", Form(fields=(_evidence("What was mended"),))),
    (
        "false_alarm",
        "It was a false alarm",
        Form(fields=(_evidence("What was tested again, and how it came out"), asking.REPORT)),
    ),
)


def change(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether a second quality engineer agrees; neither who proposes it nor who placed the hold."""
    said = wanted(file)
    assert said is not None
    return (
        asking.next_step(
            file, "change", title=f"{file.subject.replace(':', ' ')}: stop less?", no="It stops what it did",
            excluded=dict.fromkeys(said.people, "asked for it"),
        ),
    )  # fmt: skip


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed; the rule itself is never given up."""
    return (asking.how_to_repair(file, Role.QUALITY_ENGINEER, may_abandon=False),)
