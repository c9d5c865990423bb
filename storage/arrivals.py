"""What became of shipments that have left: kept at once, and what comes back is on hold in the same transaction."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, Principal
from domain.evidence import digest
from domain.facts import Shipment, ShipmentStatus
from domain.leaving.arrival import Arrival, admit_arrival, holds
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.processes.quality_hold import QUALITY_HOLD
from domain.subject import Subject
from storage.alone import alone
from storage.cases import newest_about, open_case
from storage.database import Database
from storage.facts import fact, keep_our_word
from storage.requests import RequestKey, only_once
from storage.tables.cases import TrailRow
from storage.trail import append, note


class Arrived(BaseModel):
    """What followed from what was said."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    shipment: str
    status: ShipmentStatus
    holds: tuple[str, ...]
    """The cases about the lots that come back."""


class Arrivals:
    """Proofs of delivery, refusals and damages, in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def say(
        self,
        site: str,
        shipment: str,
        said: Arrival,
        by: Principal,
        channel: Channel,
        at: datetime,
        key: RequestKey | None = None,
    ) -> Arrived:
        """What followed. Raises KeyReused, NotInSystem, NoPolicy, DecisionRefused."""
        async with self._database.transaction() as session:
            await alone(session)
            return await only_once(
                session, key, at, Arrived, lambda: say_of_arrival(session, site, shipment, said, by, channel, at)
            )


async def say_of_arrival(
    session: AsyncSession, site: str, shipment: str, said: Arrival, by: Principal, channel: Channel, at: datetime
) -> Arrived:
    """What followed, within a transaction; said again it counts once, by whichever door. See ``Arrivals.say``."""
    case = await newest_about(session, DISPATCH_RELEASE, Subject(site=site, key=shipment), over=True)
    left = await fact(session, Shipment, site, shipment)
    status = admit_arrival(left.fact, said)
    once = f"{site}/{shipment}/arrival/{digest(said)}"
    first = (await session.exec(select(TrailRow).where(TrailRow.once == once))).first()
    if first is not None:
        return Arrived(shipment=shipment, status=left.fact.status, holds=tuple(first.details["holds"]))
    if status is not left.fact.status:
        told = left.fact.model_copy(update={"status": status})
        await keep_our_word(session, told, f"{said.outcome}/{at}", at, left)
    caused_by = None if case is None else case.id
    opened = [
        await open_case(session, QUALITY_HOLD, site, asked, by, channel, at, caused_by=caused_by)
        for asked in holds(shipment, said)
    ]
    arrived = Arrived(shipment=shipment, status=status, holds=tuple(one.case_id for one in opened))
    action, details = f"arrival_{said.outcome}", said.model_dump(mode="json") | {"holds": list(arrived.holds)}
    if case is None:
        await note(
            session, f"{site}/{shipment}", at=at, action=action, by=by, channel=channel, reason=said.reason,
            details=details, once=once,
        )  # fmt: skip
    else:
        await append(
            session, case, at=at, action=action, by=by, channel=channel, reason=said.reason, details=details, once=once
        )
    return arrived
