"""What is ready: judged anew from the facts whenever somebody asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, cast, false, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.fact import Fact, Reading
from domain.facts import Inspection, Job, Lot, OrderLine, Receipt, Reservation, Shipment
from domain.master_data import Item
from domain.ports import NotInSystem
from domain.readiness.judgement import Known
from domain.readiness.policy import ReadinessPolicy
from domain.readiness.predicates import Judged, judged
from domain.readiness.waiver import Waiver
from domain.release import (
    Allocation,
    CustomerClearance,
    DispatchApproval,
    Document,
    Hold,
    JobPreparation,
    MachineState,
    Slot,
)
from storage.database import Database
from storage.facts import about_items, about_orders, fact, told_of, under
from storage.readiness_policies import readiness_policy
from storage.tables.plant import FactRow
from storage.tables.readiness import WaiverRow


class ReadinessReader:
    """Judges what is ready, and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def readiness(self, kind: type[Fact], site: str, key: str, sites: Collection[str], at: datetime) -> Judged:
        """Everything there is to be judged of the thing at *at*. Raises NotInSystem, NoPolicy."""
        if site not in sites:
            raise NotInSystem(f"There is no {kind.kind.replace('_', ' ')} {key} at {site}.")
        async with self._database.reading() as session:
            return await readiness_of(session, kind, site, key, at)


async def readiness_of(session: AsyncSession, kind: type[Fact], site: str, key: str, at: datetime) -> Judged:
    """The same, within a transaction: what is judged and what is written upon it are of one moment."""
    return judged(kind, site, key, await known_of(session, kind, site, key, at))


async def known_of(session: AsyncSession, kind: type[Fact], site: str, key: str, at: datetime) -> Known:
    """All facts that may matter to the thing, and by what the site judges. Raises NotInSystem, NoPolicy."""
    told = await fact(session, kind, site, key)
    policy = await readiness_policy(session, site, at)
    others = await _GATHERED[kind](session, told.fact, policy)
    waivers = await _waivers(session, site, key, at)
    return Known(now=at, readings=(told, *others), policy=policy, waivers=waivers)


async def _waivers(session: AsyncSession, site: str, key: str, at: datetime) -> tuple[Waiver, ...]:
    """Those for the thing that are not over, agreed or not."""
    query = select(WaiverRow).where(
        WaiverRow.site == site,
        WaiverRow.subject == key,
        col(WaiverRow.ended_at).is_(None),
        col(WaiverRow.expires_at) > at,
    )
    return tuple(waiver_of(row) for row in (await session.exec(query.order_by(col(WaiverRow.number)))).all())


def waiver_of(row: WaiverRow) -> Waiver:
    """The waiver as it stands in *row*."""
    return Waiver.model_validate({**row.model_dump(exclude={"number"}), "id": f"WV-{row.number}"})


async def _of_job(session: AsyncSession, job: Job, _: ReadinessPolicy) -> list[Reading[Any]]:
    centers = {step.work_center for step in job.operations}
    found = await told_of(
        session, job.site, under(Item, [job.item]), under(JobPreparation, [job.job]), under(MachineState, centers)
    )
    made = next((reading.fact for reading in found if isinstance(reading.fact, Item)), None)
    material = {name for part in (made.components if made else ()) for name in (part.item, *part.alternates)}
    if not material:
        return found
    others = under(Item, material - {job.item})
    return found + await told_of(session, job.site, about_items((Allocation, Lot, Hold, Receipt), material), others)


async def _of_line(session: AsyncSession, line: OrderLine, _: ReadinessPolicy) -> list[Reading[Any]]:
    return await told_of(session, line.site, about_orders((Job, Reservation), [line.order]))


async def _of_shipment(session: AsyncSession, shipment: Shipment, policy: ReadinessPolicy) -> list[Reading[Any]]:
    site, name = shipment.site, shipment.shipment
    orders = {line.order for line in shipment.lines}
    lots = {lot for line in shipment.lines for lot in line.lots}
    papers = {f"{name}:{paper}" for paper in (*(p.document for p in policy.documents), *shipment.documents)}
    found = await told_of(
        session,
        site,
        about_orders((OrderLine, Job, Reservation), orders),
        under(Slot, [name]),
        under(DispatchApproval, [name]),
        under(Document, papers),
        # Others take from the same lots and of the same lines.
        and_(col(FactRow.kind) == Shipment.kind, col(FactRow.key) != name, _names(lots | orders)),
    )
    known = {reading.fact.key for reading in found if isinstance(reading.fact, OrderLine)}
    taken = {f"{e.order}:{e.line}" for r in found if isinstance(r.fact, Shipment) for e in r.fact.lines}
    lines = [reading.fact for reading in found if isinstance(reading.fact, OrderLine)]
    items = {line.item for line in lines}
    return found + await told_of(
        session,
        site,
        under(OrderLine, taken - known),
        under(CustomerClearance, {line.customer for line in lines}),
        under(Lot, {f"{item}:{lot}" for item in items for lot in lots}),
        under(Hold, {f"{item}:{lot}" for item in items for lot in lots}),
        and_(about_items([Inspection], items), col(FactRow.body)["lot"].as_string().in_(sorted(lots))),
    )


def _names(names: Collection[str]) -> ColumnElement[bool]:
    """Facts in which one of *names* stands anywhere; which it is of what, is told apart later."""
    return or_(false(), *(cast(FactRow.body, String).contains(f'"{name}"', autoescape=True) for name in sorted(names)))


_GATHERED: Final[Mapping[type[Fact], Callable[[AsyncSession, Any, ReadinessPolicy], Awaitable[list[Reading[Any]]]]]] = {
    Job: _of_job,
    OrderLine: _of_line,
    Shipment: _of_shipment,
}
"""How what may matter to a thing is gathered, by its kind."""
