"""What quality says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, need_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import quality
from domain.evidence import Evidence
from domain.facts import Inspection, Lot


class QualityActivities(EvidenceActivities):
    """Checks that quality answers."""

    @activity.defn(name="check quality")
    async def quality(self, call: CheckCall) -> CheckOutcome:
        """Whether the stock that would be used may be used."""
        return await self._keep(call, "quality", quality.asked, self.look_at_quality)

    async def look_at_quality(self, file: CaseFile, at: datetime) -> Evidence:
        """Quality's evidence."""
        need = need_of(file)
        lots = await self._facts.find(Lot, need.site, item=need.item)
        inspections = await self._facts.find(Inspection, need.site, item=need.item)
        return quality.judge(need, lots, inspections, at)
