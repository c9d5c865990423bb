"""The schedule as the plant's facts have it: jobs, work centres and order lines as a problem."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from domain.availability import Demand
from domain.calendar import WorkingCalendar
from domain.facts import Job, JobOperation, JobStatus
from domain.master_data import WorkCenter
from domain.order_line.work import Shortage, lacking
from domain.pegging import peg
from domain.schedule.importance import Importance
from domain.schedule.problem import (
    MINUTE,
    Commitment,
    ImpossibleProblem,
    Machine,
    OpenOperation,
    Placed,
    Problem,
    Way,
    to_the_minute,
)
from domain.supply import Place, SupplyPicture, availability_of, needed_for


class Outage(NamedTuple):
    """Time in which machines of a work centre cannot work."""

    work_center: str
    start: datetime
    end: datetime
    machines: int | None = None
    """How many; nothing means all of them."""


@dataclass(frozen=True)
class KnownSchedule:
    """What the facts say has to be scheduled."""

    problem: Problem
    left_out: Mapping[str, str]
    """Jobs that nobody can schedule, each with the reason as a sentence."""
    closed: Collection[str] = ()
    """Work centres and suppliers to which no work can be moved."""


def operation_name(job: str, operation: int) -> str:
    """What an operation of a job is called in a schedule."""
    return f"{job}:{operation}"


def known_schedule(
    picture: SupplyPicture,
    site: str,
    outages: Iterable[Outage] = (),
    frozen_until: datetime | None = None,
    importance: Importance = Importance(),  # noqa: B008 - frozen
    closed: Collection[str] = (),
) -> KnownSchedule:
    """
    The open work of *site* as a problem, with the plan that the jobs have now.

    Times are rounded down to the minute. What a running operation still takes is worked out from its pieces. Work
    centres listed as alternates can do the work too, unless they are *closed* to it.
    Raises NotInPicture, ImpossibleProblem, NeverWorking.
    """
    return _Shop(picture, site, tuple(outages), importance, closed).known(frozen_until)


@dataclass
class _Shop:
    """The work of one site, step by step turned into a problem."""

    picture: SupplyPicture
    site: str
    outages: tuple[Outage, ...]
    importance: Importance
    closed: Collection[str]
    left_out: dict[str, str] = field(default_factory=dict)
    short: dict[str, tuple[Shortage, ...]] = field(default_factory=dict)
    """What each job will lack."""
    made_before: Mapping[str, set[str]] = field(default_factory=dict)
    """By the name of a step, the last steps of jobs that make what goes into it."""

    def known(self, frozen_until: datetime | None) -> KnownSchedule:
        jobs = [job for job in self.picture.open_jobs(self.site) if self._can_be_scheduled(job)]
        self.made_before = self._made_before(jobs)
        jobs = [job for job in jobs if job.job not in self.left_out]
        steps = [(job, step) for job in jobs for step in job.operations if step.status != "done"]
        machines = self._machines([step for _, step in steps if step.supplier is None])
        machines |= {name: [Machine(name, name, WorkingCalendar.always())] for name in _away(steps)}
        planned = self._planned(steps, machines)
        problem = Problem(
            now=to_the_minute(self.picture.now),
            machines=tuple(machine for alike in machines.values() for machine in alike),
            operations=tuple(
                self._operation(job, step, machines, place) for (job, step), place in zip(steps, planned, strict=True)
            ),
            commitments=tuple(self._commitments(jobs)),
            baseline=planned,
            frozen_until=None if frozen_until is None else to_the_minute(frozen_until),
        )
        return KnownSchedule(problem, self.left_out, self.closed)

    def _can_be_scheduled(self, job: Job) -> bool:
        if job.status is JobStatus.ON_HOLD:
            self.left_out[job.job] = f"{job.job} is on hold, and nobody knows when it goes on."
        self.short[job.job] = lacking(job, self.picture)
        for short in self.short[job.job]:
            if short.cleared_at is None:
                self.left_out[job.job] = f"{job.job} lacks {short.item}, and none is known to come."
        return job.job not in self.left_out

    def _centers(self, name: str) -> list[WorkCenter]:
        """The work centre and those that can do its work, as far as they have machines."""
        center = self.picture.work_center(Place(self.site, name))
        others = (
            self.picture.work_center(Place(self.site, other)) for other in center.alternates if other not in self.closed
        )
        return [one for one in (center, *others) if one.machines > 0]

    def _machines(self, steps: list[JobOperation]) -> dict[str, list[Machine]]:
        """The machines of every work centre that somebody needs, no more of them than there is work for."""
        centers = {center.work_center: center for step in steps for center in self._centers(step.work_center)}
        wanted = Counter(center.work_center for step in steps for center in self._centers(step.work_center))
        running = Counter(step.work_center for step in steps if step.status == "running")
        # That more are running than there are machines says that there are more.
        counts = {name: max(min(center.machines, wanted[name]), running[name]) for name, center in centers.items()}
        return {name: list(self._alike(center, counts[name])) for name, center in centers.items()}

    def _alike(self, center: WorkCenter, count: int) -> Iterator[Machine]:
        calendar = self.picture.calendar(Place(self.site, center.calendar))
        for number in range(1, count + 1):
            down = tuple(
                (to_the_minute(outage.start), to_the_minute(outage.end))
                for outage in self.outages
                if outage.work_center == center.work_center
                # Which of alike machines is down changes nothing: say, the last.
                and (outage.machines is None or number > max(center.machines, count) - outage.machines)
            )
            name = center.work_center if count == 1 else f"{center.work_center} #{number}"
            yield Machine(name, center.work_center, calendar, down)

    def _planned(
        self, steps: list[tuple[Job, JobOperation]], machines: Mapping[str, list[Machine]]
    ) -> tuple[Placed, ...]:
        """Where the steps are planned, each on one of the alike machines of its work centre that is free then."""
        taken: dict[str, datetime] = {}
        planned: dict[str, Placed] = {}
        # What is running first: each of them has its machine, however late it is.
        for job, step in sorted(steps, key=lambda one: (one[1].status != "running", one[1].starts_at)):
            start, end = to_the_minute(step.starts_at), to_the_minute(step.ends_at)
            name = operation_name(job.job, step.operation)
            if step.supplier is not None:
                planned[name] = Placed(operation=name, machine=_at_supplier(job, step), start=start, end=end)
                continue
            centers = self._centers(step.work_center)
            own = [center for center in centers if center.work_center == step.work_center] or centers
            names = [machine.name for center in own for machine in machines[center.work_center]]
            if not names:
                raise ImpossibleProblem(
                    f"{step.work_center} has no machine to do {job.job} on; correct its master data."
                )
            free = [name for name in names if name not in taken or (step.status != "running" and taken[name] <= start)]
            machine = (free or names)[0]
            taken[machine] = max(end, taken.get(machine, end))
            planned[name] = Placed(operation=name, machine=machine, start=start, end=end)
        return tuple(planned[operation_name(job.job, step.operation)] for job, step in steps)

    def _operation(
        self, job: Job, step: JobOperation, machines: Mapping[str, list[Machine]], planned: Placed
    ) -> OpenOperation:
        name = operation_name(job.job, step.operation)
        if step.status == "running" and step.supplier is not None:
            since = min(planned.start, to_the_minute(self.picture.now))
            back = max(planned.end, to_the_minute(self.picture.now) + MINUTE)
            return OpenOperation(name, (_away_for(planned.machine, since, back, step),), pinned_at=since)
        if step.status == "running":
            (machine,) = (one for alike in machines.values() for one in alike if one.name == planned.machine)
            since = min(planned.start, to_the_minute(self.picture.now))
            way = Way(machine.name, self._running_minutes(job, step, machine, since))
            return OpenOperation(name, (way,), family=self._family(job, step), pinned_at=since)
        ways = (
            tuple(
                self._way(job, step, center, machine)
                for center in self._centers(step.work_center)
                for machine in machines[center.work_center]
            )
            if step.supplier is None
            else (_away_for(planned.machine, planned.start, planned.end, step),)
        )
        before = job.operations[: job.operations.index(step)]
        after = [operation_name(job.job, other.operation) for other in before if other.status != "done"][-1:]
        after += sorted(self.made_before.get(name, ()))
        return OpenOperation(name, ways, tuple(after), self._material_at(job, step), self._family(job, step))

    def _way(self, job: Job, step: JobOperation, center: WorkCenter, machine: Machine) -> Way:
        whole = _whole_minutes(step.minutes, center)
        setup = min(int(self._setup(job, step) / center.efficiency), whole - 1)
        return Way(machine.name, whole - setup, setup)

    def _setup(self, job: Job, step: JobOperation) -> Decimal:
        """Standard minutes of setting up, which the minutes of the step hold."""
        place = Place(self.site, job.item)
        known = self.picture.item(place).operations if self.picture.has_item(place) else ()
        return next((one.setup_minutes for one in known if one.operation == step.operation), Decimal(0))

    def _family(self, job: Job, step: JobOperation) -> str | None:
        return f"{job.item}:{step.operation}" if self._setup(job, step) else None

    def _running_minutes(self, job: Job, step: JobOperation, machine: Machine, since: datetime) -> int:
        """Worked so far and still to come: by the pieces made, where any are, and a minute at least."""
        spans = machine.spans(since, to_the_minute(self.picture.now))
        worked = sum((end - begin for begin, end in spans), timedelta(0)) // MINUTE
        whole = _whole_minutes(step.minutes, self.picture.work_center(Place(self.site, machine.work_center)))
        made = step.good + step.scrapped
        to_come = int(whole * max(1 - made / job.quantity, Decimal(0))) if made and job.quantity else whole - worked
        return worked + max(to_come, 1)

    def _material_at(self, job: Job, step: JobOperation) -> datetime | None:
        """When all that the step lacks now will be there, rounded up."""
        waiting = [one for one in job.operations if one.status == "waiting"]
        comes = []
        for short in self.short[job.job]:
            needs_it = (one for one in waiting if max(one.starts_at, self.picture.now) >= short.needed_at)
            if short.cleared_at is not None and step is next(needs_it, waiting[0]):
                comes.append(short.cleared_at)
        return to_the_minute(max(comes) + MINUTE - timedelta.resolution) if comes else None

    def _made_before(self, jobs: list[Job]) -> Mapping[str, set[str]]:
        """Which jobs make what which steps take, if the first to need it takes what is there first."""
        # A date before all supply has the stock go first, and then what comes, in its order.
        first = self.picture.now - MINUTE
        open_steps = {job.job: [step for step in job.operations if step.status != "done"] for job in jobs}
        last = {job: operation_name(job, steps[-1].operation) for job, steps in open_steps.items() if steps}
        takes: dict[str, list[Demand]] = defaultdict(list)
        for job in jobs:
            place = Place(self.site, job.item)
            for component in self.picture.item(place).components if self.picture.has_item(place) else ():
                steps = [step for step in job.operations if component.operation in (None, step.operation)]
                if steps and steps[0].status == "waiting":
                    name = operation_name(job.job, steps[0].operation)
                    quantity = needed_for(component, job.quantity)
                    takes[component.item].append(Demand(first, quantity, name, 0, ordered=steps[0].starts_at))
        makers: dict[str, set[str]] = defaultdict(set)
        for item, demands in takes.items():
            there = availability_of(self.picture, Place(self.site, item), keep_safety_stock=False)
            for pegged in peg(there.on_hand_usable, there.supplies, demands):
                if pegged.supply_source is not None:
                    makers[pegged.demand.owner].add(pegged.supply_source)
        self._leave_out_who_waits_in_vain(makers)
        return {name: {last[source] for source in sources if source in last} for name, sources in makers.items()}

    def _leave_out_who_waits_in_vain(self, makers: Mapping[str, set[str]]) -> None:
        waits = {name: (name.rpartition(":")[0], sources) for name, sources in makers.items()}
        while in_vain := {
            job: source for job, sources in waits.values() for source in sources
            if source in self.left_out and job not in self.left_out
        }:  # fmt: skip
            for job, source in in_vain.items():
                self.left_out[job] = f"{job} waits for {source}, which nobody can schedule."

    def _commitments(self, jobs: list[Job]) -> Iterator[Commitment]:
        """One for each order line that is worked for, and one for each job that is for none."""
        served: dict[str, list[Job]] = defaultdict(list)
        for job in jobs:
            line = self.picture.served(job)
            served[job.job if line is None else line.key].append(job)
        for name, serving in served.items():
            line = self.picture.served(serving[0])
            due = max(job.ends_at for job in serving) if line is None else line.due_at
            operations = tuple(
                operation_name(job.job, step.operation)
                for job in serving
                for step in job.operations
                if step.status != "done"
            )
            if operations:
                yield Commitment(name, to_the_minute(due), self.importance.weight(line), operations)


def _away(steps: Iterable[tuple[Job, JobOperation]]) -> list[str]:
    return [_at_supplier(job, step) for job, step in steps if step.supplier is not None]


def _at_supplier(job: Job, step: JobOperation) -> str:
    """Where a step is that others do: each has its place, for how many they do at once is their matter."""
    return f"{step.supplier} for {operation_name(job.job, step.operation)}"


def _away_for(place: str, since: datetime, back: datetime, step: JobOperation) -> Way:
    return Way(place, max((back - since) // MINUTE, 1), supplier=step.supplier)


def _whole_minutes(minutes: Decimal, center: WorkCenter) -> int:
    return max(int(minutes / center.efficiency), 1)
