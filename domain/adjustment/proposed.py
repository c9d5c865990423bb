"""What is proposed about a disturbance: that somebody says more, the plans, or that nothing must be done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from domain.adjustment.effects import planned_steps
from domain.adjustment.findings import DisturbanceFound, DisturbedScheduleFound
from domain.adjustment.known import left_to_production
from domain.case import CaseFile
from domain.facts import Job
from domain.option import Disturbed, Moved, Option, Proposal, RuledOption
from domain.policy import PolicyInputs, Requirement
from domain.roles import Role
from domain.schedule.options import ScheduleOption


def triage(file: CaseFile, machine: DisturbanceFound | None) -> Proposal:
    """That somebody there says how long it lasts."""
    told = (machine.because if machine is not None else "") or file.request.comment
    return Proposal(stage="triage", because=f"How long does it last? {told}".strip())


def nothing_moves(found: DisturbedScheduleFound) -> Proposal | None:
    """The end, where nothing has to move, or too little for a new plan."""
    if not any(option.measures.moved or option.breaks for option in found.options):
        because = " ".join(found.left_out) or "Everything can be done as planned."
        return Proposal(settled="no_action", because=because)
    small = _too_small(found)
    return None if small is None else Proposal(settled="no_action", because=small)


def plans(file: CaseFile, found: DisturbedScheduleFound) -> Proposal:
    """The plans there are, and who must agree to each."""
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
        expires_at=file.at + timedelta(hours=1), moves=tuple(_moves(found, option)), closed=found.closed,
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


def _moves(found: DisturbedScheduleFound, option: ScheduleOption) -> Iterator[Moved]:
    """Every job of which it moves a step, when its last planned step ends, and who takes steps of it over."""
    jobs = {job.job: job for job in found.jobs}
    for name in sorted({name.split(":")[0] for name in option.measures.moved}):
        ends = (place.end for place in option.schedule.plan if place.operation.split(":")[0] == name)
        yield Moved(job=name, ends_at=max(ends), taken_over_by=tuple(sorted(_taken_over_by(jobs[name], option))))


def _taken_over_by(job: Job, option: ScheduleOption) -> set[str]:
    """The work centres and suppliers that do steps of the *job* in place of those that were to."""
    steps = zip(job.operations, planned_steps(job, option), strict=True)
    return {
        now.supplier or now.work_center
        for before, now in steps
        if (now.supplier, now.work_center) != (before.supplier, before.work_center)
    }


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
