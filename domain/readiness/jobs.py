"""Whether a job has its material, and everything else to start."""

from __future__ import annotations

from decimal import Decimal

from domain.evidence import Reason
from domain.facts import Job, Lot, LotStatus, OrderLine, Receipt
from domain.master_data import Component, Item
from domain.readiness.judgement import NOTHING, Judgement, Known, Readiness
from domain.readiness.lots import flaw, stopped
from domain.release import Allocation, JobPreparation, MachineState
from domain.roles import Role


def materials_ready(site: str, job: str, known: Known) -> Readiness:
    """Whether all material of the job is set aside for it from lots that may be used."""
    return _materials("materials_ready", site, job, known, projected=False)


def materials_projected(site: str, job: str, known: Known) -> Readiness:
    """The same, counting also what is confirmed to come in time, whichever other job may want it too."""
    return _materials("materials_projected", site, job, known, projected=True)


def clear_to_start(site: str, job: str, known: Known) -> Readiness:
    """Whether the job has its material, papers, tools and people, and its machines work."""
    judgement = Judgement("clear_to_start", site, job, known)
    judgement.rests_on(materials_ready(site, job, known))
    said = judgement.one(JobPreparation, job, Role.PRODUCTION)
    if said is not None:
        for what, given, owner in (
            ("documents", said.documents_released, Role.ENGINEERING),
            ("tools", said.tools_available, Role.PRODUCTION),
            ("people", said.people_available, Role.PRODUCTION),
        ):
            if given is None:
                judgement.unknown(f"{what}_unknown", job, owner, f"Nobody said whether {what} are there for {job}.")
            elif not given:
                judgement.false(f"{what}_missing", job, owner, f"{what.capitalize()} are missing for {job}.")
    made = judgement.one(Job, job, Role.PLANNER)
    for center in sorted({step.work_center for step in made.operations if step.status != "done"} if made else ()):
        machine = judgement.one(MachineState, center, Role.PRODUCTION)
        if machine is not None and machine.down:
            judgement.false("machine_down", center, Role.PRODUCTION, f"{center} is down.")
    return judgement.given()


def _materials(predicate: str, site: str, job: str, known: Known, *, projected: bool) -> Readiness:
    judgement = Judgement(predicate, site, job, known)
    made = judgement.one(Job, job, Role.PLANNER)
    item = judgement.one(Item, made.item, Role.ENGINEERING) if made else None
    if made is None or item is None:
        return judgement.given()
    if item.revision != made.revision:
        text = f"{job} is made to revision {made.revision}; the bill known is that of {item.revision}."
        judgement.unknown("bill_unknown", job, Role.ENGINEERING, text)
        return judgement.given()
    for part in item.components:
        _component(judgement, made, part, projected=projected)
    return judgement.given()


def _component(judgement: Judgement, job: Job, part: Component, *, projected: bool) -> None:
    """Compares what the job needs of *part* with what it has."""
    items = (part.item, *part.alternates)
    needed = job.quantity * part.per_piece * (1 + part.scrap)
    aside = judgement.every(Allocation, Role.WAREHOUSE, lambda a: a.job == job.job and a.item in items)
    flaws: list[Reason] = []
    there = sum((a.issued + _usable_of(judgement, job, a, flaws) for a in aside), NOTHING)
    if projected and there < needed:
        there += _coming(judgement, job, part.item)
    if there >= needed:
        return
    # A lot that may not be used matters only where the others do not suffice.
    judgement.refused(*flaws)
    bought = judgement.noted(Item, lambda i: i.item == part.item and not i.made)
    missing = format((needed - there).normalize(), "f")
    owner = Role.BUYER if bought else Role.PLANNER
    at = "" if part.operation is None else f" at operation {part.operation}"
    text = f"{missing} of {part.item} are missing for {job.job}{at}."
    judgement.false("short", f"{part.item}:{missing}", owner, text)


def _usable_of(judgement: Judgement, job: Job, aside: Allocation, flaws: list[Reason]) -> Decimal:
    """How much of what is set aside the job may use, and the lot really holds for all jobs together."""
    if not aside.quantity:
        return NOTHING
    lot = judgement.one(Lot, f"{aside.item}:{aside.lot}", Role.QUALITY_ENGINEER)
    if lot is None:
        # It may be stopped by its name before any system tells of it.
        flaws += [held] if (held := stopped(judgement, aside.item, aside.lot)) else []
        return NOTHING
    now = judgement.known.now
    # For whom it is matters only where the lot is not for everybody.
    for_some = lot.owner is not None or lot.status is LotStatus.CONDITIONAL
    customer = _customer_of(judgement, job) if for_some else None
    whose = (job.job,) if customer is None else (job.job, customer)
    unfit = flaw(lot, max(job.starts_at, now), whose, now, customer=customer, order=job.order)
    if found := unfit or stopped(judgement, lot.item, lot.lot):
        flaws.append(found)
        return NOTHING
    of_lot = judgement.every(Allocation, Role.WAREHOUSE, lambda a: (a.item, a.lot) == (aside.item, aside.lot))
    if sum((a.quantity for a in of_lot), NOTHING) > lot.quantity:
        judgement.false("oversubscribed", aside.lot, Role.WAREHOUSE, f"More is set aside of {aside.lot} than it holds.")
    return aside.quantity


def _customer_of(judgement: Judgement, job: Job) -> str | None:
    """Whom the job is for; nothing if it is for nobody yet, or nobody said."""
    served = judgement.every(OrderLine, Role.SALES, lambda line: line.key == job.line_key)
    return next((line.customer for line in served), None)


def _coming(judgement: Judgement, job: Job, item: str) -> Decimal:
    """Confirmed supply of *item* that can be used when the job starts."""
    last = job.starts_at - judgement.known.policy.receiving_time
    fits = judgement.every(
        Receipt, Role.BUYER, lambda r: r.item == item and r.confidence == "confirmed" and r.expected_at <= last
    )
    return sum((r.quantity for r in fits), NOTHING)
