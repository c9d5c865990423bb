"""Material shortage: what is missing from when until when, how it is got, and that it comes or somebody is told."""

from __future__ import annotations

from datetime import timedelta

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile
from domain.effect import Effect
from domain.facts import Job, Lot, OrderLine, Receipt, Reservation
from domain.master_data import Item
from domain.option import Option, Proposal, RuledOption
from domain.policy import PolicyInputs, Ruling, together
from domain.process import Check, Meeting, Process, State, Successor
from domain.release import Allocation, Hold
from domain.roles import Role
from domain.shortage import effects as shortage_effects
from domain.shortage import questions, wording
from domain.shortage.combination import SHORT, Combination, worth_choosing
from domain.shortage.counting import to_be_counted
from domain.shortage.findings import ShortageFound
from domain.shortage.following import awaited, outstanding, unforeseen, unused
from domain.shortage.inquiries import choosable, waited_for
from domain.shortage.known import ShortageRequest, found_out, known
from domain.shortage.options import option_of
from domain.shortage.severity import ZONES, Severity
from domain.supply import Place
from domain.watching import Watched


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
        return _sourcing(file, found) or _ways_out(file, found)
    if file.chosen is None:
        return _nothing_missing(file, found)
    return _followed(file, found)


def _sourcing(file: CaseFile, found: ShortageFound) -> Proposal | None:
    """That those are heard first who know what can be had; nothing where there is enough to decide on."""
    if found.gap is None or file.state == "committing" or not waited_for(file, found):
        return None
    return Proposal(stage="sourcing", because=f"{found.severity}: {wording.missing(file.subject, found.gap)}")


def _nothing_missing(file: CaseFile, found: ShortageFound) -> Proposal:
    """The end, without a word to anybody: that the safety stock is used, the daily report tells."""
    if found.below is None:
        return Proposal(settled="no_shortage", because=f"Nothing is missing of {file.subject}.")
    told = file.found("shortage")
    assert told is not None
    return Proposal(settled="below_safety_stock", because=" ".join(reason.text for reason in told.reasons))


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
    return worth_choosing(found.balance, choosable(file), also="" if file.chosen is None else file.chosen.name)


def _ruling(file: CaseFile, found: ShortageFound, combination: Combination) -> Ruling:
    """What the policy says of each part, taken together."""
    zone, own = ZONES[found.severity or Severity.S4], bool(combination.safety_stock)
    inputs = [
        PolicyInputs(
            # What all of it costs: two halves of a costly expedite are no cheaper than the whole.
            option=part.way.kind, zone=zone, cost=combination.cost, promises_broken=bool(part.way.disturbed),
            all_pass=part.way.sure, safety_stock=own or bool(part.safety_stock),
        )
        for part in combination.parts
    ]  # fmt: skip
    if combination.residual is not None:
        late = bool(combination.late)
        inputs.append(PolicyInputs(option=SHORT, zone=zone, promises_broken=late, all_pass=False, safety_stock=own))
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
    found = found_out(file)
    combination = next(one for one in combinations(file, found) if one.name == option.name)
    name = f"{file.id}-{file.assessment}"
    return tuple(shortage_effects.effects(name, Place(file.site, file.subject), combination))


def consequences(file: CaseFile) -> tuple[Successor, ...]:
    """
    What follows from leaving something short.

    Each promise that it breaks is proposed for when it can be kept, and those who would begin with it plan anew.
    """
    found = found_out(file)
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
                "needs_information", "counting", "count_differs", "sourcing", "awaiting_decision", "committing",
                "monitoring", "propagating", "no_shortage", "below_safety_stock", "withdrawn",
            ),
        ),
        State(
            "needs_information", "Something must be found out before anything can be said.", owner=Role.PLANNER,
            within=Duration(working_days=1), questions=lambda file: (asking.what_is_missing(file, Role.PLANNER),),
            interruptible=True, next=("assessing", "withdrawn"),
        ),
        State(
            "counting", "It is pressing, so the stock is counted before anybody is alarmed.", owner=Role.WAREHOUSE,
            within=_HOUR, questions=questions.count, watches=watches, interruptible=True,
            next=("assessing", "withdrawn"),
        ),
        State(
            "count_differs", "The count and the books differ; the books are put right first.", owner=Role.WAREHOUSE,
            within=_HOUR, questions=questions.correction, watches=watches, interruptible=True,
            next=("assessing", "withdrawn"),
        ),
        State(
            "sourcing", "Suppliers, quality and other sites are asked what can be had, all at once.", owner=Role.BUYER,
            within=Duration(working=timedelta(hours=4)), questions=questions.sourcing, watches=watches,
            interruptible=True, next=("assessing", "withdrawn"),
        ),
        State(
            "awaiting_decision", "Those whom the policy names weigh the ways out.", owner=Role.PLANNER,
            within=Duration(working_days=3), questions=questions.decision, watches=watches, interruptible=True,
            next=("assessing", "committing", "withdrawn"),
        ),
        State(
            "committing", "The evidence is looked at once more and the way out written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), next=("assessing", "commit_failed", "unresolved"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.BUYER,
            within=Duration(working=timedelta(hours=4)), questions=questions.repair,
            next=("committing", "assessing", "abandoned", "commit_failed", "unresolved"),
        ),
        State(
            "unresolved", "Something stays short; the orders whose promise that breaks are looked at.",
            within=Duration(clock=timedelta(minutes=1)), opens=consequences, next=("assessing",),
        ),
        State(
            "monitoring", "A way out is taken; it is watched until the item is there.", owner=Role.BUYER,
            within=Duration(working_days=20), questions=questions.following, watches=watches, next=("assessing",),
        ),
        State(
            "propagating", "It is over; everybody concerned is told.", owner=Role.PRODUCTION,
            within=Duration(working_days=1), questions=questions.handoffs, next=("cleared", "demand_gone"),
        ),
        State("cleared", "The item is there for all who need it."),
        State("demand_gone", "Nobody needs it any more; the buyer takes back the hurry."),
        State("no_shortage", "Nothing is missing."),
        State("below_safety_stock", "Nothing is missing, and some of what is kept for safety is used."),
        State("abandoned", "The way out could not be written; what was written is taken back.", undoes=True),
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
    by_steps=True,
    quiet=timedelta(minutes=3),
    reasons=(
        "PROJECTION", "KIT_CHECK", "RECEIPT_CHANGED", "RECEIPT_OVERDUE", "LOT_CHANGED", "LOT_EXPIRES", "COUNT", "SCRAP",
        "LINE_STOPPED", "REPORT", "OTHER",
    ),
)  # fmt: skip
