"""What people and systems are shown of cases and questions."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.adjustment.recovery import Compared
from domain.attachment import Attachment
from domain.claim import Claim
from domain.decision import Channel, GivenAnswer, Principal
from domain.delegation import Delegation
from domain.effect import KeptEffect
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Reading
from domain.force import ForcedMove
from domain.option import Option, Proposal, RuledOption
from domain.parking import Parking
from domain.question import Choice, QuestionKind, Rung
from domain.roles import Role
from domain.signalled import SignalledAnswer


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


Shown = TypeVar("Shown", bound=BaseModel)


class Page(_View, Generic[Shown]):
    """Part of a list."""

    items: tuple[Shown, ...]
    next: str | None
    """What to ask for the following page with; nothing on the last one."""


# A page of something takes what is said of the fields from here. No class of its name is written in any file, and to
# look for one through all that is being imported takes a tenth of the time that the API needs to start.
Page.model_config["use_attribute_docstrings"] = False


class QuestionSummary(_View):
    """A question, as it stands in a list."""

    id: str
    case_id: str
    process: str
    site: str
    subject: str
    state: str
    """Where the case was when it asked."""
    kind: QuestionKind
    topic: str
    title: str
    roles: tuple[Role, ...]
    """Who is asked, most concerned first."""
    further_roles: tuple[Role, ...]
    """Who may answer as well since nobody did in time."""
    asked_at: AwareDatetime
    due_at: AwareDatetime
    """Of those who are waited for now."""
    waited_for: tuple[Role, ...] = ()
    """Whom the time that runs now is given: who is asked first, or whose turn has come with time of its own."""
    waited_since: AwareDatetime | None = None
    """When that time began."""
    escalation: int
    """The highest rung of the ladder reached, in percent of the time given."""
    choice: str | None
    """The answer that settled it; nothing while it is open, or if the case went on without it."""
    reason: str
    closed_at: AwareDatetime | None
    """Nothing while the question is open."""
    closed_by: str | None
    claim: Claim | None = None
    """Who sees to it just now, if anybody does. Others may answer all the same."""
    parked: Parking | None = None
    """What it waits for, if it is parked. It may be answered all the same."""
    signed: dict[str, str] = {}
    """Choices that count only with the signature of whoever gives them, each with what that means."""


class QuestionInList(QuestionSummary):
    """A question, as somebody finds it among others."""

    may_answer_for: tuple[str, ...] = ()
    """For whom you may answer it besides yourself: as a substitute, or because it was delegated to you."""


class QuestionDetail(QuestionInList):
    """A question with all that is needed to answer it."""

    context: str
    """Why, who, what changes: Markdown."""
    choices: tuple[Choice, ...]
    on_silence: str | None
    """The choice a timer takes when nobody answers; nothing means that silence never decides."""
    rungs: tuple[Rung, ...]
    """When who is reminded, and who may answer from when on."""
    requester: str
    """Who asked for the change; he does not decide it."""
    also_asked: tuple[str, ...] = ()
    """Who asked for the same while it was open; nor do they decide it."""
    excluded: dict[str, str]
    """Who else may not answer it, each with what he did that forbids it."""
    delegations: tuple[Delegation, ...]
    """In whose hands it is for whom, now."""
    answers: tuple[GivenAnswer, ...]
    """Those that stand so far, oldest first."""
    attachments: tuple[Attachment, ...] = ()
    """Of its case, oldest first."""
    evidence: tuple[Evidence, ...]
    """What the question rests on, by check."""
    evidence_digest: str
    """Goes back with the answer, as proof of what was on the screen."""
    options: tuple[RuledOption, ...]
    """The ways there are, with what the approval policy says of each."""


class SignalToSend(_View):
    """An answer, signed, with where to send it."""

    workflow_id: str
    signal: str
    argument: SignalledAnswer
    """What the signal carries."""
    expires_at: AwareDatetime
    """From when on it counts no longer."""


class CaseSummary(_View):
    """A case, as it stands in a list."""

    id: str
    process: str
    site: str
    subject: str
    state: str
    since: AwareDatetime
    """When it came into its state."""
    version: int
    """Grows with every step of the case."""
    owner: str
    """The role that is waited for, or Lockstep itself."""
    due_at: AwareDatetime | None
    """When its state is late."""
    reason: str
    """Why the change is asked for, by the process's list of codes."""
    requester: Principal
    queued: bool
    """Whether it waits for another case about the same subject to end."""
    because: str
    """Why it is in its state."""
    chosen: str | None
    """The option taken, once one is."""
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    """Nothing while the case is open."""


class ChainedEvidence(_View):
    """What a check found, without all that options are computed from."""

    check: str
    verdict: Verdict
    reasons: tuple[Reason, ...]
    source: str
    as_of: AwareDatetime
    valid_until: AwareDatetime


class ChainedCase(_View):
    """A case in the chain of those that caused one another."""

    id: str
    process: str
    site: str
    subject: str
    state: str
    because: str
    """Why it is in its state."""
    reason: str
    """The code it was asked for with."""
    comment: str
    """What was said when it was asked for; where another case asked, why."""
    caused_by: str | None
    """The case that set it going."""
    supersedes: str | None
    """The case it took over from."""
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    """Nothing while the case is open."""
    evidence: tuple[ChainedEvidence, ...] = ()
    """What its latest assessment found, by check."""
    attachments: int = 0
    """How many documents and pictures it has."""


class Chain(_View):
    """Cases that caused one another."""

    cases: tuple[ChainedCase, ...]
    """Oldest first."""


class Correction(_View):
    """A case that is to put a decision right."""

    question_id: str
    """What was decided wrongly."""
    case_id: str
    state: str
    """Where the correcting case is."""


class CaseDetail(CaseSummary):
    """Everything about a case but its trail."""

    request: dict[str, Any]
    """What is asked for, as the process's own kind of request."""
    before: Reading[Any]
    """What the case is about, as it stood before the change."""
    channel: Channel
    """Which way the request came in."""
    policy: str
    """The version of the approval policy the case is pinned to."""
    also_asked: tuple[str, ...] = ()
    """Which other people asked for what it does."""
    taken_back: tuple[str, ...] = ()
    """Who asked for it and does no more; the case goes on for the others."""
    assessment: int
    """How often evidence has been assembled."""
    evidence: tuple[Evidence, ...]
    """Of the latest assessment, by check."""
    evidence_digest: str
    proposal: Proposal | None
    """The options of the latest assessment, with what the approval policy says of each."""
    chosen_option: Option | None
    questions: tuple[QuestionSummary, ...]
    """All that was ever asked, newest first."""
    effects: tuple[KeptEffect, ...]
    """What was written into other systems, in order."""
    attachments: tuple[Attachment, ...] = ()
    """Oldest first."""
    caused_by: str | None
    """The case that set it going."""
    supersedes: str | None
    """The case it took over from."""
    superseded_by: str | None
    """The case that took over from it."""
    corrected_by: tuple[Correction, ...]
    """What is to put right what was decided here, oldest first."""
    plan: tuple[Compared, ...] = ()
    """What became of the plan that it had written, of each job once the time for it is over."""
    recovered: bool | None = None
    """Whether that plan held; nothing while that is open, or where the case is about no plan."""
    workflow_id: str
    """Under which the engine runs it."""
    allowed_commands: tuple[str, ...]
    """What it may be told in its present state."""
    forced_moves: tuple[ForcedMove, ...] = ()
    """Where it was moved by hand, newest first, and what became of that."""
    can_be_forced_to: tuple[str, ...] = ()
    """Where an administrator may move it by hand."""
