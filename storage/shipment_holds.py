"""Stopping shipments by hand: in force in the transaction that keeps it, with a case that says so."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, DecisionRefused, Principal
from domain.fact import Reading
from domain.facts import Shipment
from domain.leaving.hold import HOLDERS, admit_hold
from domain.leaving.requested import DispatchReleaseRequest
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.release import ShipmentHold
from storage.alone import alone
from storage.cases import locked, open_case
from storage.database import Database
from storage.facts import fact, keep_fact, told_of, under
from storage.identity import roles_at
from storage.requests import RequestKey, only_once
from storage.trail import LOCKSTEP, append

log = structlog.get_logger()


class ShipmentHolds:
    """Who stopped which shipment, in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(
        self,
        site: str,
        shipment: str,
        because: str,
        by: Principal,
        channel: Channel,
        at: datetime,
        key: RequestKey | None = None,
    ) -> ShipmentHold:
        """
        The hold, in force from now on: the approval dies with it, and loading stops.

        The open case about the shipment looks again; where there is none, one is opened.
        Raises KeyReused, NotInSystem, NoPolicy, DecisionRefused.
        """
        async with self._database.transaction() as session:
            await alone(session)
            return await only_once(
                session, key, at, ShipmentHold, lambda: _place(session, site, shipment, because, by, channel, at)
            )


async def _place(
    session: AsyncSession, site: str, shipment: str, because: str, by: Principal, channel: Channel, at: datetime
) -> ShipmentHold:
    leaving = (await fact(session, Shipment, site, shipment)).fact
    keys = [f"{shipment}:{role}" for role in HOLDERS]
    known = [told.fact for told in await told_of(session, site, under(ShipmentHold, keys))]
    try:
        hold = admit_hold(leaving, known, by, await roles_at(session, by.id, site), because)
    except DecisionRefused as refusal:
        log.warning("shipment_hold.refused", by=by.id, site=site, shipment=shipment, why=str(refusal))
        raise
    asked = DispatchReleaseRequest(shipment=shipment, reason="HELD", comment=because)
    # Not by who stops it: he may let it go later, as anybody who did not ask for it.
    opened = await open_case(session, DISPATCH_RELEASE, site, asked, LOCKSTEP, channel, at)
    case = await locked(session, opened.case_id)
    await append(
        session, case, at=at, action="stopped", by=by, channel=channel, role=hold.role, reason=because,
        details=hold.model_dump(mode="json"),
    )  # fmt: skip
    version = f"{case.id}/{case.trail_length}"
    await keep_fact(session, Reading(fact=hold, source=LOCKSTEP.id, version=version, as_of=at))
    return hold
