"""What the shop floor says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, need_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import work_in_process
from domain.evidence import Evidence
from domain.facts import Job
from domain.master_data import Item


class ProductionActivities(EvidenceActivities):
    """Checks that the shop floor answers."""

    @activity.defn(name="check work in process")
    async def work_in_process(self, call: CheckCall) -> CheckOutcome:
        """How far the pieces have come."""
        return await self._keep(call, "work_in_process", work_in_process.asked, self.look_at_work_in_process)

    async def look_at_work_in_process(self, file: CaseFile, at: datetime) -> Evidence:
        """The shop floor's evidence."""
        need = need_of(file)
        item = await self._facts.read(Item, need.site, need.item)
        jobs = await self._facts.find(Job, need.site, order=need.order)
        return work_in_process.judge(need, item, jobs, at)
