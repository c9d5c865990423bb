"""Whether a plan held: what was to be, and what is so once the time for it is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.adjustment.effects import effects
from domain.adjustment.known import chosen_plan
from domain.case import CaseFile
from domain.facts import Job
from domain.release import AdjustedJob
from domain.subject import Identifier

COMPARED = "plan_compared"
"""What the trail calls it."""
CLOSED = "closed"
"""What those outside are told has happened once it is known of every job."""


class Compared(BaseModel):
    """A job of which a plan moved steps, as it was to go and as it went."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    job: Identifier
    planned_start: AwareDatetime
    planned_end: AwareDatetime
    start: AwareDatetime | None
    """As its systems say once the time is over; nothing where they know of none of the moved steps any more."""
    end: AwareDatetime | None
    recovered: bool
    """Whether all that was moved was done by then."""
    because: str


def planned(file: CaseFile) -> tuple[AdjustedJob, ...]:
    """Every job of which the chosen plan moves steps, as these are to go."""
    chosen, taken = chosen_plan(file), file.chosen
    if chosen is None or taken is None:
        return ()  # there is no plan to hold to
    # Of a step that is done in lots each lot has a name of its own, such as ``J-2:10 (1)``.
    names = {name.split(" (")[0] for name in chosen.measures.moved}
    moved = {
        effect.job: [step for step in effect.operations if f"{effect.job}:{step.operation}" in names]
        for effect in effects(file, taken)
    }
    return tuple(
        AdjustedJob(
            site=file.site, case=file.id, job=job, operations=tuple(step.operation for step in steps),
            starts_at=min(step.starts_at for step in steps), ends_at=max(step.ends_at for step in steps),
        )
        for job, steps in moved.items()
        if steps
    )  # fmt: skip


def compared(plan: AdjustedJob, job: Job | None) -> Compared:
    """What became of *plan* by what is known of the *job*."""
    steps = [step for step in job.operations if step.operation in plan.operations] if job is not None else []
    left = [step for step in steps if step.status != "done"]
    held = job is not None and (not job.open or (bool(steps) and not left))
    if held:
        became = "done"
    else:
        became = ", ".join(f"step {step.operation} is {step.status}" for step in left) or "nobody tells of it any more"
    return Compared(
        job=plan.job, planned_start=plan.starts_at, planned_end=plan.ends_at,
        start=min((step.starts_at for step in steps), default=None),
        end=max((step.ends_at for step in steps), default=None),
        recovered=held, because=f"{plan.job}, by the plan done {plan.ends_at:%Y-%m-%d %H:%M} UTC: {became}.",
    )  # fmt: skip


def recovered(jobs: int, comparisons: Sequence[Compared]) -> bool | None:
    """Whether the plan held for all its *jobs*; nothing as long as that may still be so."""
    if not all(one.recovered for one in comparisons):
        return False
    return True if jobs and len(comparisons) == jobs else None


def closed(jobs: int, comparisons: Sequence[Compared]) -> dict[str, Any] | None:
    """What those outside are told of a plan once each of its *jobs* was looked at; nothing before."""
    if not jobs or len(comparisons) < jobs:
        return None
    return {
        "happened": CLOSED,
        "recovered": recovered(jobs, comparisons),
        "not_recovered": [one.job for one in comparisons if not one.recovered],
        "because": " ".join(one.because for one in comparisons),
    }
