"""What quality says."""

from datetime import datetime

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry, if_known
from domain.alert import findings as alert_findings
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import quality
from domain.evidence import Evidence
from domain.facts import Inspection, Lot, OrderLine, Shipment
from domain.held_lot import findings, where_used
from domain.held_lot.known import other_item, rules, suspected
from domain.master_data import Item
from domain.ports import Facts
from domain.processes.order_change import need
from domain.release import Allocation, Hold, HoldRule


class QualityActivities(EvidenceActivities):
    """Checks that quality answers."""

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "quality": Inquiry(lambda file: quality.asked(need(file)), self._quality),
            "lot": Inquiry(lambda file: findings.asked(suspected(file).item, suspected(file).lot), self._lot),
            "scope": Inquiry(lambda file: alert_findings.asked(file.subject), self._scope),
            "where_used": Inquiry(lambda file: findings.asked(suspected(file).item, suspected(file).lot), self._use),
        }

    @activity.defn(name="check quality")
    async def quality(self, call: CheckCall) -> CheckOutcome:
        """Whether the stock that would be used may be used."""
        return await self._keep(call, "quality")

    async def _quality(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        wanted = need(file)
        lots = await facts.find(Lot, wanted.site, item=wanted.item)
        inspections = await facts.find(Inspection, wanted.site, item=wanted.item)
        return quality.judge(wanted, lots, inspections, at)

    @activity.defn(name="check lot")
    async def lot(self, call: CheckCall) -> CheckOutcome:
        """What of the lot there is, and whether it is held."""
        return await self._keep(call, "lot")

    async def _lot(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        lot = await facts.read(Lot, file.site, file.subject)
        hold = await if_known(facts, Hold, file.site, file.subject)
        item = await if_known(facts, Item, file.site, lot.fact.item)
        inspections = await facts.find(Inspection, file.site, item=lot.fact.item)
        found = [await if_known(facts, HoldRule, file.site, rule) for rule in rules(file) if rule]
        stopped_by = [rule for rule in found if rule is not None]
        named = other_item(file)
        other = None if named is None else await if_known(facts, Item, file.site, named)
        return findings.judge(lot, hold, item, inspections, stopped_by, other, at)

    @activity.defn(name="check where used")
    async def where_used(self, call: CheckCall) -> CheckOutcome:
        """Who was going to get or to use the lot, and who has of it."""
        return await self._keep(call, "where_used")

    async def _use(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        asked = suspected(file)
        shipments = await facts.find(Shipment, file.site)
        made = where_used.made_of(asked.item, asked.lot, await facts.find(Lot, file.site))
        items = sorted({asked.item, *(one.fact.item for one in made)})
        lines = [line for item in items for line in await facts.find(OrderLine, file.site, item=item)]
        allocations = await facts.find(Allocation, file.site, item=asked.item)
        return where_used.judge(asked.item, asked.lot, made, shipments, lines, allocations, at)

    @activity.defn(name="check scope")
    async def scope(self, call: CheckCall) -> CheckOutcome:
        """Which lots a rule fits, and who sees to them."""
        return await self._keep(call, "scope")

    async def _scope(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        rule = await facts.read(HoldRule, file.site, file.subject)
        lots = await facts.find(Lot, file.site)
        inspections = await facts.find(Inspection, file.site)
        holds = await facts.find(Hold, file.site)
        return alert_findings.judge(rule, lots, inspections, holds, at)
