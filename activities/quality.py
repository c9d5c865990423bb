"""What quality says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry, need_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import quality
from domain.evidence import Evidence
from domain.facts import Inspection, Lot
from domain.ports import Facts


class QualityActivities(EvidenceActivities):
    """Checks that quality answers."""

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "quality": Inquiry(quality.asked, self._quality),
        }

    @activity.defn(name="check quality")
    async def quality(self, call: CheckCall) -> CheckOutcome:
        """Whether the stock that would be used may be used."""
        return await self._keep(call, "quality")

    async def _quality(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        need = need_of(file)
        lots = await facts.find(Lot, need.site, item=need.item)
        inspections = await facts.find(Inspection, need.site, item=need.item)
        return quality.judge(need, lots, inspections, at)
