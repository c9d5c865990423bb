"""What dispatch says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import dispatch
from domain.evidence import Evidence
from domain.facts import Shipment
from domain.ports import Facts
from domain.processes.order_change import need


class DispatchActivities(EvidenceActivities):
    """Checks that dispatch answers."""

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "dispatch": Inquiry(lambda file: dispatch.asked(need(file)), self._dispatch),
        }

    @activity.defn(name="check dispatch")
    async def dispatch(self, call: CheckCall) -> CheckOutcome:
        """Whether goods are on their way out."""
        return await self._keep(call, "dispatch")

    async def _dispatch(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        return dispatch.judge(need(file), await facts.find(Shipment, file.site), at)
