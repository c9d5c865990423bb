"""Asking in the case for a waiver: whoever is to mend something may ask instead that the shipment leaves without it."""

from __future__ import annotations

from collections.abc import Iterator

from domain.case import CaseFile
from domain.evidence import Reason
from domain.form import FieldKind, Form, FormField
from domain.leaving.findings import ReadinessFound
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft
from domain.readiness.waiver import ASK_WAIVER, PREDICATE, UNTIL, why_not_waived
from domain.roles import Role, listed
from domain.words import in_words

NOT_HIS = "Nobody can waive that: it has to become so."


def or_waived(file: CaseFile, task: QuestionDraft, *, otherwise: Role) -> QuestionDraft:
    """*task* to mend something, which its owner may also ask to be waived; or why he cannot."""
    (owner,), known = task.roles, file.finding("readiness", ReadinessFound)
    if known is None:
        return task
    asked = {waiver.predicate: waiver for waiver in known.asked_for}
    ways, why_not, waiting = [], [], []
    for predicate, reasons in known.lacking.items():
        if owner not in {reason.owner or otherwise for reason in reasons}:
            continue
        if waiver := asked.get(predicate):
            must = listed(sorted(waiver.missing))
            waiting.append(f"{waiver.id} asks that {in_words(predicate)} is waived; {must} must agree.")
        elif why := why_not_waived(predicate, known.values[predicate], reasons):
            why_not.append(why)
        else:
            ways.append(predicate)
    task = task.model_copy(update={"context": "\n".join((task.context, *(f"- {one}" for one in waiting)))})
    if ways:
        return task.model_copy(update={"choices": (*task.choices, _asking(owner, tuple(ways)))})
    return task.model_copy(update={"impossible": {ASK_WAIVER: " ".join((*waiting, *why_not)) or NOT_HIS}})


def to_agree(file: CaseFile) -> Iterator[Reason]:
    """What each who must agree to a waiver that was asked for can do about it."""
    known = file.finding("readiness", ReadinessFound)
    for waiver in () if known is None else known.asked_for:
        what = f"{in_words(waiver.predicate)} is waived until {waiver.expires_at:%Y-%m-%d %H:%M} UTC"
        text = f"Agree to {waiver.id}, or not: {waiver.asked_by} asks that {what}. {waiver.reason}"
        yield from (Reason(code="asked_for", thing=waiver.id, owner=role, text=text) for role in sorted(waiver.missing))


def _asking(owner: Role, predicates: tuple[str, ...]) -> Choice:
    return Choice(
        name=ASK_WAIVER, title="Ask that it leaves although this is not so", require=(Requirement(role=owner),),
        reason_needed=True,
        form=Form(
            fields=(
                FormField(name=PREDICATE, title="What is not so", kind=FieldKind.WORD, words=predicates),
                FormField(name=UNTIL, title="Until when it may leave so", kind=FieldKind.TIME, ahead=True),
            )
        ),
    )  # fmt: skip
