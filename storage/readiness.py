"""What is ready: judged anew from the facts whenever somebody asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.fact import Fact, Reading
from domain.facts import Inspection, Job, Lot, OrderLine, Receipt, Reservation, Shipment
from domain.leaving.hold import HOLDERS
from domain.master_data import Customer, Item
from domain.ports import NotInSystem
from domain.readiness.judgement import Known
from domain.readiness.policy import ReadinessPolicy
from domain.readiness.predicates import Judged, judged
from domain.readiness.replacement import Replacement, replacements
from domain.readiness.waiver import Waiver
from domain.release import (
    Allocation,
    CustomerClearance,
    DispatchApproval,
    Document,
    Hold,
    JobPreparation,
    MachineState,
    ShipmentHold,
    Slot,
)
from domain.words import in_words
from storage.database import Database
from storage.facts import about_items, about_orders, fact, naming, told_of, under
from storage.readiness_policies import readiness_policy
from storage.tables.cases import CaseRow
from storage.tables.plant import FactRow
from storage.tables.readiness import WaiverRow


class ReadinessReader:
    """Judges what is ready, and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def readiness(self, kind: type[Fact], site: str, key: str, sites: Collection[str], at: datetime) -> Judged:
        """Everything there is to be judged of the thing at *at*. Raises NotInSystem, NoPolicy."""
        if site not in sites:
            raise NotInSystem(f"There is no {in_words(kind.kind)} {key} at {site}.")
        async with self._database.reading() as session:
            return await readiness_of(session, kind, site, key, at)

    async def replacements(self, site: str, shipment: str, at: datetime) -> tuple[Replacement, ...]:
        """The lots that could leave in the shipment instead of those that are to. Raises NotInSystem, NoPolicy."""
        async with self._database.reading() as session:
            known = await known_of(session, Shipment, site, shipment, at)
            return replacements(site, shipment, await _with_other_lots(session, site, known))

    async def papers(self, site: str, shipment: str, at: datetime) -> tuple[Document, ...]:
        """The final papers of the shipment, by name. Raises NotInSystem, NoPolicy."""
        async with self._database.reading() as session:
            known = await known_of(session, Shipment, site, shipment, at)
        told = known.every(Document, site, lambda one: one.shipment == shipment and one.status == "final")
        return tuple(sorted((one.fact for one in told), key=lambda one: one.document))


async def _with_other_lots(session: AsyncSession, site: str, known: Known) -> Known:
    """*known*, with every lot of the items that leave, and who takes of it."""
    items = {told.fact.item for told in known.every(OrderLine, site)}
    lots = await told_of(session, site, about_items((Lot, Hold, Inspection, Allocation), items))
    names = {told.fact.lot for told in lots}
    taking = await told_of(session, site, and_(col(FactRow.kind) == Shipment.kind, naming(names)))
    keys = {entry.line_key for told in taking for entry in told.fact.lines}
    lines = await told_of(session, site, under(OrderLine, keys))
    readings = {(told.fact.kind, told.fact.key): told for told in (*known.readings, *lots, *taking, *lines)}
    return replace(known, readings=tuple(readings.values()))


async def readiness_of(session: AsyncSession, kind: type[Fact], site: str, key: str, at: datetime) -> Judged:
    """The same, within a transaction: what is judged and what is written upon it are of one moment."""
    return judged(kind, site, key, await known_of(session, kind, site, key, at))


async def known_of(session: AsyncSession, kind: type[Fact], site: str, key: str, at: datetime) -> Known:
    """All facts that may matter to the thing, and by what the site judges. Raises NotInSystem, NoPolicy."""
    return await known_of_all(session, kind, site, [await fact(session, kind, site, key)], at)


async def known_of_all(
    session: AsyncSession, kind: type[Fact], site: str, things: Sequence[Reading[Any]], at: datetime
) -> Known:
    """The same of several things of one kind at one site: *things*, in as many queries as for one. Raises NoPolicy."""
    policy = await readiness_policy(session, site, at)
    others = await _GATHERED[kind](session, site, [told.fact for told in things], policy)
    waivers = await waivers_for(session, site, [told.fact.key for told in things], at)
    # What is gathered for one thing may be another of them.
    readings = {(told.fact.kind, told.fact.key): told for told in (*things, *others)}
    lines = [told.fact.key for told in readings.values() if isinstance(told.fact, OrderLine)]
    changing = await _changing(session, site, lines)
    return Known(now=at, readings=tuple(readings.values()), policy=policy, waivers=waivers, changing=changing)


async def _changing(session: AsyncSession, site: str, lines: Collection[str]) -> Mapping[str, str]:
    """Of *lines* those that a case is just making something else of, each with the case."""
    query = select(CaseRow.subject, CaseRow.id).where(
        CaseRow.site == site, col(CaseRow.subject).in_(lines), col(CaseRow.closed_at).is_(None), or_(*_BINDING)
    )
    return dict((await session.exec(query)).all()) if lines else {}


_BINDING: Final = tuple(
    and_(col(CaseRow.process) == process.name, col(CaseRow.state) == state.name)
    for process in PROCESSES.values()
    for state in process.states
    if state.binds and process.about is OrderLine
)


async def waivers_for(session: AsyncSession, site: str, keys: Collection[str], at: datetime) -> tuple[Waiver, ...]:
    """Those for the things under *keys* that are not over at *at*, agreed or not."""
    query = select(WaiverRow).where(WaiverRow.site == site, col(WaiverRow.subject).in_(keys), not_over(at))
    return tuple(waiver_of(row) for row in (await session.exec(query.order_by(col(WaiverRow.number)))).all())


def not_over(at: datetime) -> ColumnElement[bool]:
    """That a waiver has neither expired at *at* nor been taken back."""
    return and_(col(WaiverRow.ended_at).is_(None), col(WaiverRow.expires_at) > at)


def waiver_of(row: WaiverRow) -> Waiver:
    """The waiver as it stands in *row*."""
    return Waiver.model_validate({**row.model_dump(exclude={"number"}), "id": f"WV-{row.number}"})


async def _of_jobs(session: AsyncSession, site: str, jobs: Sequence[Job], _: ReadinessPolicy) -> list[Reading[Any]]:
    found = await told_of(
        session,
        site,
        under(Item, {job.item for job in jobs}),
        under(JobPreparation, {job.job for job in jobs}),
        under(MachineState, {step.work_center for job in jobs for step in job.operations}),
        under(OrderLine, {job.line_key for job in jobs}),
    )
    made = {reading.fact.item: reading.fact for reading in found if isinstance(reading.fact, Item)}
    material = {name for item in made.values() for part in item.components for name in (part.item, *part.alternates)}
    if not material:
        return found
    found += await told_of(
        session,
        site,
        under(Item, material - set(made)),
        about_items([Receipt], material),
        _allocations(material, "job", {job.job for job in jobs}),
    )
    taken = {(r.fact.item, r.fact.lot) for r in found if isinstance(r.fact, Allocation)}
    if not taken:
        return found
    lots = {f"{item}:{lot}" for item, lot in taken}
    # Of a lot that is set aside, also what is set aside of it for others.
    aside = _allocations({item for item, _ in taken}, "lot", {lot for _, lot in taken})
    return found + await told_of(session, site, under(Lot, lots), under(Hold, lots), aside)


def _allocations(items: Collection[str], field: str, names: Collection[str]) -> ColumnElement[bool]:
    return and_(about_items([Allocation], items), col(FactRow.body)[field].as_string().in_(sorted(names)))


async def _of_lines(
    session: AsyncSession, site: str, lines: Sequence[OrderLine], _: ReadinessPolicy
) -> list[Reading[Any]]:
    return await told_of(session, site, about_orders((OrderLine, Job, Reservation), {line.order for line in lines}))


async def _of_lots(session: AsyncSession, site: str, lots: Sequence[Lot], _: ReadinessPolicy) -> list[Reading[Any]]:
    names = {lot.lot for lot in lots}
    return await told_of(
        session,
        site,
        under(Hold, {lot.key for lot in lots}),
        _inspections({lot.item for lot in lots}, names),
        and_(col(FactRow.kind) == Shipment.kind, naming(names)),
    )


async def _of_shipments(
    session: AsyncSession, site: str, shipments: Sequence[Shipment], policy: ReadinessPolicy
) -> list[Reading[Any]]:
    entries = [entry for shipment in shipments for entry in shipment.lines]
    names = {shipment.shipment for shipment in shipments}
    orders = {entry.order for entry in entries}
    lots = {lot for entry in entries for lot in entry.lots}
    profile = [paper.document for paper in policy.documents]
    papers = {f"{shipment.shipment}:{paper}" for shipment in shipments for paper in (*profile, *shipment.documents)}
    found = await told_of(
        session,
        site,
        about_orders((OrderLine, Job, Reservation), orders),
        under(Slot, names),
        under(DispatchApproval, names),
        under(Document, papers),
        under(ShipmentHold, {f"{name}:{role}" for name in names for role in HOLDERS}),
        # Others take from the same lots and of the same lines.
        and_(col(FactRow.kind) == Shipment.kind, col(FactRow.key).not_in(names), naming(lots | orders)),
    )
    lines = [reading.fact for reading in found if isinstance(reading.fact, OrderLine)]
    items = {line.item for line in lines}
    taken = {e.line_key for r in found if isinstance(r.fact, Shipment) for e in r.fact.lines}
    return found + await told_of(
        session,
        site,
        under(OrderLine, taken - {line.key for line in lines}),
        under(CustomerClearance, {line.customer for line in lines}),
        under(Customer, {line.customer for line in lines}),
        under(Lot, {f"{item}:{lot}" for item in items for lot in lots}),
        under(Hold, {f"{item}:{lot}" for item in items for lot in lots}),
        _inspections(items, lots),
    )


def _inspections(items: Collection[str], lots: Collection[str]) -> ColumnElement[bool]:
    return and_(about_items([Inspection], items), col(FactRow.body)["lot"].as_string().in_(sorted(lots)))


_Gathering = Callable[[AsyncSession, str, Sequence[Any], ReadinessPolicy], Awaitable[list[Reading[Any]]]]

_GATHERED: Final[Mapping[type[Fact], _Gathering]] = {
    Job: _of_jobs,
    OrderLine: _of_lines,
    Lot: _of_lots,
    Shipment: _of_shipments,
}
"""How what may matter to things is gathered, by their kind."""
