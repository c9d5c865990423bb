"""Material shortage: what is missing from when until when, how it is got, and that it comes or somebody is told."""

from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile, Request
from domain.checks.shortage import ShortageFound, SourcesFound, Suspicion
from domain.effect import Effect
from domain.facts import Job, Lot, OrderLine, Receipt, Reservation
from domain.master_data import Item
from domain.option import Option, Proposal, RuledOption
from domain.policy import PolicyInputs, Ruling, together
from domain.process import Check, Meeting, Process, State, Successor
from domain.question import QuestionDraft
from domain.release import Allocation, Hold
from domain.roles import Role
from domain.shortage import counting, wording
from domain.shortage import effects as shortage_effects
from domain.shortage.combination import SHORT, Combination, worth_choosing
from domain.shortage.counting import to_be_counted
from domain.shortage.following import awaited, outstanding, unforeseen, unused
from domain.shortage.options import option_of
from domain.shortage.severity import UNHURRIED, ZONES, Severity
from domain.subject import Identifier
from domain.supply import Place
from domain.watching import Watched


class ShortageRequest(Request):
    """Which item is short, or may be; the reason says how that was found."""

    item: Identifier
    needed_by: AwareDatetime | None = None
    """When it is missing, where somebody knows better than the books."""
    line_stopped: bool = False
    """Whether a line stands still for it."""

    @property
    def subject_key(self) -> str:
        """The item."""
        return self.item


def suspicion(file: CaseFile) -> Suspicion:
    """What everybody who asked says of it."""
    asked = [one for one in (file.request, *file.further) if isinstance(one, ShortageRequest)]
    return Suspicion(
        line_stopped=any(one.line_stopped for one in asked),
        needed_by=min((one.needed_by for one in asked if one.needed_by is not None), default=None),
    )


def known(file: CaseFile) -> ShortageFound | None:
    """What is known of the item; nothing if that cannot be found out."""
    found = file.found("shortage")
    return ShortageFound.model_validate(found.values) if found is not None and found.values else None


def _found(file: CaseFile) -> ShortageFound:
    found = known(file)
    assert found is not None
    return found


def propose(file: CaseFile) -> Proposal:
    """What must be counted or decided, or is waited for; or the end."""
    found = known(file)
    if found is None:
        told = file.found("shortage")
        texts = tuple(reason.text for reason in told.reasons) if told is not None else ("Nobody knows the item.",)
        return Proposal(stage="needs_information", lacking=texts, because=" ".join(texts))
    counted = to_be_counted(file, found.balance, found.gap, found.severity) if file.chosen is None else None
    if counted is not None:
        return counted
    if unforeseen(file, found.balance) is not None:
        return _ways_out(file, found)
    if file.chosen is None:
        return Proposal(settled="no_shortage", because=f"Nothing is missing of {file.subject}.")
    return _followed(file, found)


def _ways_out(file: CaseFile, found: ShortageFound) -> Proposal:
    options = tuple(
        RuledOption(option=option_of(file, combination), ruling=_ruling(file, found, combination))
        for combination in combinations(file, found)
    )
    first = options[0]
    assert found.gap is not None
    return Proposal(
        stage="awaiting_decision", options=options,
        automatic=first.option.name if first.ruling.automatic else None,
        because=f"{found.severity}: {wording.missing(file.subject, found.gap)}",
    )  # fmt: skip


def combinations(file: CaseFile, found: ShortageFound) -> tuple[Combination, ...]:
    """The ways out worth choosing from, and the one that was chosen if it is still there."""
    sources = file.found("sources")
    ways = SourcesFound.model_validate(sources.values).ways if sources is not None and sources.values else ()
    return worth_choosing(found.balance, ways, also="" if file.chosen is None else file.chosen.name)


def _ruling(file: CaseFile, found: ShortageFound, combination: Combination) -> Ruling:
    """What the policy says of each part, taken together."""
    zone = ZONES[found.severity or Severity.S4]
    inputs = [
        PolicyInputs(
            option=part.way.kind, zone=zone, cost=part.way.cost, promises_broken=bool(part.way.disturbed),
            all_pass=part.way.sure,
        )
        for part in combination.parts
    ]  # fmt: skip
    if combination.residual is not None:
        late = bool(combination.late)
        inputs.append(PolicyInputs(option=SHORT, zone=zone, promises_broken=late, all_pass=False))
    return together([file.policy.rule(one) for one in inputs])


def _followed(file: CaseFile, found: ShortageFound) -> Proposal:
    """What was decided is waited for until the item does without it: because it came, or is not wanted any more."""
    if found.balance.without(unused(file, found.balance)).gap() is not None:
        reasons = tuple(reason.text for reason in outstanding(file, found.balance))
        return Proposal(stage="monitoring", because=" ".join(reasons[:3]))
    if still_coming := awaited(file, found.balance):
        names = ", ".join(some.source for some in still_coming)
        return Proposal(settled="demand_gone", because=f"Nobody needs {names} any more.")
    return Proposal(settled="cleared", because=f"{file.subject} is there for all who need it.")


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What the chosen ways write."""
    found = _found(file)
    combination = next(one for one in combinations(file, found) if one.name == option.name)
    name = f"{file.id}-{file.assessment}"
    return tuple(shortage_effects.effects(name, Place(file.site, file.subject), combination))


def count(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """How much there is, whatever the books say."""
    found = _found(file)
    return (counting.count(file, found.balance, found.gap, found.severity or Severity.S1),)


def correction(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That the books are put right."""
    return (counting.correction(file, _found(file).severity or Severity.S1),)


def decision(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Which way out to take."""
    found = _found(file)
    assert file.proposal is not None
    options = tuple(ruled.option for ruled in file.proposal.options)
    question = asking.which_option(
        file,
        title=f"{file.subject} is short: which way?",
        context=wording.context(file.subject, found.balance, found.gap, options),
        no="None of these: look for others",
        silence_refuses=False,
        otherwise=Role.PLANNER,
    )
    unhurried = found.severity is Severity.S4
    return (question.model_copy(update={"within": UNHURRIED}) if unhurried else question,)


def following(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What each owner sees to until it is there."""
    reasons = outstanding(file, _found(file).balance)
    return asking.what_to_mend(file, reasons, otherwise=Role.BUYER, within=_until_it_is_due(file))


def _until_it_is_due(file: CaseFile) -> Duration:
    """Nobody is reminded before what he waits for should be there."""
    due = max((step.at for step in file.chosen.supply), default=file.at) if file.chosen is not None else file.at
    return Duration(clock=max(due - file.at, timedelta(days=1)))


def handoffs(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Who must know that it is over."""
    found = _found(file)
    within, item, told = Duration(working_days=1), file.subject, file.decided_because
    if file.proposal is not None and file.proposal.settled == "demand_gone":
        title = f"{item} need not come so soon any more, or at all"
        return (asking.handoff(Role.BUYER, title=title, context=told, within=within, may_refuse=False),)
    roles = [Role.PRODUCTION] if found.goes_into else []
    roles += [Role.SALES] if any(need.job is None for need in found.balance.requirements) else []
    title = f"{item} is there"
    return tuple(asking.handoff(role, title=title, context=told, within=within, may_refuse=False) for role in roles)


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed."""
    return (asking.how_to_repair(file, Role.BUYER),)


def consequences(file: CaseFile) -> tuple[Successor, ...]:
    """
    What follows from leaving something short.

    Each promise that it breaks is proposed for when it can be kept, and those who would begin with it plan anew.
    """
    found = _found(file)
    assert file.chosen is not None
    combination = next(one for one in combinations(file, found) if one.name == file.chosen.name)
    why = f"{file.id}: {file.decided_because}"
    promises = tuple(
        Successor(
            "order_change",
            {
                "order": late.order, "line": late.line, "requested_at": late.new_at, "reason": "SUPPLY_PROBLEM",
                "comment": why[:2000], "reference": file.id,
            },
        )
        for late in combination.late
        # What never comes, as far as is known, has no date that could be proposed.
        if late.new_at < found.balance.until
    )  # fmt: skip
    about = {"reason": "MATERIAL", "comment": why[:2000], "reference": file.id}
    plans = (Successor("schedule_adjustment", {"work_center": name, **about}) for name in found.work_centers)
    return (*promises, *plans)


def watches(file: CaseFile) -> tuple[Watched, ...]:
    """Everything that the balance of the item rests on."""
    found, site, item = known(file), file.site, file.subject
    about = (Item, Lot, Reservation, Receipt, OrderLine, Job, Allocation, Hold)
    others = found.goes_into if found is not None else ()
    instead = found.alternates if found is not None else ()
    return (
        *(Watched(kind, site, "item", item) for kind in about),
        *(Watched(Job, site, "item", name) for name in others if name != item),
        *(Watched(Allocation, site, "item", name) for name in instead if name != item),
    )


_HOUR = Duration(clock=timedelta(hours=1))

SHORTAGE = Process(
    name="shortage",
    prefix="MS",
    title="Material shortage",
    purpose="Finds material that will be missing, gets it as somebody agrees to, and watches until it is there.",
    about=Item,
    request=ShortageRequest,
    states=(
        State(
            "received", "The request is kept and will be looked at.", within=Duration(clock=timedelta(minutes=1)),
            next=("assessing", "withdrawn"), interruptible=True,
        ),
        State(
            "assessing", "Stock, receipts and requirements are compared, moment by moment.", interruptible=True,
            watches=watches, within=Duration(clock=timedelta(minutes=10)),
            next=(
                "needs_information", "counting", "count_differs", "awaiting_decision", "committing", "monitoring",
                "propagating", "no_shortage", "withdrawn",
            ),
        ),
        State(
            "needs_information", "Something must be found out before anything can be said.", owner=Role.PLANNER,
            within=Duration(working_days=1), questions=lambda file: (asking.what_is_missing(file, Role.PLANNER),),
            interruptible=True, next=("assessing", "withdrawn"),
        ),
        State(
            "counting", "It is pressing, so the stock is counted before anybody is alarmed.", owner=Role.WAREHOUSE,
            within=_HOUR, questions=count, watches=watches, interruptible=True, next=("assessing", "withdrawn"),
        ),
        State(
            "count_differs", "The count and the books differ; the books are put right first.", owner=Role.WAREHOUSE,
            within=_HOUR, questions=correction, watches=watches, interruptible=True, next=("assessing", "withdrawn"),
        ),
        State(
            "awaiting_decision", "Those whom the policy names weigh the ways out.", owner=Role.PLANNER,
            within=Duration(working_days=3), questions=decision, watches=watches, interruptible=True,
            next=("assessing", "committing", "withdrawn"),
        ),
        State(
            "committing", "The evidence is looked at once more and the way out written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), next=("assessing", "commit_failed", "unresolved"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.BUYER,
            within=Duration(working=timedelta(hours=4)), questions=repair,
            next=("committing", "assessing", "abandoned", "commit_failed", "unresolved"),
        ),
        State(
            "unresolved", "Something stays short; the orders whose promise that breaks are looked at.",
            within=Duration(clock=timedelta(minutes=1)), opens=consequences, next=("assessing",),
        ),
        State(
            "monitoring", "A way out is taken; it is watched until the item is there.", owner=Role.BUYER,
            within=Duration(working_days=20), questions=following, watches=watches, next=("assessing",),
        ),
        State(
            "propagating", "It is over; everybody concerned is told.", owner=Role.PRODUCTION,
            within=Duration(working_days=1), questions=handoffs, next=("cleared", "demand_gone"),
        ),
        State("cleared", "The item is there for all who need it."),
        State("demand_gone", "Nobody needs it any more; the buyer takes back the hurry."),
        State("no_shortage", "Nothing is missing."),
        State("abandoned", "The way out could not be written; what was written is taken back."),
        State("withdrawn", "The request was taken back.", undoes=True),
    ),
    checks=(
        Check("shortage", "Stock, receipts and requirements over time", "inventory"),
        Check("sources", "Where it could come from", "inventory"),
    ),
    propose=propose,
    effects=effects,
    successors=("schedule_adjustment", "order_change"),
    meeting=Meeting.MERGE,
    quiet=timedelta(minutes=3),
    reasons=(
        "PROJECTION", "KIT_CHECK", "RECEIPT_CHANGED", "LOT_CHANGED", "COUNT", "SCRAP", "LINE_STOPPED", "REPORT",
        "OTHER",
    ),
)  # fmt: skip
