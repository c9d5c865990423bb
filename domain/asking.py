"""The questions that processes ask alike; what they are about, each process says itself."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from domain.asking_back import ASK_BACK
from domain.calendar import Duration, length
from domain.case import CaseFile
from domain.evidence import Reason
from domain.form import FieldKind, Form, FormField
from domain.option import Option, RuledOption
from domain.policy import Requirement, Ruling
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import Role, lead_of
from domain.words import in_words

INFORMATION = "information"
"""What is asked when something is missing."""

REPAIR, RETRY = "repair", "retry"
"""What is asked when a write failed, and that it is tried again."""

REPORT = FormField(name="report", title="Report of the laboratory", kind=FieldKind.ATTACHMENT, required=False)
"""What a test is proven by, where there is a report of it."""

HALF_A_DAY = timedelta(hours=4)
"""Of work."""


def which_option(
    file: CaseFile,
    *,
    title: str,
    context: str,
    no: str,
    silence_refuses: bool,
    otherwise: Role,
    needed_by: datetime | None = None,
) -> QuestionDraft:
    """
    Which of the proposed options to take, if any: asked of those whom the policy names for each.

    Where it names nobody, what cannot be taken without anybody all the same, such as an offer, is for *otherwise*.
    Whoever asked for it must have the answer *needed_by*, if he says so.
    """
    assert file.proposal is not None
    ruled = [entry for entry in file.proposal.options if entry.option.feasible]
    soonest = _soonest(file.proposal.options)
    asked = _asked(file.proposal.options) or (Requirement(role=otherwise),)
    return QuestionDraft(
        kind=QuestionKind.DECISION,
        topic="decision",
        title=title,
        context="\n".join((context, *_until(needed_by), *_before(file))),
        choices=(*_ways(ruled, asked), _refusal(asked, no)),
        within=soonest.within,
        ladder=soonest.ladder,
        on_silence="reject" if silence_refuses else None,
        needed_by=needed_by,
    )


def _asked(ruled: Sequence[RuledOption]) -> tuple[Requirement, ...]:
    """Everybody whom the policy names for any of the options."""
    return tuple({need.roles: need for entry in ruled for need in entry.ruling.require}.values())


def _soonest(ruled: Sequence[RuledOption]) -> Ruling:
    return min((entry.ruling for entry in ruled), key=lambda ruling: length(ruling.within))


def _ways(
    ruled: Sequence[RuledOption], asked: tuple[Requirement, ...], forms: Mapping[str, Form] = MappingProxyType({})
) -> Iterator[Choice]:
    """Each option as a choice of those whom the policy names for it."""
    for entry in ruled:
        yield Choice(
            name=entry.option.name,
            title=option_in_words(entry.option),
            require=entry.ruling.require or asked,
            over_limit=entry.ruling.over_limit,
            form=forms.get(entry.option.name, Form()),
            signed="; ".join(entry.ruling.signed) or None,
        )


def _refusal(asked: tuple[Requirement, ...], no: str) -> Choice:
    """That none of the options is taken: anybody asked may say so, and whose no ends it, ends it."""
    everybody = dict.fromkeys(role for need in asked for role in need.roles)
    ends_by = tuple(dict.fromkeys(role for need in asked if need.veto for role in need.roles))
    return Choice(
        name="reject", title=no, require=tuple(Requirement(role=role) for role in everybody), reason_needed=True,
        ends=True, ends_by=ends_by,
    )  # fmt: skip


def _until(needed_by: datetime | None) -> Iterator[str]:
    if needed_by is not None:
        yield f"**Answer needed by** {needed_by.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


def _before(file: CaseFile) -> Iterator[str]:
    """Which decision is to be put right, what was asked back so far, found out, or not taken over."""
    if file.request.corrects:
        yield f"**Corrects** what {file.request.corrects} came to."
    for past in file.answers:
        who = ", ".join(past.people)
        if past.choice == ASK_BACK:
            yield f"**Asked back** by {who}: {past.reason}"
        elif past.topic == INFORMATION and past.reason:
            yield f"**Found out** by {who}: {past.reason}"
        elif past.choice == "refuse":
            yield f"**Not taken over** by {who}: {past.reason}"


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


def being_found_out(file: CaseFile) -> bool:
    """Whether somebody finds out what was asked back: his answer leads on, whatever else changes meanwhile."""
    asked, found_out = [past.step for past in file.answers if past.choice == ASK_BACK], file.answered(INFORMATION)
    return bool(asked) and (found_out is None or found_out.step < asked[-1])


def next_step(  # noqa: PLR0913 - what can be said, by whom and until when
    file: CaseFile,
    topic: str,
    *,
    title: str,
    no: str | None = None,
    again: str | None = None,
    forms: Mapping[str, Form] | None = None,
    excluded: Mapping[str, str] | None = None,
    lapses_after: Duration | None = None,
    among: Container[str] | None = None,
) -> QuestionDraft:
    """
    Whether one of the proposed options is taken now: asked of those whom the policy names for each.

    *no* words a refusal and *again* a wish to have it looked at anew; without them neither can be said. With
    *lapses_after* nobody is waited for any longer than that. *among* names the options that are meant, if not all are.
    """
    assert file.proposal is not None
    possible = [one for one in file.proposal.options if one.option.feasible]
    ruled = [one for one in possible if among is None or one.option.name in among]
    asked, soonest = _asked(ruled), _soonest(ruled)
    choices = list(_ways(ruled, asked, forms or {}))
    if again is not None:
        anybody = tuple(Requirement(role=role) for need in asked for role in need.roles)
        choices.append(Choice(name="look_again", title=again, require=anybody, ends=True))
    if no is not None:
        choices.append(_refusal(asked, no))
    return QuestionDraft(
        # What cannot be refused decides nothing: whoever asked for it may do it as well.
        kind=QuestionKind.STEP if no is None else QuestionKind.DECISION,
        topic=topic,
        title=title,
        context=file.proposal.because,
        choices=tuple(choices),
        within=lapses_after or soonest.within,
        ladder=soonest.ladder,
        on_silence=None if lapses_after is None else "lapsed",
        silence_percent=200 if lapses_after is None else 100,
        excluded=dict(excluded or {}),
    )


def task(
    role: Role,
    topic: str,
    *,
    title: str,
    done: str,
    context: str,
    within: Duration,
    form: Form | None = None,
    choice: str = "done",
) -> QuestionDraft:
    """That *role* does something, and what came of it."""
    said = Choice(name=choice, title=done, require=(Requirement(role=role),), form=form or Form())
    return QuestionDraft(
        kind=QuestionKind.STEP, topic=topic, title=title, context=context, choices=(said,), within=within
    )


def verdict(  # noqa: PLR0913 - what can be said, of whom and until when
    role: Role,
    topic: str,
    *,
    title: str,
    yes: tuple[str, str],
    no: tuple[str, str],
    context: str,
    within: Duration,
    excluded: Mapping[str, str] | None = None,
    form: Form | None = None,
    lapses: bool = False,
) -> QuestionDraft:
    """
    What *role* finds: *yes*, with a *form* that says more, or with a reason *no*; each by its name and words.

    Where it *lapses* nobody is waited for any longer than that.
    """
    asked = (Requirement(role=role),)
    return QuestionDraft(
        kind=QuestionKind.STEP,
        topic=topic,
        title=title,
        context=context,
        choices=(
            Choice(name=yes[0], title=yes[1], require=asked, form=form or Form()),
            Choice(name=no[0], title=no[1], require=asked, reason_needed=True, ends=True),
        ),
        within=within,
        on_silence="lapsed" if lapses else None,
        silence_percent=100 if lapses else 200,
        excluded=dict(excluded or {}),
    )


def inquiry(
    asked: tuple[Requirement, ...], topic: str, *, title: str, context: str, form: Form, within: Duration
) -> QuestionDraft:
    """What those *asked* can find out about one way to go on; the others go on without it when its time is over."""
    return QuestionDraft(
        kind=QuestionKind.INFORMATION,
        topic=topic,
        title=title,
        context=context,
        choices=(
            Choice(name="offered", title="It can be had", require=asked, form=form),
            Choice(name="cannot", title="It cannot be had", require=asked, reason_needed=True, ends=True),
        ),
        within=within,
        on_silence="unanswered",
        silence_percent=100,
    )


def half(within: Duration) -> Duration:
    """Half of the time that a decision is given, for what has to be found out before."""
    if within.clock is not None:
        return Duration(clock=within.clock / 2)
    if within.working is not None:
        return Duration(working=within.working / 2)
    return Duration(working=(within.working_days or 1) * HALF_A_DAY)


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
            title=f"{file.subject} is not ready: what {in_words(owner)} can mend",
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


def how_to_repair(file: CaseFile, role: Role, *, may_abandon: bool = True) -> QuestionDraft:
    """What to do about a write that failed."""
    asked = (Requirement(role=role),)
    abandon = Choice(name="abandon", title="Take it all back", require=asked, reason_needed=True, ends=True)
    return QuestionDraft(
        kind=QuestionKind.REPAIR,
        topic=REPAIR,
        title=f"Writing the decision on {file.subject} failed",
        context=file.decided_because,
        choices=(
            Choice(name=RETRY, title="Try again", require=asked),
            Choice(name="done_by_hand", title="It has been done by hand", require=asked, reason_needed=True),
            *((abandon,) if may_abandon else ()),
        ),
        within=Duration(working=timedelta(hours=4)),
    )


def handoff(role: Role, *, title: str, context: str, within: Duration, may_refuse: bool = True) -> QuestionDraft:
    """
    Whether *role* has taken over what was decided; only its lead can say that this is not needed.

    Without *may_refuse* it cannot be undone any more.
    """
    asked = (Requirement(role=role),)
    refuse = Choice(name="refuse", title="Cannot be done", require=asked, reason_needed=True, ends=True)
    return QuestionDraft(
        kind=QuestionKind.HANDOFF,
        topic=role,
        title=title,
        context=context,
        choices=(
            Choice(name="acknowledge", title="Taken over", require=asked),
            *((refuse,) if may_refuse else ()),
            Choice(name="waive", title="Not needed", require=(Requirement(role=lead_of(role)),), reason_needed=True),
        ),
        within=within,
    )


def option_in_words(option: Option) -> str:
    """The option with its price, in money and in other people's dates."""
    cost = f", costs {option.cost:f}" if option.cost else ""
    late = [line.line_key for line in option.disturbed if line.breaks_promise]
    return f"{option.title}{cost}" + (f", makes {', '.join(late)} late" if late else "")
