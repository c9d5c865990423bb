"""Questions: what a person is asked, of which role, until when, and what may be answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.calendar import Duration, WorkingCalendar
from domain.form import Form
from domain.policy import Requirement
from domain.roles import Role, lead_of


class QuestionKind(StrEnum):
    """What sort of answer is wanted."""

    DECISION = "decision"
    INFORMATION = "information"
    OFFER = "offer"
    """Whether the customer agrees; sales records his word."""
    HANDOFF = "handoff"
    """Whether a downstream owner has taken the change over."""
    REPAIR = "repair"
    """What to do about a write that failed."""


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
    form: Form = Form()
    """What must be said with it."""


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

    def same_as(self, other: QuestionDraft) -> bool:
        """Whether it is the same question, though asked on other evidence."""
        ours, theirs = (
            (draft.kind, draft.topic, draft.title, draft.choices, draft.excluded) for draft in (self, other)
        )
        return ours == theirs

    @property
    def roles(self) -> tuple[Role, ...]:
        """Who is asked, most concerned first."""
        return tuple(dict.fromkeys(need.role for choice in self.choices for need in choice.require))


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


def ladder(draft: QuestionDraft, asked_at: datetime, calendar: WorkingCalendar) -> tuple[datetime, tuple[Rung, ...]]:
    """
    When the question is due, and who hears of it when, in the time of *calendar*.

    Reminders at 50 and 80 percent, the lead of the first role at 100, the plant manager at 150;
    at 200 the answer that silence stands for, where there is one (processes 1.0.7).
    """
    due = calendar.after(asked_at, draft.within)

    def after(percent: int) -> datetime:
        if draft.within.clock is not None:
            return asked_at + draft.within.clock * percent / 100
        given = calendar.working_time_between(asked_at, due)
        return due if percent == 100 else calendar.add_working_time(asked_at, given * percent / 100)

    rungs = [
        Rung(at=after(50), kind=RungKind.REMIND, percent=50),
        Rung(at=after(80), kind=RungKind.REMIND, percent=80),
        Rung(at=due, kind=RungKind.ESCALATE, percent=100, role=lead_of(draft.roles[0])),
        Rung(at=after(150), kind=RungKind.ESCALATE, percent=150, role=Role.PLANT_MANAGER),
    ]
    if draft.on_silence is not None:
        last = draft.silence_percent
        rungs = [rung for rung in rungs if rung.percent < last]
        rungs.append(Rung(at=after(last), kind=RungKind.SILENCE, percent=last))
    return due, tuple(rungs)
