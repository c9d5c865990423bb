"""The human step: whether an answer may be given, and what the answers so far come to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.agreement import agreed, held_back, in_turn, missing, within_reach
from domain.form import FormWrong, attached_in, filled
from domain.question import Choice, QuestionDraft, QuestionKind, Turn
from domain.roles import Role, listed

LONGEST_REASON = 2000
"""Characters."""


class PrincipalKind(StrEnum):
    """What acts. Only a person can satisfy a question."""

    PERSON = "person"
    MACHINE = "machine"
    TIMER = "timer"
    UNKNOWN = "unknown"
    """Nobody could establish who it was."""


class Principal(BaseModel):
    """Who acts, as established by the door."""

    model_config = ConfigDict(frozen=True)

    kind: PrincipalKind
    id: str
    name: str = ""


class Channel(StrEnum):
    """Which way a word came in."""

    API = "api"
    COMMAND_LINE = "command_line"
    SIGNAL = "signal"
    EVENT = "event"
    TIMER = "timer"


class Answer(BaseModel):
    """What a person says to a question."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    choice: str
    reason: str = Field(default="", max_length=LONGEST_REASON)
    seen: str | None = None
    """The evidence digest on the screen the answer was given from; it counts only with one."""
    on_behalf_of: str | None = None
    """The person who is away and whom the answer is given for; nothing where one answers for himself."""
    values: dict[str, str] = {}
    """What the form of the choice asks for, by field."""
    attachments: tuple[str, ...] = ()
    """Digests of attachments of the case that go with it."""
    reauthentication: str | None = None
    """What was given to whoever proved anew who he is; an answer that must be signed needs it."""


class GivenAnswer(BaseModel):
    """An answer that stands."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    person: str
    role: Role
    choice: str
    reason: str = ""
    at: AwareDatetime
    on_behalf_of: str | None = None
    """Whom *person* answered for as his substitute; nothing where he answered for himself."""
    values: dict[str, str] = {}
    """What he filled in."""
    attachments: tuple[str, ...] = ()
    """Digests of attachments of the case that go with it; those that fields name among them."""

    @property
    def people(self) -> frozenset[str]:
        """Everybody whose word it is. None of them has another on the same question."""
        return frozenset({self.person, self.on_behalf_of or self.person})


class OpenQuestion(BaseModel):
    """A question as it stands when an answer arrives."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    id: str
    draft: QuestionDraft
    further_roles: tuple[Role, ...] = ()
    """Roles that escalation added; each may answer for the role it leads."""
    evidence: str
    """Digest of the evidence the question rests on."""
    requester: str
    """Who asked for the change; he does not decide it."""
    also_asked: dict[str, int] = {}
    """Who asked for it as well while it was open, each with the line of the trail that says so; nor do they."""
    given: tuple[GivenAnswer, ...] = ()
    choice: str | None = None
    """The choice that settled it, once one has."""
    turn: Turn | None = None
    """Who is waited for since others have agreed; nothing as long as it is those who were asked first."""
    closed_by: str | None = None
    closed_at: AwareDatetime | None = None

    @property
    def asked_by(self) -> frozenset[str]:
        """Everybody who may not decide it because he asked for it; nobody where nothing is decided."""
        decided = self.draft.kind is QuestionKind.DECISION
        return frozenset({self.requester, *self.also_asked}) if decided else frozenset()

    @property
    def counting(self) -> tuple[GivenAnswer, ...]:
        """The answers in which nobody has a word who asked for the same since."""
        return tuple(answer for answer in self.given if self.asked_by.isdisjoint(answer.people))

    @property
    def candidates(self) -> tuple[Role, ...]:
        """Who may answer now, most concerned first. Who is asked later is not among them before it is his turn."""
        later = held_back(self.draft, self.said)
        return (*(role for role in self.draft.roles if role not in later), *self.further_roles)

    @property
    def said(self) -> dict[str, list[Role]]:
        """In which roles people have answered, by choice."""
        return {choice.name: self.said_to(choice) for choice in self.draft.choices}

    def said_to(self, choice: Choice) -> list[Role]:
        """In which roles people have chosen *choice*."""
        return [answer.role for answer in self.counting if answer.choice == choice.name]


class DecisionRefused(Exception):
    """The rules say no to this answer. The sentence is for the person; nothing was changed."""


class QuestionClosed(DecisionRefused):
    """Somebody else answered first, or the question went away."""


class SeenMissing(DecisionRefused):
    """Nothing says on which evidence the answer is given."""

    def __init__(self, question: str) -> None:
        super().__init__(f"Say what you saw: an answer counts only with the evidence digest that {question} shows.")
        self.question = question


class StaleEvidence(DecisionRefused):
    """The evidence is no longer what the person saw."""


class StoppedMeanwhile(DecisionRefused):
    """What the question is about has been stopped; its case is just about to look at that."""


class NotAllowed(DecisionRefused):
    """This person does not decide this."""


class UnknownChoice(DecisionRefused):
    """Not one of the answers."""


class ReasonMissing(DecisionRefused):
    """The answer needs a reason."""


class FormRefused(DecisionRefused):
    """The form that comes with the choice is not filled in so that it can be used."""

    def __init__(self, sentence: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.fields = fields
        """Names of the fields it is about."""


class UntilWrong(Exception):
    """Until then nothing could last. Nothing was changed."""


def admit(question: OpenQuestion, answer: Answer, by: Principal, roles: frozenset[Role], at: datetime) -> GivenAnswer:
    """
    The answer as it will stand, in the role it is given in.

    *roles* are the ones the person may answer in at the site now: those he holds, or, where he answers for somebody
    who is away, those he was given for that. Whatever keeps one of the two from answering keeps both.
    Raises a DecisionRefused.
    """
    held = may_answer(question, by, roles, on_behalf_of=answer.on_behalf_of)
    choice = choice_of(question.draft, answer.choice)
    check_seen(question, answer.seen)
    if choice.reason_needed and len(answer.reason.strip()) < 3:
        raise ReasonMissing(f"Please say why: {choice.title} needs a reason.")
    try:
        values = filled(choice.form, answer.values, at)
    except FormWrong as why:
        raise FormRefused(str(why), why.fields) from why
    role = _counted_as(held, choice, question)
    if role is None:
        raise NotAllowed(_not_his(held, choice))
    return GivenAnswer(
        person=by.id, role=role, choice=answer.choice, reason=answer.reason, at=at, on_behalf_of=answer.on_behalf_of,
        values=values, attachments=tuple(dict.fromkeys((*answer.attachments, *attached_in(choice.form, values)))),
    )  # fmt: skip


def check_seen(question: OpenQuestion, seen: str | None) -> None:
    """Nothing, if what was *seen* is the evidence *question* rests on. Raises SeenMissing, StaleEvidence."""
    if seen is None:
        raise SeenMissing(question.id)
    if seen != question.evidence:
        raise StaleEvidence("The evidence changed since you looked. Look again, then decide.")


def may_answer(
    question: OpenQuestion, by: Principal, roles: frozenset[Role], *, on_behalf_of: str | None = None
) -> list[Role]:
    """In which of *roles* *by* may answer *question*, whatever he says. Raises NotAllowed, QuestionClosed."""
    if by.kind is not PrincipalKind.PERSON:
        raise NotAllowed("Only a person can answer a question.")
    people = frozenset({by.id, on_behalf_of or by.id})
    held = [role for role in question.candidates if role in roles]
    if not held and (later := [role for role in question.draft.roles if role in roles]):
        raise NotAllowed(f"{listed(later)} is asked once those before have agreed.")
    if not held:
        raise NotAllowed(f"Only {listed(question.candidates)} can answer this.")
    if question.closed_at is not None:
        raise QuestionClosed(who_and_when(question))
    joint = people & question.asked_by & question.also_asked.keys()
    if by.id in joint:
        raise NotAllowed("You asked for this as well. Whoever asks for a change does not decide it; another is needed.")
    if joint:
        raise NotAllowed(f"{min(joint)} asked for this as well, so that nobody decides it for him.")
    if not people.isdisjoint(question.asked_by):
        raise NotAllowed("Whoever asks for a change does not decide it, nor does anybody for him.")
    if barred := sorted(people & set(question.draft.excluded)):
        raise NotAllowed(f"{barred[0]} {question.draft.excluded[barred[0]]}; another person is needed.")
    if any(by.id in given.people for given in question.given):
        raise NotAllowed("You have answered this already, or were answered for; another person is needed.")
    if any(not people.isdisjoint(given.people) for given in question.given):
        raise NotAllowed(f"{on_behalf_of} has answered this already, or was answered for; nobody counts twice.")
    return held


def may_be_given(question: OpenQuestion, person: str, roles: frozenset[Role]) -> list[Role]:
    """In which of *roles* somebody else, *person*, may answer *question*. Raises NotAllowed, QuestionClosed."""
    try:
        return may_answer(question, Principal(kind=PrincipalKind.PERSON, id=person), roles)
    except NotAllowed:
        raise NotAllowed(
            f"{person} could not answer this: it is for {listed(question.candidates)} to answer, for nobody who asked "
            "for the change himself, and once for each."
        ) from None


def settled(question: OpenQuestion, given: tuple[GivenAnswer, ...]) -> str | None:
    """
    The choice that the answers *given* come to, or nothing while more people are needed.

    A choice that ends is settled by one answer of who may end it; the no of anybody else stands beside what the others
    say. Any other needs as many people of each role as it requires; someone of a role that escalation added stands for
    one person of a role that is still missing. The answer of somebody who asked for the same since does not count.
    """
    after = question.model_copy(update={"given": given})
    for answer in after.counting:
        choice = choice_of(question.draft, answer.choice)
        named = {role for need in choice.require for role in need.roles}
        if choice.ends and (choice.ends_by is None or answer.role in choice.ends_by or answer.role not in named):
            return answer.choice
    ways = (choice for choice in question.draft.choices if not choice.ends)
    return next((choice.name for choice in ways if agreed(choice, after.said_to(choice))), None)


def given_up(
    question: OpenQuestion, given: tuple[GivenAnswer, ...], people: Mapping[str, frozenset[Role]]
) -> GivenAnswer | None:
    """
    The last no among the answers *given*, if it comes to that: too few are left who could agree to anything else.

    *people* are all who hold roles at the site now, with these. Whom escalation may bring in later does not count, and
    where nobody has said no nothing is given up.
    """
    after = question.model_copy(update={"given": given})
    no = next((answer for answer in reversed(after.counting) if choice_of(question.draft, answer.choice).ends), None)
    if no is None:
        return None
    barred = {person for answer in given for person in answer.people} | set(question.draft.excluded) | question.asked_by
    left = [roles for person, roles in people.items() if person not in barred]
    ways = (choice for choice in question.draft.choices if not choice.ends)
    open_still = any(within_reach(way, after.said_to(way), left, question.further_roles) for way in ways)
    return None if open_still else no


def who_and_when(question: OpenQuestion) -> str:
    """By whom, how and when the question was closed, for those who come too late."""
    if question.closed_by is None:
        return "The case went on without an answer."
    return f"{question.closed_by} answered {question.choice} at {question.closed_at:%Y-%m-%d %H:%M:%S} UTC."


def choice_of(draft: QuestionDraft, name: str) -> Choice:
    """The choice of this name. Raises UnknownChoice."""
    for choice in draft.choices:
        if choice.name == name:
            return choice
    there_are = ", ".join(choice.name for choice in draft.choices)
    raise UnknownChoice(draft.impossible.get(name) or f"The answers are {there_are}.")


def _counted_as(held: list[Role], choice: Choice, question: OpenQuestion) -> Role | None:
    """Which of the roles *held* the answer is given in: first one that is still missing, then one that stands in."""
    said = question.said_to(choice)
    named = {role for need in choice.require for role in need.roles}
    turn = named if choice.ends else in_turn(choice, said)
    lacking = {role for need in choice.require if missing(need, said) for role in need.roles if role in turn}
    standing_in = set(question.further_roles) - named - set(choice.over_limit)
    return next((role for fitting in (lacking, standing_in, turn) for role in held if role in fitting), None)


def _not_his(held: list[Role], choice: Choice) -> str:
    named = list(dict.fromkeys(role for need in choice.require for role in need.roles))
    if later := [role for role in held if role in named]:
        return f"{choice.title}: {listed(later)} is asked once those before have agreed."
    if beyond := [role for role in held if role in choice.over_limit]:
        return f"{choice.title} goes beyond what {listed(beyond)} may agree to; it is for {listed(named)} to say."
    return f"{choice.title} is for {listed(sorted(named))} to say."
