"""What the order book says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, need_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import order
from domain.evidence import Evidence
from domain.facts import OrderLine
from domain.master_data import Customer
from domain.ports import NotInSystem


class OrderActivities(EvidenceActivities):
    """Checks that the order book answers."""

    @activity.defn(name="check order")
    async def order(self, call: CheckCall) -> CheckOutcome:
        """Whether the line may be changed, and is what the requester saw."""
        return await self._keep(call, "order", order.asked, self.look_at_order)

    async def look_at_order(self, file: CaseFile, at: datetime) -> Evidence:
        """The order book's evidence."""
        line = await self._facts.read(OrderLine, file.site, file.subject)
        try:
            customer = await self._facts.read(Customer, file.site, line.fact.customer)
        except NotInSystem:
            customer = None
        return order.judge(need_of(file), file.before.fact, line, customer, at)
