"""Force: somebody moves a stuck case by hand. It holds at once, and is put back unless a second person confirms it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.calendar import Duration
from domain.decision import DecisionRefused, NotAllowed, Principal, PrincipalKind
from domain.ladder import LadderStep
from domain.policy import Requirement
from domain.process import Process
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import Role
from domain.words import in_words

SHORTEST_REASON = 10
"""Characters; less says nothing to whoever must confirm it."""
CONFIRMED_WITHIN = timedelta(minutes=30)
"""By day and night (processes 1.0.6)."""
TOPIC = "force"

ASSESSING = "assessing"
NEEDS_INFORMATION = "needs_information"
COMMITTING = "committing"
COMMIT_FAILED = "commit_failed"

_ANEW: Final = (ASSESSING, NEEDS_INFORMATION)
"""From there a case goes where the facts and the people who are asked lead it, and no interlock is behind it."""
_ENDS: Final = ("withdrawn", "abandoned")
"""The only ends that say of nothing that it was done or agreed to."""
TARGETS: Final = frozenset({*_ANEW, *_ENDS})
"""Every state that anything is ever forced to."""
_WRITING: Final = (COMMITTING, COMMIT_FAILED)

CONFIRM = "confirm"
PUT_BACK = "put_back"


class ForceRefused(DecisionRefused):
    """The case cannot be moved there by force."""


class MovedByForce(Exception):
    """The case was moved by force: what an earlier run of it wants is no longer done."""


class Severity(StrEnum):
    """How much a line of the trail about a forced move wants to be looked at."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class Outcome(StrEnum):
    """What became of a forced move."""

    OPEN = "open"
    """It holds, and nobody has confirmed it yet."""
    CONFIRMED = "confirmed"
    PUT_BACK = "put_back"
    """Nobody confirmed it, and the case is where it was."""
    STANDS = "stands"
    """Nobody confirmed it, and it could not be put back."""


class ForcedMove(BaseModel):
    """A move of a case that somebody made by hand."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    case_id: str
    process: str
    site: str
    subject: str
    from_state: str
    to_state: str
    reason: str
    by: Principal
    at: AwareDatetime
    question: str
    """Whether it stands; asked of the plant manager."""
    due_at: AwareDatetime
    """When it is put back by itself."""
    outcome: Outcome = Outcome.OPEN
    settled_by: str = ""
    settled_at: AwareDatetime | None = None
    became: str = ""
    """What came of putting it back, in words."""


class Written(StrEnum):
    """What a case has in force in other systems, or may have."""

    NOTHING = "nothing"
    BEFORE = "before"
    """Steps before the present assessment."""
    NOW = "now"
    """Some of what is to be written now, or nobody can tell."""


def targets(process: Process, state: str, written: Written) -> tuple[str, ...]:
    """
    Where a case that is in *state* may be moved by force.

    Never to where something would have been done, agreed to or let go that was not: no such state is among them, so
    no forced move gets past an interlock. It may only be looked at anew, or end where it could have ended so by itself,
    with nothing written.
    """
    here = process.state(state)
    if written is Written.NOW or not (_can_be_looked_at_anew(process, state) or state in _WRITING):
        return ()
    known = {one.name for one in process.states}
    leads_to = {*here.next, *(process.state(COMMIT_FAILED).next if state == COMMITTING else ())}
    ends = [name for name in _ENDS if name in leads_to and written is Written.NOTHING]
    return (*(name for name in _ANEW if name in known), *ends)


def admit_force(
    process: Process, case_id: str, state: str, written: Written, to: str, by: Principal, roles: Iterable[Role]
) -> None:
    """Nothing, if *by*, who holds *roles*, may move the case from *state* to *to*. Raises NotAllowed, ForceRefused."""
    if by.kind is not PrincipalKind.PERSON or Role.ADMINISTRATOR not in roles:
        raise NotAllowed("Only an administrator of the site moves a case by force.")
    if process.state(state).final:
        raise ForceRefused(f"{case_id} is over: {in_words(state)}.")
    possible = targets(process, state, written)
    if to in possible:
        return
    if written is Written.NOW:
        raise ForceRefused(f"Something {case_id} writes is in force, or may be: answer what it asks about that first.")
    if not possible:
        raise ForceRefused(f"{case_id} is {in_words(state)}: what is decided and written goes on being told.")
    raise ForceRefused(f"From {in_words(state)} {case_id} can be forced to {', '.join(possible)}, and nowhere else.")


def confirmation(case_id: str, subject: str, move: tuple[str, str], by: Principal, reason: str) -> QuestionDraft:
    """Whether a forced *move* stands: for somebody else than who made it, whomever he stands in for."""
    moved_from, to = map(in_words, move)
    asked = (Requirement(role=Role.PLANT_MANAGER),)
    who = by.name or by.id
    return QuestionDraft(
        kind=QuestionKind.CONFIRMATION,
        topic=TOPIC,
        title=f"{who} forced {case_id} from {moved_from} to {to}: does it stand?",
        context=f"**About** {subject}\n**Why** {reason}\nWithout a word within 30 minutes it is put back.",
        choices=(
            Choice(name=CONFIRM, title="It stands", require=asked),
            Choice(name=PUT_BACK, title="Put it back", require=asked, reason_needed=True, ends=True),
        ),
        within=Duration(clock=CONFIRMED_WITHIN),
        on_silence=PUT_BACK,
        silence_percent=100,
        excluded={by.id: f"forced {case_id}"},
        ladder=(LadderStep(percent=50, to=Role.DUTY_MANAGER), LadderStep(percent=80)),
    )


class WayBack(StrEnum):
    """How far a forced move can be put back."""

    LOOK_ANEW = "look_anew"
    """What was asked is asked again, as it was, while the case is looked at anew: that leads back to where it was."""
    WRITE_ON = "write_on"
    """What was to be written goes on being written."""
    NONE = "none"


def way_back(
    moved_from: str, *, ended_since: bool, subject_taken: bool, assessed_since: bool, wrote_since: bool
) -> tuple[WayBack, str]:
    """
    How a case that was *moved_from* somewhere gets back there, and in words what becomes of it.

    Since then it may have gone on to an end of its own, another case may be open about the same, it may have been
    looked at anew, and something may have been written on that.
    """
    if ended_since:
        return WayBack.NONE, "It could not be put back: the case is over."
    if subject_taken:
        return WayBack.NONE, "It could not be put back: another case is open about the same."
    if wrote_since:
        return WayBack.NONE, "It could not be put back: what was written since stands."
    if moved_from not in _WRITING:
        return WayBack.LOOK_ANEW, f"It was put back: {in_words(moved_from)}, as far as the facts are as they were."
    if assessed_since:
        return WayBack.NONE, "It could not be put back: it was looked at anew, and what was to be written is outdated."
    return WayBack.WRITE_ON, "It was put back: what was to be written is tried again."


def _can_be_looked_at_anew(process: Process, state: str) -> bool:
    here = process.state(state)
    return here.interruptible or here.watches is not None
