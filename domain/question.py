"""Questions: what a person is asked, of which role, until when, and what may be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.calendar import Duration, WorkingCalendar
from domain.form import Form
from domain.ladder import USUAL, Ladder, brought_in
from domain.policy import Requirement
from domain.roles import Role
from domain.subject import Identifier


class QuestionKind(StrEnum):
    """What sort of answer is wanted."""

    DECISION = "decision"
    INFORMATION = "information"
    OFFER = "offer"
    """Whether the customer agrees; sales records his word."""
    HANDOFF = "handoff"
    """Whether a downstream owner has taken the change over."""
    STEP = "step"
    """That the next thing is done now."""
    REPAIR = "repair"
    """What to do about a write that failed."""
    CONFIRMATION = "confirmation"
    """Whether what was done at once stands."""


class Choice(BaseModel):
    """One answer that may be given."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    name: str
    title: str
    require: tuple[Requirement, ...]
    """Who must choose it before it stands."""
    reason_needed: bool = False
    ends: bool = False
    """Whether one person of any role that may choose it settles the question: a refusal."""
    ends_by: tuple[Role, ...] | None = None
    """Only one person of these roles does, or who stands in; what others say stands beside. Nothing means any role."""
    over_limit: tuple[Role, ...] = ()
    """Roles that cannot stand in here: their word does not go so far."""
    form: Form = Form()
    """What must be said with it."""
    signed: str | None = None
    """What whoever gives it says with his signature, without which it does not count; nothing where none is asked."""

    @property
    def asked_first(self) -> tuple[Requirement, ...]:
        """Who shares the time that the question is given: all who come before the first that have time of their own."""
        first = min((need.turn for need in self.require if need.count), default=1)
        own = [need.turn for need in self.require if need.within is not None and need.turn > first]
        return tuple(need for need in self.require if not own or need.turn < min(own))


class QuestionDraft(BaseModel):
    """A question as a process words it."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    kind: QuestionKind
    topic: str
    """Tells the questions of one state apart, such as the role a handoff goes to."""
    title: str
    context: str = ""
    """Why, who, what changes: Markdown."""
    choices: tuple[Choice, ...]
    within: Duration
    on_silence: str | None = None
    """The choice a timer takes when nobody answers; nothing means that silence never decides."""
    silence_percent: int = 200
    """When it does, in percent of the time given."""
    excluded: dict[str, str] = {}
    """People who may not answer, each with what he did that forbids it, such as ``picked SH-4``."""
    impossible: dict[str, str] = {}
    """Choices that somebody may look for and that there are not now, each with why."""
    ladder: Ladder | None = None
    """Who hears of it when; nothing means what the policy says for all questions, or the usual."""
    site: Identifier | None = None
    """Whose people are asked; nothing means those of the site that the case is at."""
    needed_by: AwareDatetime | None = None
    """It is due no later, where that is still to come; silence stands for an answer no sooner all the same."""

    def same_as(self, other: QuestionDraft) -> bool:
        """Whether it is the same question, though asked on other evidence."""
        ours, theirs = (
            (draft.kind, draft.topic, draft.title, draft.choices, draft.excluded, draft.site) for draft in (self, other)
        )
        return ours == theirs

    @property
    def roles(self) -> tuple[Role, ...]:
        """Who is asked, most concerned first."""
        return tuple(dict.fromkeys(role for choice in self.choices for need in choice.require for role in need.roles))

    @property
    def waited_for(self) -> tuple[Role, ...]:
        """All whose word takes it further, sooner or later, most concerned first."""
        return tuple(dict.fromkeys(role for choice in self._ways_on for need in choice.require for role in need.roles))

    @property
    def first_turn(self) -> Turn:
        """Who is waited for from the beginning on; who has a word whichever way it goes on need not be brought in."""
        needed = (frozenset(role for need in choice.require for role in need.roles) for choice in self._ways_on)
        always = frozenset.intersection(*needed)
        first = dict.fromkeys(role for choice in self._ways_on for need in choice.asked_first for role in need.roles)
        return Turn(within=self.within, waited_for=tuple(first), known=tuple(sorted(always)))

    def turn(self, kept: Mapping[str, Any] | None) -> Turn:
        """Whose turn it is, by what is *kept* of it; the first where nothing is."""
        return self.first_turn if kept is None else Turn.model_validate(kept)

    @property
    def _ways_on(self) -> tuple[Choice, ...]:
        # Of a decision any option may be taken; of what else is asked, the first answer is what is hoped for.
        ways = tuple(choice for choice in self.choices if not choice.ends)
        return ways if ways and self.kind is QuestionKind.DECISION else self.choices[:1]


class Turn(BaseModel):
    """Who is waited for, of all whom a question needs one after the other, and how long they are given."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    within: Duration
    waited_for: tuple[Role, ...]
    """In whose time it runs, most concerned first."""
    known: tuple[Role, ...]
    """Who has a word anyway, so that bringing them in helps nobody."""
    answers: int = 0
    """How many had answered when it came."""
    since: AwareDatetime | None = None
    """When it came; nothing means when the question was asked."""
    stood_in: tuple[Role, ...] = ()
    """Who could answer before it came because others did not in time, and cannot since."""
    ladder: Ladder | None = None
    """Who hears of it when; nothing means what holds for the question."""


class RungKind(StrEnum):
    """What a ladder does when nobody answers."""

    REMIND = "remind"
    ESCALATE = "escalate"
    SILENCE = "silence"


class Rung(BaseModel):
    """One step of the escalation ladder of a question."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    at: AwareDatetime
    kind: RungKind
    percent: int
    """Of the time the question was given."""
    role: Role | None = None
    """Who may answer from then on as well."""
    also: tuple[Role, ...] = ()
    """And who besides, where several roles are waited for that have different leads."""
    red: bool = False
    """Whether the question is out of hand from then on."""

    @property
    def brings_in(self) -> tuple[Role, ...]:
        """All who may answer from then on as well."""
        return self.also if self.role is None else (self.role, *self.also)


def ladder(
    draft: QuestionDraft,
    asked_at: datetime,
    calendars: Sequence[WorkingCalendar],
    of_site: Ladder | None = None,
    turn: Turn | None = None,
    over_at: datetime | None = None,
) -> tuple[datetime, tuple[Rung, ...]]:
    """
    When the question is due, and who hears of it when: by its own ladder, else the one *of_site*, else the usual one.

    Asked at *asked_at* of those whose *turn* it is, which may have a ladder of its own; the first if none is named.

    *calendars* are those of the roles that are waited for: time has passed once it has in each of them. Silence, where
    it stands for an answer, ends the ladder; at *over_at* where that is settled, however long the turn is given.
    """

    def after(percent: int, within: Duration) -> datetime:
        return max(_after(within, asked_at, calendar, percent) for calendar in calendars)

    now = turn or draft.first_turn
    within, due = now.within, after(100, now.within)
    if draft.needed_by is not None and asked_at < draft.needed_by < due:
        within, due = Duration(clock=draft.needed_by - asked_at), draft.needed_by
    steps = now.ladder or draft.ladder or of_site or USUAL
    rungs = [
        Rung(
            at=after(step.percent, within),
            kind=RungKind.ESCALATE if roles else RungKind.REMIND,
            percent=step.percent,
            role=roles[0] if roles else None,
            also=roles[1:],
            red=step.red,
        )
        for step, roles in zip(steps, brought_in(steps, now.waited_for, now.known), strict=True)
    ]
    if draft.on_silence is not None:
        last, silent_at = draft.silence_percent, over_at or after(draft.silence_percent, now.within)
        red = any(rung.red for rung in rungs if rung.percent <= last)
        rungs = [rung for rung in rungs if rung.percent < last and rung.at <= silent_at]
        rungs.append(Rung(at=silent_at, kind=RungKind.SILENCE, percent=last, red=red))
    return min(due, over_at or due), tuple(rungs)


def _after(within: Duration, asked_at: datetime, calendar: WorkingCalendar, percent: int) -> datetime:
    if within.clock is not None:
        return asked_at + within.clock * percent / 100
    due = calendar.after(asked_at, within)
    if percent == 100:
        return due
    return calendar.add_working_time(asked_at, calendar.working_time_between(asked_at, due) * percent / 100)
