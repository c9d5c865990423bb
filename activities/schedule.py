"""What the schedule says."""

import asyncio
from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry, need_of
from activities.supply import supply_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import capacity
from domain.evidence import Evidence
from domain.facts import OrderLine
from domain.master_data import Calendar, Site
from domain.ports import CaseFiles, Facts
from domain.sequencing import Sequencer


class ScheduleActivities(EvidenceActivities):
    """Checks that the schedule answers."""

    def __init__(self, facts: Facts, files: CaseFiles, sequencer: Sequencer) -> None:
        super().__init__(facts, files)
        self._sequencer = sequencer

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "capacity": Inquiry(capacity.asked, self._capacity),
        }

    @activity.defn(name="check capacity")
    async def capacity(self, call: CheckCall) -> CheckOutcome:
        """When the plant could have the line ready."""
        return await self._keep(call, "capacity")

    async def _capacity(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        need = need_of(file)
        line = await facts.read(OrderLine, file.site, file.subject)
        site = await facts.read(Site, need.site, need.site)
        hours = await facts.read(Calendar, need.site, site.fact.calendar)
        picture, readings = await supply_of(facts, need.site, need.item, at)
        # Searching for room takes seconds, in which other cases go on.
        return await asyncio.to_thread(
            capacity.judge,
            need,
            line.fact,
            site.fact,
            picture.with_facts([hours.fact]),
            [*readings, site],
            self._sequencer,
            at,
        )
