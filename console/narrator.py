"""Plays a case to its end and tells what happens: whoever is asked answers, all of it through the API."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from types import MappingProxyType

from console.cases import ShownCase
from console.cast import Cast
from console.client import ApiRefusal
from console.findings import show_effects, show_evidence, show_options, show_paragraphs, who
from console.output import busy, moment, say
from console.questions import Answered
from domain.form import FieldKind, Form
from domain.question import Choice, QuestionKind
from domain.views import QuestionDetail, QuestionSummary
from domain.words import in_words

PATIENCE = timedelta(minutes=2)
"""What nobody has to think about is done by then, or something is wrong."""

_PAUSE = 0.4
# In seconds, between looks at a case.

_OFTEN = 8
# An answer that has led back to its question so many times leads nowhere else.

_STALE = "/problems/stale-evidence"

_REASONS = {
    QuestionKind.DECISION: "It is worth it to us.",
    QuestionKind.INFORMATION: "Nobody can find it out in time.",
    QuestionKind.OFFER: "The customer said so on the telephone.",
    QuestionKind.HANDOFF: "",
    QuestionKind.STEP: "As it is.",
    QuestionKind.REPAIR: "It may have been for a moment.",
    QuestionKind.CONFIRMATION: "",
}


class StoryStuck(Exception):
    """The story does not go on."""


class Narrator:
    """Follows one case."""

    def __init__(
        self,
        cast: Cast,
        reader: str,
        pause: Callable[[float], None] = time.sleep,
        said: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """*said* is what people fill into fields of these names; into others something that fits."""
        self._values = said
        self._cast = cast
        self._reader = reader
        self._pause = pause
        self._told = 0
        self._assessment = 0
        self._effects = 0
        self._retried = False
        self._refusal_shown = False
        self._given: Counter[tuple[str, str]] = Counter()

    def watch(self, case_id: str, until: Collection[str]) -> ShownCase:
        """The case once it is over or in one of the states *until*, without anybody's answer. Raises StoryStuck."""
        return self._until_news(case_id, None, until)

    def play(self, case_id: str, until: Collection[str] = ()) -> ShownCase:
        """The case at its end, or once it is in one of *until*. Raises StoryStuck, NobodyThere, ApiRefusal."""
        answered: set[str] = set()
        while True:
            case = self._until_news(case_id, answered, until)
            self._tell_findings(case)
            if case.closed_at is not None or case.state in until:
                return case
            for question in _waiting(case, answered):
                self._settle(question)
                answered.add(question.id)

    def read(self, case_id: str) -> ShownCase:
        """The case as it is now."""
        return self._cast.client(self._reader).get(ShownCase, "cases", case_id)

    def _until_news(self, case_id: str, answered: set[str] | None, until: Collection[str]) -> ShownCase:
        began = time.monotonic()
        with busy(f"{case_id} …") as show:
            while True:
                case = self.read(case_id)
                show(f"{case_id} is {in_words(case.state)} …")
                self._tell_move(case)
                asked = answered is not None and _waiting(case, answered)
                if case.closed_at is not None or case.state in until or asked:
                    return case
                if time.monotonic() - began > PATIENCE.total_seconds():
                    raise StoryStuck(
                        f"Nothing came of {case_id} in {PATIENCE.total_seconds():.0f} seconds; it is "
                        f"{in_words(case.state)}. Its workflow may tell why: {case.links['temporal_ui']}"
                    )
                self._pause(_PAUSE)

    def _tell_move(self, case: ShownCase) -> None:
        if case.version == self._told:
            return
        self._told = case.version
        waits = "" if case.closed_at else f" (owner: {in_words(case.owner)}, late after {moment(case.due_at)})"
        say(f"→ {in_words(case.state)}{waits}: {case.because}", "bold")

    def _tell_findings(self, case: ShownCase) -> None:
        if case.evidence and case.assessment != self._assessment:
            self._assessment = case.assessment
            say()
            show_evidence(case.evidence)
            if case.proposal is not None:
                show_options(case.proposal.options)
            say()
        if len(case.effects) > self._effects and (case.closed_at is not None or _waiting(case, set())):
            self._effects = len(case.effects)
            show_effects(case.effects)
            say()

    def _settle(self, asked: QuestionSummary) -> None:
        question = self._question(asked.id)
        roles = ", ".join(in_words(role) for role in question.roles)
        say(f"? {question.title}", "bold")
        say(f"  {question.id}, for {roles}, until {moment(question.due_at)}.")
        if question.closed_at is not None:
            say("  It is no longer asked: the case has gone on.\n")
            return
        if question.kind is not QuestionKind.HANDOFF:
            show_paragraphs(question.context)
        choice = self._choice(question)
        if question.kind is QuestionKind.DECISION and not self._refusal_shown:
            self._show_refusal(question, choice)
        self._given[question.title, choice.name] += 1
        if self._given[question.title, choice.name] > _OFTEN:
            raise StoryStuck(f"{question.title!r} was answered {_OFTEN} times with {choice.name}, and is asked again.")
        say(f"  {choice.title} takes {who(choice.require)}.")
        while (person := self._next_to_answer(question, choice)) is not None:
            if self._answer(question, choice, person):
                break
            question = self._question(asked.id)
        say()

    def _question(self, question_id: str) -> QuestionDetail:
        return self._cast.client(self._reader).get(QuestionDetail, "questions", question_id)

    def _choice(self, question: QuestionDetail) -> Choice:
        """The first way that goes on; what is missing stays missing, and a write is tried again once only."""
        giving_up = question.kind is QuestionKind.INFORMATION or (
            question.kind is QuestionKind.REPAIR and self._retried
        )
        self._retried = self._retried or question.kind is QuestionKind.REPAIR
        return next((choice for choice in question.choices if choice.ends == giving_up), question.choices[0])

    def _show_refusal(self, question: QuestionDetail, choice: Choice) -> None:
        self._refusal_shown = True
        person = self._cast.outsider((*question.roles, *question.further_roles))
        try:
            self._say(question, choice, person)
        except ApiRefusal as refusal:
            say(f"  {self._introduced(person)} tries to answer, and is refused. {refusal}", "yellow")
        else:
            raise StoryStuck(f"{self._introduced(person)} answered a question that was not for him.")

    def _next_to_answer(self, question: QuestionDetail, choice: Choice) -> str | None:
        """Somebody who is still needed for *choice*; nobody if all have said it. Raises NobodyThere."""
        if question.closed_at is not None:
            return None
        taken = {given.person for given in question.answers} | set(question.excluded)
        if question.kind is QuestionKind.DECISION:
            taken |= {question.requester, *question.also_asked}
        for need in choice.require:
            given = [each for each in question.answers if each.role == need.role and each.choice == choice.name]
            if len(given) < need.count:
                return self._cast.somebody(need.role, taken)
        return None

    def _answer(self, question: QuestionDetail, choice: Choice, person: str) -> bool:
        """Whether nobody else need answer."""
        try:
            given = self._say(question, choice, person)
        except ApiRefusal as refusal:
            say(f"  {self._introduced(person)} is refused. {refusal}", "yellow")
            # What was found meanwhile is to be looked at before the same is said again.
            return refusal.kind != _STALE
        then = "That settles it." if given.settled else "Somebody else is needed as well."
        say(f"  {self._introduced(person)} says {given.choice} as {in_words(given.role)}. {then}", "green")
        return given.settled is not None

    def _say(self, question: QuestionDetail, choice: Choice, person: str) -> Answered:
        body = {
            "choice": choice.name,
            "reason": _REASONS[question.kind] if choice.reason_needed else "",
            "seen": question.evidence_digest,
            "values": self._filled(choice.form),
        }
        return self._cast.client(person).post(Answered, "questions", question.id, "answers", body=body)

    def _filled(self, form: Form) -> dict[str, str]:
        """The form, filled in: of quantities that must come to a whole the first takes all of it."""
        quantities = [field for field in form.fields if field.kind is FieldKind.QUANTITY]
        given = {}
        for field in form.fields:
            if field.name in self._values:
                given[field.name] = self._values[field.name]
            elif field.kind is FieldKind.QUANTITY and form.total is not None:
                given[field.name] = f"{form.total:f}" if field is quantities[0] else ""
            elif field.required and field.words:
                given[field.name] = field.words[0]
            elif field.required:
                given[field.name] = "1" if field.kind is FieldKind.QUANTITY else "As told."
        return given

    def _introduced(self, person: str) -> str:
        return f"{self._cast.name(person)} ({', '.join(in_words(role) for role in self._cast.roles(person))})"


def _waiting(case: ShownCase, answered: set[str]) -> list[QuestionSummary]:
    """What is asked here and not answered yet; a decision does not wait for what is asked beside it."""
    asked = [
        one for one in case.questions if one.closed_at is None and one.id not in answered and one.site == case.site
    ]
    return [one for one in asked if one.kind is QuestionKind.DECISION] or asked
