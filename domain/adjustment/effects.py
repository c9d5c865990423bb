"""What the chosen plan writes, and which departures it is too late for."""

from __future__ import annotations

from domain.adjustment.departures import too_late_for
from domain.adjustment.known import adjusted
from domain.case import CaseFile
from domain.effect import RescheduleJob
from domain.evidence import digest
from domain.facts import Job, JobOperation
from domain.option import Option
from domain.schedule.options import ScheduleOption


def effects(file: CaseFile, option: Option) -> tuple[RescheduleJob, ...]:
    """Every job of which the chosen plan moves a step, as it then is."""
    found = adjusted(file)
    assert found is not None
    chosen = next(one for one in found.options if one.kind == option.name)
    moved = {name.split(":")[0] for name in chosen.measures.moved}
    return tuple(
        RescheduleJob(site=file.site, job=job.job, expected=digest(job), operations=planned_steps(job, chosen))
        for job in found.jobs
        if job.job in moved
    )


def planned_steps(job: Job, chosen: ScheduleOption) -> tuple[JobOperation, ...]:
    """The steps of *job* as planned; of one done in lots, from the first to the last of them."""
    away = {one.operation: one.supplier for one in chosen.outside}

    def planned(step: JobOperation) -> JobOperation:
        name = f"{job.job}:{step.operation}"
        places = [p for p in chosen.schedule.plan if p.operation == name or p.operation.startswith(f"{name} (")]
        if not places or step.status != "waiting":
            return step
        moved: dict[str, object] = {
            "starts_at": min(place.start for place in places),
            "ends_at": max(place.end for place in places),
        }
        # Where others do it, the work centre is still the one that would.
        supplier = away.get(name, step.supplier)
        where = {"work_center": places[0].machine.split(" #")[0]} if supplier is None else {"supplier": supplier}
        return step.model_copy(update=moved | where)

    return tuple(planned(step) for step in job.operations)


def missed_departures(file: CaseFile, option: Option) -> tuple[str, ...]:
    """Shipments that are to be ready before what goes with them is made by the chosen plan, in words."""
    found = adjusted(file)
    assert found is not None
    jobs = {job.job: job for job in found.jobs}
    ends = {effect.job: max(step.ends_at for step in effect.operations) for effect in effects(file, option)}
    return tuple(text for name, end in ends.items() for text in too_late_for(found.departures, jobs[name], end))
