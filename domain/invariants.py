"""Invariants: what must be so of every case that was ever kept, whatever happened to it, and what of a case is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from domain.asking_back import ASK_BACK
from domain.decision import OpenQuestion, PrincipalKind, UnknownChoice, settled
from domain.effect import EffectState, assessment_of
from domain.force import TARGETS
from domain.process import SYSTEM, Process
from domain.question import QuestionKind
from domain.trail import TrailEntry

INVARIANTS: Final[Mapping[str, str]] = {
    "I1": "Every request that was acknowledged has its line on the trail of its case.",
    "I2": "A question is settled once, as its answers come to, which the trail tells as well; never are two cases open "
    "about one subject.",
    "I3": "Every write belongs to something that was chosen on the same evidence, and is as far as the trail says.",
    "I4": "A case is where its trail has left it, and over exactly where its process ends.",
    "I5": "Nothing stands that a case wrote which came to nothing, and nothing is written once a case is over.",
    "I6": "Nobody decided what he asked for, answered where he was barred, or in a role that was not asked.",
    "I7": "Every message leaves.",
    "I8": "No line of a trail is missing, and none can be changed.",
    "I9": "Every open case is somebody's, will be late at some time, and goes on.",
    "I10": "No case went a way that its process does not have.",
    "I11": "Nobody is told the same thing twice by the same way.",
    "I12": "Every answer that must be signed is, and what was signed is as it was then.",
}

PATIENCE: Final = timedelta(hours=1)
"""How long something that should come at once may take before it counts as not coming."""

_IN_FORCE = (EffectState.SENT, EffectState.CONFIRMED)
_OVERTAKEN = "superseded"


@dataclass(frozen=True)
class Broken:
    """One place where an invariant does not hold."""

    invariant: str
    row: str
    """What it shows in, such as ``case OC-1``."""
    what: str
    """In a sentence."""


@dataclass(frozen=True)
class RecordedCase:
    """A case as it was found in the record, with all that hangs on it."""

    id: str
    process: Process
    state: str
    version: int
    assessment: int
    owner: str
    due_at: datetime | None
    closed_at: datetime | None
    queued: bool
    trail_length: int
    """How many lines there should be."""
    trail: tuple[TrailEntry, ...]
    questions: tuple[OpenQuestion, ...]
    effects: Mapping[str, EffectState]
    """Of every write, by its key."""


def broken(case: RecordedCase, at: datetime) -> Iterator[Broken]:
    """Every invariant that does not hold of *case* as it is looked at, with where that shows."""
    if case.state not in {state.name for state in case.process.states}:
        yield Broken("I4", f"case {case.id}", f"It is {case.state}, which no case of its process ever is.")
        return
    for question in case.questions:
        yield from _settled_once(case, question)
        yield from _answered_by_who_may(case, question)
        yield from _signed(case, question)
    yield from _written_by_decisions(case)
    yield from _where_it_is(case)
    yield from _taken_back(case)
    yield from _whole(case)
    if case.closed_at is None and not case.queued:
        yield from _alive(case, at)
    yield from _way(case)


def _settled_once(case: RecordedCase, question: OpenQuestion) -> Iterator[Broken]:
    row = f"question {question.id}"
    told = [line for line in case.trail if line.details.get("question") == question.id]
    answered = [line for line in told if line.action in ("answered", "asked_back")]
    if len(answered) != len(question.given):
        yield Broken("I2", row, f"It has {len(question.given)} answers, and the trail tells of {len(answered)}.")
    by = {line.by.id: line for line in answered}
    for given in question.given:
        line = by.get(given.person)
        said = None if line is None else (line.role, line.details.get("choice", ASK_BACK))
        if said != (given.role, given.choice):
            yield Broken("I2", row, f"{given.person} answered {given.choice}, and the trail tells of something else.")
    people = [person for given in question.given for person in given.people]
    for person in sorted({person for person in people if people.count(person) > 1}):
        yield Broken("I2", row, f"{person} has more than one word on it.")
    settling = [line for line in told if line.details.get("settled") is not None or line.action == "asked_back"]
    if len(settling) != (question.choice is not None):
        yield Broken("I2", row, f"The trail settles it {len(settling)} times, and it came to {question.choice}.")
    if question.choice == ASK_BACK or any(line.by.kind is PrincipalKind.TIMER for line in settling):
        return  # whom nobody's agreement is behind
    went_away = question.closed_at is not None and question.choice is None
    try:
        came_to = settled(question, question.given)
    except UnknownChoice:
        yield Broken("I2", row, "It has an answer that is none of its choices.")
        return
    if came_to is None and any("given_up" in line.details for line in settling):
        # Who could still have agreed then, is not kept; that somebody said this no, is.
        came_to = next((given.choice for given in question.given if given.choice == question.choice), None)
    if not went_away and came_to != question.choice:
        yield Broken("I2", row, f"Its answers come to {came_to}, and it stands at {question.choice}.")


def _answered_by_who_may(case: RecordedCase, question: OpenQuestion) -> Iterator[Broken]:
    row = f"question {question.id}"
    asked = {*question.draft.roles, *question.further_roles, *(question.turn.stood_in if question.turn else ())}
    for given in question.given:
        if question.draft.kind is QuestionKind.DECISION and question.requester in given.people:
            yield Broken("I6", row, f"{question.requester} asked for the change and has a word in deciding it.")
        for person in sorted(given.people & set(question.draft.excluded)):
            yield Broken("I6", row, f"{person} answered, who {question.draft.excluded[person]}.")
        if given.role not in asked:
            yield Broken("I6", row, f"{given.person} answered as {given.role}, which was not asked.")
    # Who answered first and asked afterwards has done nothing wrong: his answer counts no longer.
    for line in case.trail:
        if line.action != "answered" or line.details.get("question") != question.id:
            continue
        for person in sorted({line.by.id, line.details.get("on_behalf_of") or line.by.id} & question.asked_by):
            if line.sequence > question.also_asked.get(person, line.sequence):
                yield Broken("I6", row, f"{person} had asked for the same and has a word in deciding it.")


def _signed(case: RecordedCase, question: OpenQuestion) -> Iterator[Broken]:
    to_sign = {choice.name for choice in question.draft.choices if choice.signed is not None}
    signed = {
        line.by.id
        for line in case.trail
        if line.details.get("question") == question.id and line.details.get("signed") is not None
    }
    for given in question.given:
        if given.choice in to_sign and given.person not in signed:
            yield Broken("I12", f"question {question.id}", f"{given.person} answered {given.choice} and did not sign.")


def _written_by_decisions(case: RecordedCase) -> Iterator[Broken]:
    chosen = {line.details.get("assessment") for line in case.trail if line.details.get("chosen")}
    for key, state in case.effects.items():
        of_assessment = assessment_of(key)
        if of_assessment not in chosen:
            yield Broken("I3", f"effect {key}", f"Nothing was chosen on assessment {of_assessment} of {case.id}.")
        told = [line.action for line in case.trail if line.details.get("key") == key]
        last = told[-1].removeprefix("effect_") if told else EffectState.PLANNED
        if last != state:
            yield Broken("I3", f"effect {key}", f"It is {state}, and the last that the trail tells is {last}.")


def _where_it_is(case: RecordedCase) -> Iterator[Broken]:
    row = f"case {case.id}"
    moves = [line for line in case.trail if line.to_state is not None]
    if moves and moves[-1].to_state != case.state:
        yield Broken("I4", row, f"It is {case.state}, and its trail ends in {moves[-1].to_state}.")
    for before, after in pairwise(moves):
        if after.from_state != before.to_state:
            what = f"Line {after.sequence} leads on from {after.from_state}, and the case was {before.to_state}."
            yield Broken("I4", row, what)
    if case.process.state(case.state).final != (case.closed_at is not None):
        yield Broken("I4", row, f"It is {case.state} and {'open' if case.closed_at is None else 'over'}.")
    if case.closed_at is not None:
        for question in case.questions:
            # Whether an end by force stands is asked once it is over.
            if question.closed_at is None and question.draft.kind is not QuestionKind.CONFIRMATION:
                yield Broken("I4", f"question {question.id}", f"It is open, and {case.id} is over.")


def _taken_back(case: RecordedCase) -> Iterator[Broken]:
    if case.closed_at is None:
        return
    if case.process.state(case.state).undoes:
        for key, state in case.effects.items():
            if state in _IN_FORCE:
                yield Broken("I5", f"effect {key}", f"It is {state}, and {case.id} is {case.state}.")
    end = max((line.sequence for line in case.trail if line.to_state == case.state), default=0)
    for line in case.trail:
        if line.sequence > end and line.action.startswith("effect_"):
            yield Broken("I5", f"effect {line.details.get('key')}", f"It came to be {line.action} after the end.")


def _whole(case: RecordedCase) -> Iterator[Broken]:
    missing = set(range(1, case.trail_length + 1)) - {line.sequence for line in case.trail}
    if missing:
        yield Broken("I8", f"case {case.id}", f"Its trail lacks {', '.join(map(str, sorted(missing)[:5]))}.")
    if len(case.trail) > case.trail_length:
        what = f"Its trail has {len(case.trail)} lines, and {case.trail_length} were written."
        yield Broken("I8", f"case {case.id}", what)


def _alive(case: RecordedCase, at: datetime) -> Iterator[Broken]:
    row, state = f"case {case.id}", case.process.state(case.state)
    if not case.owner:
        yield Broken("I9", row, f"It is {case.state}, and nobody's.")
    if case.version > 0 and case.due_at is None:
        yield Broken("I9", row, f"It is {case.state}, and never late.")
    quiet = max((line.at for line in case.trail), default=at) < at - PATIENCE
    if quiet and case.version == 0:
        yield Broken("I9", row, "It was opened long ago and has not begun.")
    if quiet and case.owner == SYSTEM and case.due_at is not None and case.due_at < at - PATIENCE:
        yield Broken("I9", row, f"It is late in {case.state}, and nobody is waited for.")
    asked = [question for question in case.questions if question.closed_at is None]
    if quiet and state.questions is not None and not asked:
        yield Broken("I9", row, f"It is {case.state}, where people are asked, and nobody is.")


def _way(case: RecordedCase) -> Iterator[Broken]:
    known = {state.name: state for state in case.process.states}
    for line in case.trail:
        if line.action == "forced" and line.to_state not in TARGETS:
            yield Broken("I10", f"case {case.id}", f"Line {line.sequence} forces it to {line.to_state}.")
        if line.action != "entered" or line.from_state is None:
            continue
        here = known.get(line.from_state)
        if here is None or (line.to_state not in here.next and line.to_state != _OVERTAKEN):
            what = f"Line {line.sequence} leads from {line.from_state} to {line.to_state}."
            yield Broken("I10", f"case {case.id}", what)
