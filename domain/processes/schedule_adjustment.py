"""Schedule adjustment: that a disturbance moves no more than it must, and that everybody works by the new plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from domain.adjustment import questions
from domain.adjustment.effects import broken_promises, effects
from domain.adjustment.findings import DisturbanceFound, DisturbedScheduleFound
from domain.adjustment.known import ScheduleAdjustmentRequest, adjusted, has_to_last, left_to_production
from domain.adjustment.recovery import planned
from domain.asking import being_found_out
from domain.calendar import Duration
from domain.case import CaseFile
from domain.facts import Job, OrderLine
from domain.master_data import OutsideCapacity, WorkCenter
from domain.option import Disturbed, Option, Proposal, RuledOption
from domain.policy import PolicyInputs, Requirement
from domain.process import Check, Meeting, Process, State
from domain.release import MachineState
from domain.roles import Role
from domain.schedule.options import ScheduleOption
from domain.watching import Watched


def propose(file: CaseFile) -> Proposal:
    """What can be done about the disturbance; or that nothing must be."""
    said = file.answered("triage")
    if said is not None and said.choice == "false_alarm":
        return Proposal(settled="no_action", because=said.reason)
    machine = file.found("disturbance")
    state = DisturbanceFound.model_validate(machine.values) if machine is not None and machine.values else None
    if file.request.reason == "MACHINE" and state is not None and state.down is False:
        return Proposal(settled="no_action", because=f"{file.subject} works again.")
    if has_to_last(file):
        text = f"How long does it last? {(state.because if state else '') or file.request.comment}".strip()
        return Proposal(stage="triage", because=text)
    found = adjusted(file)
    if found is None:
        check = file.found("schedule")
        texts = tuple(reason.text for reason in check.reasons) if check is not None else ()
        because = " ".join(texts) or "The schedule could not be read."
        return Proposal(stage="needs_information", lacking=texts or (because,), because=because)
    if not any(option.measures.moved or option.breaks for option in found.options):
        because = " ".join(found.left_out) or "Everything can be done as planned."
        return Proposal(settled="no_action", because=because)
    if (small := _too_small(found)) is not None:
        return Proposal(settled="no_action", because=small)
    ruled = tuple(_ruled(file, found, option) for option in found.options)
    return Proposal(stage="awaiting_decision", options=ruled, because=_because(found))


def _too_small(found: DisturbedScheduleFound) -> str | None:
    """What moves if nobody does anything, where none of it is worth a new plan."""
    left_alone = next((option for option in found.options if option.kind == "do_nothing"), None)
    if left_alone is None or left_alone.matters is None or left_alone.matters or left_alone.breaks:
        return None
    moved = ", ".join(left_alone.measures.moved)
    return f"What is held up is too little for a new plan and breaks no promise; later by itself: {moved}."


def _because(found: DisturbedScheduleFound) -> str:
    best = found.options[0]
    late = ", ".join(one.commitment for one in best.breaks)
    return f"{len(best.measures.moved)} steps move at best" + (f", and {late} will be late." if late else ".")


def _ruled(file: CaseFile, found: DisturbedScheduleFound, option: ScheduleOption) -> RuledOption:
    measures = option.measures
    cost = measures.overtime_cost + measures.outsourcing_cost
    disturbed = tuple(_disturbed(found, option))
    # One line for each measure: the score ranks, and says nothing without them.
    because = (
        f"{measures.weighted_tardiness} weighted days late",
        f"{len(measures.moved)} steps moved, {len(measures.frozen_changes)} changes in the frozen window",
        f"{measures.setup_minutes} minutes of setting up",
        f"overtime {measures.overtime_cost:f}, to others {measures.outsourcing_cost:f}",
        *(sent.in_words for sent in option.outside),
        option.schedule.how_good,
        f"score {_figure(option.score)}: {_parts(option)} (figures {found.policy_version})",
    )
    way = Option(
        name=option.kind, title=option.title, cost=cost, disturbed=disturbed, because=because,
        expires_at=file.at + timedelta(hours=1),
    )  # fmt: skip
    inputs = PolicyInputs(
        option=option.kind, zone="frozen" if measures.frozen_changes else "slushy",
        promises_broken=bool(option.breaks), cost=cost, overtime_hours=option.overtime_hours,
    )  # fmt: skip
    ruling = file.policy.rule(inputs)
    if option.kind in found.local and left_to_production(file, found):
        alone = {"require": (Requirement(role=Role.PRODUCTION),), "rules": (*ruling.rules, "local_autonomy")}
        ruling = ruling.model_copy(update=alone)
    return RuledOption(option=way, ruling=ruling)


def _parts(option: ScheduleOption) -> str:
    return " + ".join(f"{_figure(added)} for {what}" for what, added in option.parts.items() if added) or "0"


def _figure(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01')).normalize():f}"


def _disturbed(found: DisturbedScheduleFound, option: ScheduleOption) -> Iterator[Disturbed]:
    lines = {line.key: line for line in found.lines}
    for late in option.affected:
        if (line := lines.get(late.commitment)) is not None:
            yield Disturbed(
                order=line.order, line=line.line, customer=line.customer, promised_at=line.due_at, new_at=late.after
            )


def watches_machines(file: CaseFile) -> tuple[Watched, ...]:
    """The machines of the work centre."""
    return (Watched(MachineState, file.site, "work_center", file.subject),)


def watches(file: CaseFile) -> tuple[Watched, ...]:
    """The machines, all work at the site, and what others offer to do of it."""
    return (
        *watches_machines(file),
        Watched(Job, file.site, "site", file.site),
        Watched(OrderLine, file.site, "site", file.site),
        Watched(OutsideCapacity, file.site, "site", file.site),
    )


def watches_missing(file: CaseFile) -> tuple[Watched, ...]:
    """The same, unless somebody finds out what was asked back."""
    return () if being_found_out(file) else watches(file)


_STOPPABLE = ("assessing", "withdrawn")

SCHEDULE_ADJUSTMENT = Process(
    name="schedule_adjustment",
    prefix="SA",
    title="Schedule adjustment",
    purpose="Finds the plan that suffers least from a disturbance, has it agreed to, and everybody work by it.",
    about=WorkCenter,
    request=ScheduleAdjustmentRequest,
    states=(
        State(
            "received", "The disturbance is kept and will be looked at.", within=Duration(clock=timedelta(minutes=1)),
            next=_STOPPABLE, interruptible=True,
        ),
        State(
            "assessing", "What it does to the schedule is worked out, and what could be done.", interruptible=True,
            within=Duration(clock=timedelta(minutes=10)), watches=watches,
            next=("triage", "needs_information", "awaiting_decision", "no_action", "withdrawn"),
        ),
        State(
            "triage", "Somebody there says whether it is so, and how long it lasts.", owner=Role.PRODUCTION,
            within=Duration(clock=timedelta(minutes=30)), questions=questions.triage, watches=watches_machines,
            interruptible=True, next=_STOPPABLE,
        ),
        State(
            "needs_information", "The schedule cannot be worked out before something is found out.",
            owner=Role.PLANNER, within=Duration(working=timedelta(hours=4)), questions=questions.information,
            watches=watches_missing, interruptible=True, next=_STOPPABLE,
        ),
        State(
            "awaiting_decision", "Those whom the policy names weigh the plans.", owner=Role.PLANNER, watches=watches,
            within=Duration(working=timedelta(hours=4)), questions=questions.decision, interruptible=True,
            next=("committing", "kept_plan", "needs_information", *_STOPPABLE),
        ),
        State(
            "committing", "The schedule is looked at once more and the plan written into the plant's systems.",
            within=Duration(clock=timedelta(minutes=30)), next=("propagating", "commit_failed", "assessing"),
        ),
        State(
            "commit_failed", "A system refused, or did not answer; somebody must say what to do.", owner=Role.PLANNER,
            within=Duration(working=timedelta(hours=1)), questions=questions.repair,
            next=("committing", "propagating", "abandoned", "assessing", "commit_failed"),
        ),
        State(
            "propagating", "Everybody who works by the plan takes it over.", owner=Role.PRODUCTION,
            within=Duration(working=timedelta(hours=4)), questions=questions.handoffs,
            next=("effective", "assessing", "commit_failed"),
        ),
        State("effective", "Everybody works by the new plan.", opens=broken_promises, tells=planned),
        State("kept_plan", "The plan stays as it was."),
        State("no_action", "Nothing has to move."),
        State("abandoned", "The plan could not be written; all of it was taken back.", undoes=True),
        State("withdrawn", "The request was taken back.", undoes=True),
    ),
    checks=(
        Check("disturbance", "Whether the work centre works", "shop floor"),
        Check("schedule", "What could be done, each with its plan", "schedule"),
    ),
    propose=propose,
    effects=effects,
    successors=("order_change",),
    meeting=Meeting.MERGE,
    by_steps=True,
    quiet=timedelta(minutes=3),
    reasons=(
        "MACHINE", "LABOUR", "MATERIAL", "TOOL", "QUALITY", "RUSH_ORDER", "ENGINEERING", "MAINTENANCE",
        "UPSTREAM_LATE", "PLAN_ERROR", "MOVED_ELSEWHERE", "OTHER",
    ),
)  # fmt: skip
