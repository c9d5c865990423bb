"""What quality says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import quality
from domain.evidence import Evidence
from domain.facts import Inspection, Lot
from domain.ports import Facts
from domain.processes.order_change import need


class QualityActivities(EvidenceActivities):
    """Checks that quality answers."""

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "quality": Inquiry(lambda file: quality.asked(need(file)), self._quality),
        }

    @activity.defn(name="check quality")
    async def quality(self, call: CheckCall) -> CheckOutcome:
        """Whether the stock that would be used may be used."""
        return await self._keep(call, "quality")

    async def _quality(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        wanted = need(file)
        lots = await facts.find(Lot, wanted.site, item=wanted.item)
        inspections = await facts.find(Inspection, wanted.site, item=wanted.item)
        return quality.judge(wanted, lots, inspections, at)
