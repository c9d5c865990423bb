"""What dispatch says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry, if_known
from activities.supply import working_hours
from domain.calendar import WorkingCalendar
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import dispatch
from domain.effect import EffectState, KeptEffect
from domain.evidence import Evidence
from domain.facts import OrderLine, Shipment, ShipmentStatus
from domain.leaving import findings
from domain.leaving.cancelled import put_aways
from domain.leaving.hold import HOLDERS
from domain.leaving.rest import Rest, left_behind, rests
from domain.order_line.requested import need
from domain.ports import CaseFiles, Facts, NotInSystem, ReadinessJudge
from domain.release import DispatchApproval, Loading, ShipmentHold, Slot

_NOT_WRITTEN = (EffectState.PLANNED, EffectState.COMPENSATED)
# Of anything else the facts say how much of it is so.


class DispatchActivities(EvidenceActivities):
    """Checks that dispatch answers."""

    def __init__(self, facts: Facts, files: CaseFiles, judge: ReadinessJudge) -> None:
        super().__init__(facts, files)
        self._judge = judge

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "dispatch": Inquiry(lambda file: dispatch.asked(need(file)), self._dispatch),
            "shipment": Inquiry(lambda file: findings.asked(file.subject), self._shipment),
            "readiness": Inquiry(lambda file: findings.asked(file.subject), self._readiness),
        }

    @activity.defn(name="check dispatch")
    async def dispatch(self, call: CheckCall) -> CheckOutcome:
        """Whether goods are on their way out."""
        return await self._keep(call, "dispatch")

    async def _dispatch(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        return dispatch.judge(need(file), await facts.find(Shipment, file.site), at)

    @activity.defn(name="check shipment")
    async def shipment(self, call: CheckCall) -> CheckOutcome:
        """What leaves, and whether somebody let it go."""
        return await self._keep(call, "shipment")

    async def _shipment(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        shipment = await facts.read(Shipment, file.site, file.subject)
        taken = shipment.fact.line_keys
        lines = [line for key in taken if (line := await if_known(facts, OrderLine, file.site, key)) is not None]
        approval = await if_known(facts, DispatchApproval, file.site, file.subject)
        slot = await if_known(facts, Slot, file.site, file.subject)
        keys = [f"{file.subject}:{role}" for role in HOLDERS]
        holds = [hold for key in keys if (hold := await if_known(facts, ShipmentHold, file.site, key)) is not None]
        instead = await self._judge.replacements(file.site, file.subject, at)
        try:
            hours = await working_hours(facts, file.site)
        except NotInSystem:
            hours = WorkingCalendar.always()
        kept = await self._files.effects_of(file.id)
        rest = await self._rest(facts, file.site, kept, hours, at)
        loading = await if_known(facts, Loading, file.site, file.subject)
        loaded = shipment.fact.status is ShipmentStatus.LOADED
        papers = await self._judge.papers(file.site, file.subject, at) if loaded else ()
        back = tuple(put_aways(kept))
        return findings.judge(
            shipment, lines, approval, slot, holds, instead, hours, at, rest, loading, papers, back, file.timing
        )

    async def _rest(
        self, facts: Facts, site: str, kept: Sequence[KeptEffect], hours: WorkingCalendar, at: datetime
    ) -> tuple[Rest, ...]:
        """What was left behind by what the case has written; shipments are only read where something was."""
        behind = left_behind(one.effect for one in kept if one.state not in _NOT_WRITTEN)
        if not behind:
            return ()
        lines = [line.fact for key in behind if (line := await if_known(facts, OrderLine, site, key)) is not None]
        shipments = [told.fact for told in await facts.find(Shipment, site)]
        return rests(behind, lines, shipments, hours, at)

    @activity.defn(name="check readiness")
    async def readiness(self, call: CheckCall) -> CheckOutcome:
        """Whether the shipment lacks nothing but to be let go."""
        return await self._keep(call, "readiness")

    async def _readiness(self, _: Facts, file: CaseFile, at: datetime) -> Evidence:
        judged = await self._judge.readiness(Shipment, file.site, file.subject, (file.site,), at)
        parts = {part.predicate: part for part in judged.judgements}
        ready = parts.pop("ready_for_release")
        parts.pop("dispatch_approved")
        return findings.judge_readiness(ready, tuple(parts.values()), at)
