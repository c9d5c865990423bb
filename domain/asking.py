"""The questions that processes ask alike; what they are about, each process says itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from domain.asking_back import ASK_BACK
from domain.calendar import Duration
from domain.case import CaseFile
from domain.evidence import Reason
from domain.form import Form
from domain.option import Option
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import Role, lead_of

INFORMATION = "information"
"""What is asked when something is missing."""


def which_option(file: CaseFile, *, title: str, context: str, no: str, silence_refuses: bool) -> QuestionDraft:
    """Which of the proposed options to take, if any: asked of those whom the policy names for each."""
    assert file.proposal is not None
    ruled = file.proposal.options
    everybody = tuple({need.roles: need for entry in ruled for need in entry.ruling.require}.values())
    choices = [
        Choice(
            name=entry.option.name,
            title=in_words(entry.option),
            require=entry.ruling.require or everybody,
            over_limit=entry.ruling.over_limit,
        )
        for entry in ruled
        if entry.option.feasible
    ]
    asked = dict.fromkeys(role for need in everybody for role in need.roles)
    ends_by = tuple(dict.fromkeys(role for need in everybody if need.veto for role in need.roles))
    may_refuse = tuple(Requirement(role=role) for role in asked)
    choices.append(Choice(name="reject", title=no, require=may_refuse, reason_needed=True, ends=True, ends_by=ends_by))
    soonest = min((entry.ruling for entry in ruled), key=lambda ruling: _length(ruling.within))
    return QuestionDraft(
        kind=QuestionKind.DECISION,
        topic="decision",
        title=title,
        context="\n".join((context, *_asked_back(file))),
        choices=tuple(choices),
        within=soonest.within,
        ladder=soonest.ladder,
        on_silence="reject" if silence_refuses else None,
    )


def _asked_back(file: CaseFile) -> Iterator[str]:
    """What was asked back so far, and what was found out."""
    for past in file.answers:
        who = ", ".join(past.people)
        if past.choice == ASK_BACK:
            yield f"**Asked back** by {who}: {past.reason}"
        elif past.topic == INFORMATION and past.reason:
            yield f"**Found out** by {who}: {past.reason}"


def what_is_missing(file: CaseFile, role: Role) -> QuestionDraft:
    """Whether what could not be found out is there now."""
    asked = (Requirement(role=role),)
    return QuestionDraft(
        kind=QuestionKind.INFORMATION,
        topic=INFORMATION,
        title=f"Something is missing about {file.subject}",
        context=file.decided_because,
        choices=(
            Choice(name="assess_again", title="It is there now: look again", require=asked),
            Choice(name="drop", title="Drop the request", require=asked, reason_needed=True, ends=True),
        ),
        within=Duration(working_days=1),
    )


def next_step(
    file: CaseFile,
    topic: str,
    *,
    title: str,
    no: str | None = None,
    again: str | None = None,
    forms: Mapping[str, Form] | None = None,
    excluded: Mapping[str, str] | None = None,
    lapses_after: Duration | None = None,
) -> QuestionDraft:
    """
    Whether one of the proposed options is taken now: asked of those whom the policy names for each.

    *no* words a refusal and *again* a wish to have it looked at anew; without them neither can be said. With
    *lapses_after* nobody is waited for any longer than that.
    """
    assert file.proposal is not None
    ruled = file.proposal.options
    asked = tuple({need.role: need for entry in ruled for need in entry.ruling.require}.values())
    one_of_them = tuple(Requirement(role=need.role) for need in asked)
    choices = [
        Choice(
            name=entry.option.name, title=in_words(entry.option), require=entry.ruling.require or asked,
            form=(forms or {}).get(entry.option.name, Form()),
        )
        for entry in ruled
    ]  # fmt: skip
    if again is not None:
        choices.append(Choice(name="look_again", title=again, require=one_of_them, ends=True))
    if no is not None:
        choices.append(Choice(name="reject", title=no, require=one_of_them, reason_needed=True, ends=True))
    return QuestionDraft(
        # What cannot be refused decides nothing: whoever asked for it may do it as well.
        kind=QuestionKind.STEP if no is None else QuestionKind.DECISION,
        topic=topic,
        title=title,
        context=file.proposal.because,
        choices=tuple(choices),
        within=lapses_after or min((entry.ruling.within for entry in ruled), key=_length),
        on_silence=None if lapses_after is None else "lapsed",
        silence_percent=200 if lapses_after is None else 100,
        excluded=dict(excluded or {}),
    )


def what_to_mend(
    file: CaseFile, reasons: Iterable[Reason], *, otherwise: Role, within: Duration
) -> tuple[QuestionDraft, ...]:
    """What keeps something from being ready: to each owner his own reasons, those of nobody to *otherwise*."""
    by_owner: dict[Role, list[Reason]] = {}
    for reason in reasons:
        by_owner.setdefault(reason.owner or otherwise, []).append(reason)
    return tuple(
        QuestionDraft(
            kind=QuestionKind.INFORMATION,
            topic=owner,
            title=f"What {owner.replace('_', ' ')} can mend about {file.subject}",
            context="\n".join(f"- {reason.text}" for reason in found),
            choices=(Choice(name="look_again", title="Mended: look again", require=(Requirement(role=owner),)),),
            within=within,
        )
        for owner, found in by_owner.items()
    )


def customers_word(file: CaseFile, role: Role, *, context: str) -> QuestionDraft:
    """What the customer says to something else than he asked for; no answer in time is an answer."""
    assert file.chosen is not None
    asked = (Requirement(role=role),)
    return QuestionDraft(
        kind=QuestionKind.OFFER,
        topic="offer",
        title=f"Does the customer take it: {file.chosen.title}?",
        context=context,
        choices=(
            Choice(name="accepted", title="He accepts", require=asked, reason_needed=True),
            Choice(name="declined", title="He declines", require=asked, reason_needed=True, ends=True),
            Choice(name="lapsed", title="He did not answer", require=asked, ends=True),
        ),
        within=Duration(working_days=2),
        on_silence="lapsed",
        silence_percent=100,
    )


def how_to_repair(file: CaseFile, role: Role) -> QuestionDraft:
    """What to do about a write that failed."""
    asked = (Requirement(role=role),)
    return QuestionDraft(
        kind=QuestionKind.REPAIR,
        topic="repair",
        title=f"Writing the decision on {file.subject} failed",
        context=file.decided_because,
        choices=(
            Choice(name="retry", title="Try again", require=asked),
            Choice(name="done_by_hand", title="It has been done by hand", require=asked, reason_needed=True),
            Choice(name="abandon", title="Take it all back", require=asked, reason_needed=True, ends=True),
        ),
        within=Duration(working=timedelta(hours=4)),
    )


def handoff(role: Role, *, title: str, context: str, within: Duration) -> QuestionDraft:
    """Whether *role* has taken over what was decided; only its lead can say that this is not needed."""
    asked = (Requirement(role=role),)
    return QuestionDraft(
        kind=QuestionKind.HANDOFF,
        topic=role,
        title=title,
        context=context,
        choices=(
            Choice(name="acknowledge", title="Taken over", require=asked),
            Choice(name="refuse", title="Cannot be done", require=asked, reason_needed=True, ends=True),
            Choice(name="waive", title="Not needed", require=(Requirement(role=lead_of(role)),), reason_needed=True),
        ),
        within=within,
    )


def in_words(option: Option) -> str:
    """The option with its price, in money and in other people's dates."""
    cost = f", costs {option.cost:f}" if option.cost else ""
    late = [f"{line.order}:{line.line}" for line in option.disturbed if line.breaks_promise]
    return f"{option.title}{cost}" + (f", makes {', '.join(late)} late" if late else "")


def _length(within: Duration) -> timedelta:
    return within.clock or within.working or timedelta(days=within.working_days or 0)
