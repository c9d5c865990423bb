"""What the schedule says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry, if_known
from activities.rescheduling import options_after
from activities.supply import site_picture, supply_of, working_hours
from domain.adjustment import findings
from domain.adjustment.departures import takes_of
from domain.adjustment.known import has_to_last, offered, outages
from domain.calendar import NeverWorking
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import capacity
from domain.checks.finding import unknown
from domain.evidence import Evidence
from domain.fact import Reading
from domain.facts import Job, OrderLine, Shipment
from domain.master_data import Calendar, OutsideCapacity, Site, WorkCenter
from domain.order_line.requested import need
from domain.ports import CaseFiles, Facts, SchedulePolicies, Scheduler
from domain.release import MachineState, Slot
from domain.schedule.known import known_schedule
from domain.schedule.outside import of_no_use, outside, usable
from domain.schedule.problem import ImpossibleProblem
from domain.schedule.variants import Offers
from domain.sequencing import Sequencer
from domain.supply import NotInPicture


class ScheduleActivities(EvidenceActivities):
    """Checks that the schedule answers."""

    def __init__(
        self,
        facts: Facts,
        files: CaseFiles,
        sequencer: Sequencer,
        scheduler: Scheduler,
        policies: SchedulePolicies,
    ) -> None:
        super().__init__(facts, files)
        self._sequencer = sequencer
        self._scheduler = scheduler
        self._policies = policies

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "capacity": Inquiry(lambda file: capacity.asked(need(file)), self._capacity),
            "disturbance": Inquiry(lambda file: findings.asked(file.subject, ()), self._disturbance),
            "schedule": Inquiry(_asked, self._schedule),
        }

    @activity.defn(name="check capacity")
    async def capacity(self, call: CheckCall) -> CheckOutcome:
        """When the plant could have the line ready."""
        return await self._keep(call, "capacity")

    async def _capacity(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        wanted = need(file)
        line = await facts.read(OrderLine, file.site, file.subject)
        site = await facts.read(Site, wanted.site, wanted.site)
        hours = await facts.read(Calendar, wanted.site, site.fact.calendar)
        picture, readings = await supply_of(facts, wanted.site, wanted.item, at)
        # Searching for room takes seconds, in which other cases go on.
        return await asyncio.to_thread(
            capacity.judge,
            wanted,
            line.fact,
            site.fact,
            picture.with_facts([hours.fact]),
            [*readings, site],
            self._sequencer,
            at,
        )

    @activity.defn(name="check disturbance")
    async def disturbance(self, call: CheckCall) -> CheckOutcome:
        """Whether the work centre works."""
        return await self._keep(call, "disturbance")

    async def _disturbance(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        machine = await if_known(facts, MachineState, file.site, file.subject)
        return findings.judge_machine(file.subject, machine, at)

    @activity.defn(name="check schedule")
    async def schedule(self, call: CheckCall) -> CheckOutcome:
        """What could be done about the disturbance."""
        return await self._keep(call, "schedule")

    async def _schedule(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        known_outages = outages(file)
        if has_to_last(file):
            return unknown("schedule", "Nobody said yet how long it lasts.", file.subject, at, code="duration_unknown")
        policy = await self._policies.in_force(file.site, at)
        picture, readings = await site_picture(facts, file.site, at)
        hours = await working_hours(facts, file.site)
        told = await facts.find(OutsideCapacity, file.site)
        down = findings.down_without_end(await facts.find(MachineState, file.site), known_outages)
        readings = (*readings, *told, *down)
        offers_told = (*(r.fact for r in told), *offered(file))
        closed = {*(r.fact.work_center for r in down), *of_no_use(offers_told, at)}
        try:
            frozen = findings.frozen_until(hours, at)
            known = await asyncio.to_thread(
                known_schedule, picture, file.site, known_outages, frozen, policy.importance, closed
            )
            offers = _offers(readings, usable(offers_told, at))
            options = await options_after(known.problem, offers, policy, self._scheduler)
        except (ImpossibleProblem, NotInPicture, NeverWorking) as why:
            return unknown("schedule", str(why), file.subject, at, code="schedule_impossible")
        began = findings.shift_began(hours, at)
        published = await self._files.written_since(file.process, file.site, file.subject, began)
        readings = (*readings, *await _leaving(facts, file.site, findings.moved_jobs(options, readings)))
        return findings.judge(known, options, readings, at, _asked(file), policy, offers, published)


async def _leaving(facts: Facts, site: str, moved: Iterable[Job]) -> list[Reading[Any]]:
    """The shipments that take of what is *moved*, and the slots that they have."""
    lines = findings.lines_of(moved)
    shipments = [told for told in await facts.find(Shipment, site) if takes_of(told.fact, lines)] if lines else []
    slots = [await if_known(facts, Slot, site, told.fact.key) for told in shipments]
    return [*shipments, *(slot for slot in slots if slot is not None)]


def _asked(file: CaseFile) -> Any:
    return findings.asked(file.subject, outages(file), offered(file))


def _offers(readings: Iterable[Reading[Any]], others: Iterable[OutsideCapacity]) -> Offers:
    """Who could stay longer, and what others would do, for how much."""
    facts = [reading.fact for reading in readings]
    centers = (fact for fact in facts if isinstance(fact, WorkCenter))
    return Offers(
        overtime={c.work_center: c.overtime_cost_per_hour for c in centers if c.overtime_cost_per_hour},
        outside=outside(others, (fact for fact in facts if isinstance(fact, Job))),
    )
