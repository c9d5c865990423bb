"""Where a job is. The stages are tried in a fixed order and the first that fits counts (processes 1.0.11)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.checks.work_in_process import has_started
from domain.evidence import Reason
from domain.fact import Reading
from domain.facts import Job, JobStatus, OrderLine
from domain.order_line.known import OpenCase
from domain.readiness.jobs import clear_to_start, materials_projected, materials_ready
from domain.readiness.judgement import Known
from domain.readiness.truth import Truth
from domain.release import JobPreparation, MachineState
from domain.roles import Role
from domain.standing.standing import Fit, Standing, standing


class JobStage(StrEnum):
    """How far a job has come, in the order in which the stages are tried."""

    CLOSED = "closed"
    """Its source says so."""
    COMPLETE = "complete"
    """Its source says so."""
    ON_HOLD = "on_hold"
    """Its source says so."""
    PAUSED = "paused"
    """It has begun, and a machine that a step of it waits for is down."""
    RUNNING = "running"
    """It has begun."""
    KIT_SHORT = "kit_short"
    """It is released, and material is not set aside for it or may not be used, nor is that waived."""
    CLEAR_TO_START = "clear_to_start"
    """It is released and has all it needs to start, or what is missing is waived."""
    RELEASED = "released"
    """Its source says so; what else it needs is not all there or not known."""
    PLANNED = "planned"
    """Nothing of the above."""


def job_standing(job: Reading[Job], known: Known, open_cases: tuple[OpenCase, ...] = ()) -> Standing:
    """The status of *job*, from all that is known of it."""
    made = job.fact
    order = known.every(OrderLine, made.site, lambda line: line.key == made.line_key)
    machines = known.every(
        MachineState, made.site, lambda m: any(s.work_center == m.work_center for s in made.operations)
    )
    prepared = known.every(JobPreparation, made.site, lambda p: p.job == made.job)
    fit = _fit(made, known)
    stopped = fit.stage == JobStage.ON_HOLD
    return standing(
        job,
        fit,
        [*machines, *prepared],
        projected_at=None if stopped else max(made.ends_at, known.now),
        promised_at=next((line.fact.due_at for line in order), None),
        open_cases=open_cases,
    )


def _fit(job: Job, known: Known) -> Fit:
    if job.status in (JobStatus.CLOSED, JobStatus.COMPLETE):
        return Fit(JobStage(job.status.value), over=True)
    if job.status is JobStatus.ON_HOLD:
        held = Reason(code="job_on_hold", thing=job.job, owner=Role.PRODUCTION, text=f"{job.job} is on hold.")
        return Fit(JobStage.ON_HOLD, Role.PRODUCTION, job.starts_at, (held,))
    if has_started(job):
        down = _down(job, known)
        return Fit(JobStage.PAUSED if down else JobStage.RUNNING, Role.PRODUCTION, _next_end(job), down)
    if job.status is not JobStatus.RELEASED:
        projected = materials_projected(job.site, job.job, known)
        return Fit(JobStage.PLANNED, Role.PLANNER, job.starts_at, projected.reasons)
    material = materials_ready(job.site, job.job, known)
    if material.value is Truth.FALSE and not material.accepted:
        return _waits(JobStage.KIT_SHORT, job, material.reasons)
    clear = clear_to_start(job.site, job.job, known)
    if clear.accepted:
        return Fit(JobStage.CLEAR_TO_START, Role.PRODUCTION, job.starts_at)
    return _waits(JobStage.RELEASED, job, clear.reasons)


def _waits(stage: JobStage, job: Job, reasons: tuple[Reason, ...]) -> Fit:
    owner = next((reason.owner for reason in reasons if reason.owner is not None), Role.PRODUCTION)
    return Fit(stage, owner, job.starts_at, reasons)


def _down(job: Job, known: Known) -> tuple[Reason, ...]:
    """The machines that its next steps, or those under way, wait for and that are down."""
    undone = sorted((step for step in job.operations if step.status != "done"), key=lambda step: step.operation)
    running = [step for step in undone if step.status == "running"] or undone[:1]
    centers = {step.work_center for step in running}
    return tuple(
        Reason(
            code="machine_down", thing=name, owner=Role.PRODUCTION,
            text=f"{name} is down{f': {state.fact.because}' if state.fact.because else '.'}",
        )
        for state in known.every(MachineState, job.site, lambda m: m.down and m.work_center in centers)
        for name in [state.fact.work_center]
    )  # fmt: skip


def _next_end(job: Job) -> datetime:
    return min((step.ends_at for step in job.operations if step.status != "done"), default=job.ends_at)
