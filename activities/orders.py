"""What the order book says."""

from __future__ import annotations

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry, if_known
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import order
from domain.evidence import Evidence
from domain.facts import OrderLine
from domain.master_data import Customer
from domain.order_line.requested import need
from domain.ports import Facts


class OrderActivities(EvidenceActivities):
    """Checks that the order book answers."""

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "order": Inquiry(lambda file: order.asked(need(file)), self._order),
        }

    @activity.defn(name="check order")
    async def order(self, call: CheckCall) -> CheckOutcome:
        """Whether the line may be changed, and is what the requester saw."""
        return await self._keep(call, "order")

    async def _order(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        line = await facts.read(OrderLine, file.site, file.subject)
        customer = await if_known(facts, Customer, file.site, line.fact.customer)
        return order.judge(need(file), file.before.fact, line, customer, at)
