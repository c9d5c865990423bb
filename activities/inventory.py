"""What the inventory says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, need_of
from activities.supply import supply_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import availability, pegging
from domain.evidence import Evidence
from domain.facts import OrderLine


class InventoryActivities(EvidenceActivities):
    """Checks that the inventory answers."""

    @activity.defn(name="check availability")
    async def availability(self, call: CheckCall) -> CheckOutcome:
        """How much can still be promised, and who holds the rest."""
        return await self._keep(call, "availability", availability.asked, self.look_at_availability)

    async def look_at_availability(self, file: CaseFile, at: datetime) -> Evidence:
        """The inventory's evidence."""
        need = need_of(file)
        line = await self._facts.read(OrderLine, file.site, file.subject)
        picture, readings = await supply_of(self._facts, need.site, need.item, at, deep=False)
        return availability.judge(need, line.fact, picture, readings, at)

    @activity.defn(name="check pegging")
    async def pegging(self, call: CheckCall) -> CheckOutcome:
        """Who else counts on the item."""
        return await self._keep(call, "pegging", pegging.asked, self.look_at_pegging)

    async def look_at_pegging(self, file: CaseFile, at: datetime) -> Evidence:
        """The evidence on other demands."""
        need = need_of(file)
        line = await self._facts.read(OrderLine, file.site, file.subject)
        picture, readings = await supply_of(self._facts, need.site, need.item, at)
        return pegging.judge(need, line.fact, picture, readings, at)
