"""What is missing of an item, as stock, orders and jobs say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from temporalio import activity

from activities.evidence import EvidenceActivities, Inquiry, if_known
from activities.supply import supply_of, working_hours
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.evidence import Evidence
from domain.fact import Reading
from domain.facts import OrderLine
from domain.master_data import Item
from domain.option import Gap
from domain.ports import ApprovalPolicies, CaseFiles, Facts
from domain.release import Allocation
from domain.shortage import findings
from domain.shortage.inquiries import told
from domain.shortage.known import suspicion
from domain.shortage.stocktaking import balance_of
from domain.supply import Place, SupplyPicture
from domain.timing import Timing


class ShortageActivities(EvidenceActivities):
    """Checks of a material shortage."""

    def __init__(self, facts: Facts, files: CaseFiles, policies: ApprovalPolicies) -> None:
        super().__init__(facts, files)
        self._policies = policies

    def inquiries(self) -> dict[str, Inquiry]:
        return {
            "shortage": Inquiry(lambda file: findings.asked(_place(file), suspicion(file)), self._shortage),
            "sources": Inquiry(lambda file: findings.asked(_place(file), suspicion(file), told(file)), self._sources),
        }

    @activity.defn(name="check shortage")
    async def shortage(self, call: CheckCall) -> CheckOutcome:
        """What is missing from when until when, and who needs it."""
        return await self._keep(call, "shortage")

    async def _shortage(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        picture, readings = await _known(facts, file, at)
        calendar = await working_hours(facts, file.site)
        return findings.judge(_place(file), suspicion(file), picture, calendar, readings, at)

    @activity.defn(name="check sources")
    async def sources(self, call: CheckCall) -> CheckOutcome:
        """Every way to fill the gap."""
        return await self._keep(call, "sources")

    async def _sources(self, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
        picture, readings = await _known(facts, file, at)
        calendar = await working_hours(facts, file.site)
        tables = {
            origin: await self._policies.table_in_force(file.process, origin, at)
            for origin in {transfer.origin for transfer in picture.item(_place(file)).transfers}
        }
        givers = {origin: table for origin, table in tables.items() if table is not None}
        return findings.judge_sources(
            _place(file), suspicion(file), told(file), picture, givers, calendar, readings, at
        )


async def would_be_missing(facts: Facts, place: Place, at: datetime, timing: Timing) -> Gap | None:
    """What of the item is missing, or of its safety stock, by all that is wanted at *at*. Raises NotInSystem."""
    picture, _ = await supply_of(facts, place.site, place.name, at, deep=False)
    told = await facts.find(Allocation, place.site)
    known = replace(picture.with_facts(reading.fact for reading in told), timing=timing)
    balance = balance_of(known, place)
    return balance.gap(kept=balance.kept)


def _place(file: CaseFile) -> Place:
    return Place(file.site, file.subject)


async def _known(facts: Facts, file: CaseFile, at: datetime) -> tuple[SupplyPicture, tuple[Reading[Any], ...]]:
    """All about the item, what it goes into and for whom, and what could be taken instead. Raises NotInSystem."""
    place = _place(file)
    picture, readings = await supply_of(facts, place.site, place.name, at)
    told = {(reading.fact.kind, reading.fact.site, reading.fact.key): reading for reading in readings}
    users = picture.jobs_using(place)
    for name in sorted({name for _, component in users for name in component.alternates}):
        if await if_known(facts, Item, place.site, name) is not None:
            _, others = await supply_of(facts, place.site, name, at, deep=False)
            told |= {(reading.fact.kind, reading.fact.site, reading.fact.key): reading for reading in others}
    more: list[Reading[Any]] = [*await facts.find(Allocation, place.site)]
    for order in sorted({job.order for job, _ in users if job.order}):
        more += await facts.find(OrderLine, place.site, order=order)
    told |= {(reading.fact.kind, reading.fact.site, reading.fact.key): reading for reading in more}
    found = tuple(told.values())
    return replace(picture, facts=tuple(reading.fact for reading in found), timing=file.timing), found
