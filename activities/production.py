"""What the shop floor says."""

from __future__ import annotations

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import work_in_process
from domain.evidence import Evidence
from domain.facts import Job, Receipt
from domain.master_data import Item
from domain.order_line.requested import need
from domain.ports import Facts


class ProductionActivities(EvidenceActivities):
    """Checks that the shop floor answers."""

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "work_in_process": Inquiry(lambda file: work_in_process.asked(need(file)), self._work_in_process),
        }

    @activity.defn(name="check work in process")
    async def work_in_process(self, call: CheckCall) -> CheckOutcome:
        """How far the pieces have come."""
        return await self._keep(call, "work_in_process")

    async def _work_in_process(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        wanted = need(file)
        item = await facts.read(Item, wanted.site, wanted.item)
        jobs = await facts.find(Job, wanted.site, order=wanted.order)
        receipts = await facts.find(Receipt, wanted.site, order=wanted.order)
        return work_in_process.judge(wanted, item, jobs, receipts, at)
