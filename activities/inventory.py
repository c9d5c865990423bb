"""What the inventory says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry, need_of
from activities.supply import supply_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import availability, pegging
from domain.evidence import Evidence
from domain.facts import OrderLine
from domain.ports import Facts


class InventoryActivities(EvidenceActivities):
    """Checks that the inventory answers."""

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "availability": Inquiry(availability.asked, self._availability),
            "pegging": Inquiry(pegging.asked, self._pegging),
        }

    @activity.defn(name="check availability")
    async def availability(self, call: CheckCall) -> CheckOutcome:
        """How much can still be promised, and who holds the rest."""
        return await self._keep(call, "availability")

    async def _availability(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        need = need_of(file)
        line = await facts.read(OrderLine, file.site, file.subject)
        picture, readings = await supply_of(facts, need.site, need.item, at, deep=False)
        return availability.judge(need, line.fact, picture, readings, at)

    @activity.defn(name="check pegging")
    async def pegging(self, call: CheckCall) -> CheckOutcome:
        """Who else counts on the item."""
        return await self._keep(call, "pegging")

    async def _pegging(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        need = need_of(file)
        line = await facts.read(OrderLine, file.site, file.subject)
        picture, readings = await supply_of(facts, need.site, need.item, at)
        return pegging.judge(need, line.fact, picture, readings, at)
