"""Who is asked what about the ways to fill a gap, all at once, and what they have said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile, PastAnswer
from domain.form import FieldKind, Form, FormField
from domain.policy import Requirement, Ruling
from domain.question import QuestionDraft
from domain.roles import Role, lead_of
from domain.shortage import wording
from domain.shortage.combination import worth_choosing
from domain.shortage.findings import ShortageFound, SourcesFound
from domain.shortage.severity import ZONES, Severity
from domain.shortage.told import Told
from domain.shortage.way import Way

ASKED: Final[dict[str, Role]] = {
    "expedite": Role.BUYER,
    "other_supplier": Role.BUYER,
    "release": Role.QUALITY_ENGINEER,
    "transfer": Role.PLANNER,
}
"""Who knows of which way whether it can be had."""
MOST_ASKED: Final = 6
"""More at once nobody sees to; those that come first are asked."""


def told(file: CaseFile) -> tuple[Told, ...]:
    """What was said so far; that something cannot be had counts until something is decided."""
    return tuple(
        _told(past)
        for past in file.answers
        if past.topic.startswith(_TOPIC)
        and (past.choice == "offered" or (past.choice == "cannot" and past.step > _decided(file)))
    )


def unasked(file: CaseFile, found: ShortageFound, ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """
    The ways that somebody has still to be asked about.

    Where there is time to order in the usual way, only those that another site must agree to.
    """
    unhurried = found.severity in (None, Severity.S4)
    known = (way for way in ways if way.kind in ASKED and (way.consent is not None or not unhurried))
    wanted = sorted(known, key=lambda way: (way.at, way.name))
    return tuple(way for way in wanted if not _heard(file, way))[:MOST_ASKED]


def waited_for(file: CaseFile, found: ShortageFound) -> bool:
    """Whether answers are waited for before anybody decides: nothing that is sure covers the gap."""
    ways = ways_of(file)
    if not unasked(file, found, ways):
        return False
    sure = tuple(way for way in ways if way.sure)
    return all(combination.residual is not None for combination in worth_choosing(found.balance, sure))


def ways_of(file: CaseFile) -> tuple[Way, ...]:
    """Every way that was found, as far as it has been told, as those say who were asked."""
    sources = file.finding("sources", SourcesFound)
    return () if sources is None else sources.ways


def choosable(file: CaseFile) -> tuple[Way, ...]:
    """Those of them that may be chosen: of what another site must agree to, only what it has agreed to."""
    return tuple(way for way in ways_of(file) if way.granted)


def inquiries(file: CaseFile, found: ShortageFound) -> tuple[QuestionDraft, ...]:
    """
    A question for each way that somebody has still to be asked about.

    Each for half of the time to decide or, where another site must agree, for as long as its own policy says.
    """
    within = asking.half(file.policy.within[ZONES[found.severity or Severity.S3]])
    return tuple(_inquiry(file, found, way, within) for way in unasked(file, found, ways_of(file)))


_TOPIC: Final = "can:"
# Before the name of the way that is asked about.


def _inquiry(file: CaseFile, found: ShortageFound, way: Way, within: Duration) -> QuestionDraft:
    # What is kept for safety is not for who plans with it to give.
    usual = ASKED[way.kind] if way.spare is None else lead_of(ASKED[way.kind])
    question = asking.inquiry(
        (Requirement(role=usual),) if way.consent is None else way.consent.require, _TOPIC + way.name,
        title=f"{file.subject}: {way.title}?", form=_form(way),
        within=within if way.consent is None else way.consent.within,
        context=wording.context(file.subject, found.balance, found.gap),
    )  # fmt: skip
    # Whoever gives it away knows what he needs himself.
    here = question.model_copy(update={"site": way.source}) if way.kind == "transfer" else question
    return here if way.consent is None else _consent(file, here, way.consent)


def _consent(file: CaseFile, question: QuestionDraft, ruling: Ruling) -> QuestionDraft:
    """The *question* as the policy of the site that gives wants it asked; nobody who wants it agrees to give it."""
    signed = "; ".join(ruling.signed) or None
    choices = (
        choice.model_copy(
            update={"title": "We keep it"}
            if choice.ends
            else {"title": "We give it away", "signed": signed, "over_limit": ruling.over_limit}
        )
        for choice in question.choices
    )
    asked_for = dict.fromkeys((file.requester.id, *file.also_asked), "asked for it")
    return question.model_copy(update={"choices": tuple(choices), "ladder": ruling.ladder, "excluded": asked_for})


def _form(way: Way) -> Form:
    much = FormField(name="quantity", title="How much", kind=FieldKind.QUANTITY, most=way.limit)
    cost = FormField(name="cost", title="What it costs", kind=FieldKind.QUANTITY)
    return Form(
        fields=(
            # An order that is hurried comes as a whole.
            *(() if way.whole and way.kind == "expedite" else (much,)),
            FormField(name="at", title="It is there at", kind=FieldKind.TIME, ahead=True),
            *(() if way.kind == "release" else (cost,)),
            FormField(name="confidence", title="How sure", kind=FieldKind.WORD, words=("sure", "likely", "guess")),
            FormField(name="valid_until", title="That is good until", kind=FieldKind.TIME, ahead=True),
        )
    )


def _told(past: PastAnswer) -> Told:
    said = {"way": past.topic.removeprefix(_TOPIC), "by": ", ".join(past.people), "can": past.choice == "offered"}
    return Told.model_validate(past.values | said)


def _heard(file: CaseFile, way: Way) -> bool:
    """Whether somebody said of it what is still good, or let the time pass, since something was decided last."""
    latest = file.answered(_TOPIC + way.name)
    if latest is None:
        return False
    if latest.choice == "offered":
        return _told(latest).good(file.at)
    return latest.step > _decided(file)


def _decided(file: CaseFile) -> int:
    decided: Iterator[int] = (past.step for past in file.answers if past.topic == "decision")
    return max(decided, default=0)
