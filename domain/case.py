"""A case: one running or ended instance of a process, and what travels between it and its record."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, Field, SerializeAsAny

from domain.decision import Principal
from domain.evidence import Evidence
from domain.fact import Reading
from domain.message import Message
from domain.option import Option, Proposal
from domain.policy import PolicyTable
from domain.question import Rung
from domain.subject import Identifier
from domain.timing import USUAL, Timing
from domain.words import in_words

B = TypeVar("B", bound=BaseModel)


class Request(Message):
    """What somebody wants; each process has its own kind."""

    reason: str
    """A code of the process's list."""
    comment: str = Field(default="", max_length=2000)
    """What else there is to say; where no reason of the list fits, why it is then, in ten characters or more."""
    reference: str = Field(default="", max_length=200)
    """The mail, call note or document it came by."""
    corrects: str = Field(default="", max_length=60, pattern=r"^[A-Za-z0-9-]*$")
    """The question whose decision turned out wrong, if this is to put it right."""
    already_made: bool = False
    """Whether the source system says so already; the case then settles what must follow, or puts it back."""

    @property
    def subject_key(self) -> str:
        """The key of what the request is about."""
        raise NotImplementedError

    def wants(self) -> dict[str, Any]:
        """What is asked for, whoever asks and however it came: equal for the same request by two channels."""
        return self.model_dump(mode="json", exclude={"reason", "comment", "reference", "corrects", "already_made"})


class _OfRun(Message):
    forced: int = 0
    """How often the case had been moved by force when this run of it began. What an earlier run wants is refused."""


class CaseStart(_OfRun):
    """What a case's workflow is started with; everything else it asks the record for."""

    case_id: str
    site: Identifier
    subject: str
    link: str = ""
    """Where people see the case."""
    sequence: int = 0
    assessment: int = 0
    seen: int = 0
    """How many steps and assessments the engine has lost that the record has, and the last command heard in them."""
    chosen: str | None = None
    """The option that was being carried out when the engine lost the case."""
    assesses_at_once: bool = False
    """Whether checks that answer at once are one activity. Cases begun earlier made an activity of each."""
    resumes: str = ""
    """The state that the case was moved to by force, which the record has entered."""
    because: str = ""
    """Why it was."""


class PastAnswer(Message):
    """What a question of the case came to."""

    step: int
    """At which it was asked; grows."""
    state: str
    topic: str
    choice: str
    people: tuple[str, ...] = ()
    """Everybody who said so; nobody where silence did."""
    reason: str = ""
    values: dict[str, str] = Field(default={})
    """What the first of them filled in."""
    at: AwareDatetime


class CaseFile(Message):
    """Everything known of a case at one moment."""

    id: str
    process: str
    site: Identifier
    subject: str
    state: str
    version: int
    """Grows with every step of the case."""
    assessment: int
    """How often evidence has been assembled."""
    request: SerializeAsAny[Request]
    before: Reading[Any]
    """What the case is about, as it stood before the change."""
    requester: Principal
    also_asked: tuple[str, ...] = ()
    """Which other people asked for what it does."""
    opened_at: AwareDatetime
    evidence: tuple[Evidence, ...] = ()
    """Of the latest assessment."""
    proposal: Proposal | None = None
    chosen: Option | None = None
    decided_because: str = ""
    policy: PolicyTable
    closed: bool = False
    forced: int = 0
    """How often it was moved by force."""
    supersedes: str | None = None
    """The case this one took over from."""
    caused_by: str | None = None
    """The case that set this one going."""
    further: tuple[SerializeAsAny[Request], ...] = ()
    """What else was asked while the case was open, and taken in."""
    answers: tuple[PastAnswer, ...] = ()
    """What every question came to so far, in order."""
    timing: Timing = USUAL
    """By when things are due at the site, as the case is looked at."""
    at: AwareDatetime
    """The case's own clock, as it is looked at."""

    def found(self, check: str) -> Evidence | None:
        """What *check* found in the latest assessment."""
        return next((evidence for evidence in self.evidence if evidence.check == check), None)

    def finding(self, check: str, kind: type[B]) -> B | None:
        """The same, read back as the *kind* that the check keeps; nothing where it could not find it out."""
        found = self.found(check)
        return kind.model_validate(found.values) if found is not None and found.values else None

    def reasons(self, check: str) -> tuple[str, ...]:
        """Why *check* came to its verdict, in sentences."""
        found = self.found(check)
        return () if found is None else tuple(reason.text for reason in found.reasons)

    def answered(self, topic: str, *, since: int = 0) -> PastAnswer | None:
        """The latest answer about *topic* to what was asked after step *since*."""
        return next((past for past in reversed(self.answers) if past.topic == topic and past.step > since), None)


class CheckCall(Message):
    """What a check is called with."""

    case_id: str
    assessment: int
    at: AwareDatetime
    """The case's own clock, which is what expiry is judged by."""


class CheckOutcome(Message):
    """What a case needs to know of a check; the evidence itself is in the record."""

    check: str
    verdict: str


class AssessCall(CheckCall):
    """What an assessment is called with."""


class ProposeCall(Message):
    """What the proposal of an assessment is asked for with."""

    case_id: str
    assessment: int
    at: AwareDatetime
    missing: tuple[str, ...] = ()
    """Checks that did not answer in time."""


class Ruled(Message):
    """What an assessment came to, as far as the workflow needs it."""

    settled: str | None = None
    """The final state, when there is nothing to decide."""
    lacking: bool = False
    """Whether something must be found out first."""
    automatic: str | None = None
    """The option that policy takes without asking anybody."""
    offers: tuple[str, ...] = ()
    """Options the customer must agree to."""
    because: str = ""
    stage: str = ""
    """The state in which people are asked how to go on."""
    options: tuple[str, ...] = ()
    """What can be carried out."""
    refused: str = ""
    """The final state, if none of it is."""


class Assessed(Message):
    """What could be said at once."""

    verdicts: dict[str, str]
    """Of the checks that answered."""
    ruled: Ruled | None = None
    """What they come to, if all of them did."""


class Step(_OfRun):
    """A move of a case, written in one transaction. Writing it again changes nothing."""

    case_id: str
    sequence: int
    at: AwareDatetime
    state: str
    because: str = ""
    chosen: str | None = None
    """The option taken with this step."""
    assessment: int = 0
    seen: int = 0
    """The last command that was taken into account."""
    keeps: bool = False
    """Whether what is asked stays asked while the case is looked at anew."""
    heard: tuple[str, ...] = ()
    """Questions whose answer has been taken into account."""


class CommandKind(StrEnum):
    """What can be told to a running case besides answers."""

    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"
    LOOK_AGAIN = "look_again"
    """Something the case waits for has changed."""


class Command(Message):
    """Something a case was told."""

    number: int
    kind: CommandKind
    reason: str = ""
    by: str = ""
    at: AwareDatetime | None = None
    """When it was told so last, by the clock of those who told it. Commands of before do not say."""


class Entered(Message):
    """What entering a state opened."""

    questions: int = 0
    """How many are asked."""
    wake_at: AwareDatetime | None = None
    """When the first of them is to be chased."""
    due_at: AwareDatetime | None = None
    told: bool = False
    """Whether there are commands the case has not taken into account yet."""
    interrupted_by: Command | None = None
    """Told to stop before it could no longer be stopped; the case did not move."""


class EscalationStep(Message):
    """A rung of a question's ladder that was reached."""

    case_id: str
    question_id: str
    rung: Rung
    at: AwareDatetime


class SettledQuestion(Message):
    """A question that has its answer."""

    id: str
    topic: str
    choice: str
    by: str
    reason: str = ""

    @property
    def why(self) -> str:
        """Why the case goes on as it does."""
        return self.reason or f"{self.by} said {in_words(self.choice)}."


class News(Message):
    """What a case has not seen yet."""

    commands: tuple[Command, ...] = ()
    settled: tuple[SettledQuestion, ...] = ()
    """Questions of the present state that have their answer."""
    wake_at: AwareDatetime | None = None
    """When the first open one is to be chased now; nothing means as was said before."""
    due_at: AwareDatetime | None = None
    """When the first open one is due since a later stage of one has begun; nothing means as was said before."""


class CommitCall(_OfRun):
    """What a decision is written into other systems with."""

    case_id: str
    assessment: int
    at: AwareDatetime


class CommitResult(StrEnum):
    """What became of writing a decision into other systems."""

    COMMITTED = "committed"
    STALE = "stale"
    """The evidence moved; nothing was written."""
    REFUSED = "refused"
    """A system said no; what had been written before was undone."""
    UNKNOWN = "unknown"
    """Nobody can tell whether a write happened; everything stays as it is until a person has looked."""
    UNAVAILABLE = "unavailable"
    """A system did not answer for too long."""


class CommitOutcome(Message):
    """The result with its reason."""

    result: CommitResult
    because: str = ""


class LookCall(Message):
    """Whose news is asked for, in which step and after which command by its own account: the record may be ahead."""

    case_id: str
    sequence: int | None = None
    seen: int = 0


class ClimbCall(Message):
    """Whose questions are to be chased, and how late it is."""

    case_id: str
    at: AwareDatetime
