"""What the inventory says."""

from __future__ import annotations

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry
from activities.supply import supply_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import availability, pegging
from domain.evidence import Evidence
from domain.facts import OrderLine
from domain.order_line.requested import need
from domain.ports import Facts


class InventoryActivities(EvidenceActivities):
    """Checks that the inventory answers."""

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "availability": Inquiry(lambda file: availability.asked(need(file)), self._availability),
            "pegging": Inquiry(lambda file: pegging.asked(need(file)), self._pegging),
        }

    @activity.defn(name="check availability")
    async def availability(self, call: CheckCall) -> CheckOutcome:
        """How much can still be promised, and who holds the rest."""
        return await self._keep(call, "availability")

    async def _availability(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        wanted = need(file)
        line = await facts.read(OrderLine, file.site, file.subject)
        picture, readings = await supply_of(facts, wanted.site, wanted.item, at, deep=False)
        return availability.judge(wanted, line.fact, picture, readings, at)

    @activity.defn(name="check pegging")
    async def pegging(self, call: CheckCall) -> CheckOutcome:
        """Who else counts on the item."""
        return await self._keep(call, "pegging")

    async def _pegging(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        wanted = need(file)
        line = await facts.read(OrderLine, file.site, file.subject)
        picture, readings = await supply_of(facts, wanted.site, wanted.item, at)
        return pegging.judge(wanted, line.fact, picture, readings, at)
