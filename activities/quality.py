"""What quality says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry, if_known
from domain.alert import findings as alert_findings
from domain.alert.fitting import LOOKED_UP
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks import quality
from domain.evidence import Evidence
from domain.fact import Reading
from domain.facts import Inspection, Lot, OrderLine, Shipment
from domain.held_lot import findings, where_used
from domain.held_lot.known import other_item, rules, suspected
from domain.held_lot.untold import founded
from domain.master_data import Item
from domain.order_line.requested import need
from domain.ports import Facts
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
        holds = await facts.find(Hold, wanted.site, item=wanted.item)
        inspections = await facts.find(Inspection, wanted.site, item=wanted.item)
        return quality.judge(wanted, lots, holds, inspections, at)

    @activity.defn(name="check lot")
    async def lot(self, call: CheckCall) -> CheckOutcome:
        """What of the lot there is, and whether it is held."""
        return await self._keep(call, "lot")

    async def _lot(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        known = await if_known(facts, Lot, file.site, file.subject)
        nameless = founded(file.site, suspected(file))
        lot = known or Reading(fact=nameless, source="lockstep", version="0", as_of=at)
        hold = await if_known(facts, Hold, file.site, file.subject)
        item = await if_known(facts, Item, file.site, lot.fact.item)
        inspections = await facts.find_by(Inspection, file.site, "lot", (lot.fact.lot,))
        # Those that stopped it, and its own about what was made of it.
        keys = {*(rule for rule in rules(file) if rule), f"lot:{file.subject}"}
        known_rules = await facts.find_by(HoldRule, file.site, "key", keys)
        named = other_item(file)
        other = None if named is None else await if_known(facts, Item, file.site, named)
        by_the_case = await facts.find_by(Hold, file.site, "case", (file.id,))
        return findings.judge(lot, hold, item, inspections, known_rules, other, by_the_case, at, told=known is not None)

    @activity.defn(name="check where used")
    async def where_used(self, call: CheckCall) -> CheckOutcome:
        """Who was going to get or to use the lot, and who has of it."""
        return await self._keep(call, "where_used")

    async def _use(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        asked = suspected(file)

        async def children(lots: Collection[str]) -> Sequence[Reading[Lot]]:
            return await facts.find_by(Lot, file.site, "made_from", lots)

        made = await where_used.made_of(asked.item, asked.lot, children)
        suspect = {asked.lot, *(one.fact.lot for one in made)}
        shipments = await facts.find_by(Shipment, file.site, "lots", suspect)
        taken = {entry.line_key for told in shipments for entry in told.fact.lines}
        lines = await facts.find_by(OrderLine, file.site, "key", taken)
        allocations = await facts.find_by(Allocation, file.site, "lot", (asked.lot,))
        return where_used.judge(asked.item, asked.lot, made, shipments, lines, allocations, at)

    @activity.defn(name="check scope")
    async def scope(self, call: CheckCall) -> CheckOutcome:
        """Which lots a rule fits, and who sees to them."""
        return await self._keep(call, "scope")

    async def _scope(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        rule = await facts.read(HoldRule, file.site, file.subject)
        kind, field = LOOKED_UP[rule.fact.by]
        found: Sequence[Reading[Any]] = await facts.find_by(kind, file.site, field, (rule.fact.of,))
        measured = [told for told in found if kind is Inspection]
        names = {f"{told.fact.item}:{told.fact.lot}" for told in found}
        lots = await facts.find_by(Lot, file.site, "key", names)
        holds = await facts.find_by(Hold, file.site, "key", names)
        return alert_findings.judge(rule, lots, measured, holds, at)
