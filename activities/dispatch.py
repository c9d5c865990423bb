"""What dispatch says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, need_of
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import dispatch
from domain.evidence import Evidence
from domain.facts import Shipment


class DispatchActivities(EvidenceActivities):
    """Checks that dispatch answers."""

    @activity.defn(name="check dispatch")
    async def dispatch(self, call: CheckCall) -> CheckOutcome:
        """Whether goods are on their way out."""
        return await self._keep(call, "dispatch", dispatch.asked, self.look_at_dispatch)

    async def look_at_dispatch(self, file: CaseFile, at: datetime) -> Evidence:
        """Dispatch's evidence."""
        return dispatch.judge(need_of(file), await self._facts.find(Shipment, file.site), at)
