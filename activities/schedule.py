"""What the schedule says."""

import asyncio
from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry
from activities.supply import supply_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import capacity
from domain.evidence import Evidence
from domain.facts import OrderLine
from domain.master_data import Calendar, Site
from domain.ports import CaseFiles, Facts
from domain.processes.order_change import need
from domain.sequencing import Sequencer


class ScheduleActivities(EvidenceActivities):
    """Checks that the schedule answers."""

    def __init__(self, facts: Facts, files: CaseFiles, sequencer: Sequencer) -> None:
        super().__init__(facts, files)
        self._sequencer = sequencer

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "capacity": Inquiry(lambda file: capacity.asked(need(file)), self._capacity),
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
