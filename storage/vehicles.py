"""Vehicles that come for shipments, came, or do not: kept at once, and the case about the shipment looks again."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, Principal
from domain.facts import Shipment
from domain.leaving.requested import DispatchReleaseRequest
from domain.leaving.vehicle import VehicleNews, admit_vehicle
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.release import Slot
from domain.subject import Subject
from domain.words import in_words
from storage.alone import alone
from storage.cases import locked, newest_about, open_case
from storage.database import Database
from storage.facts import fact, keep_our_word, told_of, under
from storage.requests import RequestKey, only_once
from storage.trail import LOCKSTEP, append


class Vehicles:
    """What is said of vehicles, in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def say(
        self,
        site: str,
        shipment: str,
        said: VehicleNews,
        by: Principal,
        channel: Channel,
        at: datetime,
        key: RequestKey | None = None,
    ) -> Slot:
        """The slot as it is then. Raises KeyReused, NotInSystem, NoPolicy, DecisionRefused."""
        async with self._database.transaction() as session:
            await alone(session)
            return await only_once(
                session, key, at, Slot, lambda: say_of_vehicle(session, site, shipment, said, by, channel, at)
            )


async def say_of_vehicle(
    session: AsyncSession, site: str, shipment: str, said: VehicleNews, by: Principal, channel: Channel, at: datetime
) -> Slot:
    """The slot as it is then, within a transaction; see ``Vehicles.say``."""
    case = await newest_about(session, DISPATCH_RELEASE, Subject(site=site, key=shipment), over=False)
    leaving = (await fact(session, Shipment, site, shipment)).fact
    known = next(iter(await told_of(session, site, under(Slot, [shipment]))), None)
    before = None if known is None else known.fact
    slot = admit_vehicle(leaving, before, said, at)
    if known is None or slot == before:
        return slot
    if case is None:
        why = f"Its vehicle {in_words(said.outcome)}"
        asked = DispatchReleaseRequest(shipment=shipment, reason="SLOT_CHANGED", comment=why)
        opened = await open_case(session, DISPATCH_RELEASE, site, asked, LOCKSTEP, channel, at)
        case = await locked(session, opened.case_id)
    await append(
        session, case, at=at, action=f"vehicle_{said.outcome}", by=by, channel=channel, reason=said.reason,
        details=slot.model_dump(mode="json"),
    )  # fmt: skip
    await keep_our_word(session, slot, f"{case.id}/{case.trail_length}", at, known)
    return slot
