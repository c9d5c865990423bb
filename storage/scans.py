"""What is scanned while a shipment is loaded, each handling unit once; and what was refused, with why."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, DecisionRefused, Principal
from domain.fact import Quantity, Reading
from domain.facts import Shipment
from domain.leaving.scan import Scan, admit_scan
from domain.ports import NotInSystem
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.release import Loading
from domain.subject import Subject
from storage.alone import alone
from storage.cases import newest_about
from storage.database import Database
from storage.facts import fact, keep_our_word
from storage.readiness import known_of
from storage.requests import RequestKey, remember, remembered
from storage.tables.cases import CaseRow, TrailRow
from storage.trail import LOCKSTEP, append

SCANNED, REFUSED = "scanned", "scan_refused"
"""What the trail calls them."""


class LoadedSoFar(BaseModel):
    """How much of a lot is on the vehicle for an order line."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    order: str
    line: str
    lot: str
    approved: Quantity
    loaded: Quantity
    """By what was scanned with its quantity."""


class Scanned(BaseModel):
    """What was scanned so far since loading began."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    case_id: str
    loaded: int
    """Handling units on the vehicle."""
    refused: int
    """Scans that were refused in this case."""
    lines: tuple[LoadedSoFar, ...] = ()


class Scans:
    """Scans in our own database: a fact that says what is loaded, and lines on the trail of the case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def scan(
        self,
        site: str,
        shipment: str,
        scan: Scan,
        by: Principal,
        channel: Channel,
        at: datetime,
        key: RequestKey | None = None,
    ) -> Scanned:
        """
        What was scanned so far, this included; scanned again it counts once.

        Raises KeyReused, NotInSystem, NoPolicy, DecisionRefused where it must not go on the vehicle, which is counted
        in the case.
        """
        async with self._database.transaction() as session:
            await alone(session)
            if (before := await remembered(session, key)) is not None:
                return Scanned.model_validate(before)
            case = await newest_about(session, DISPATCH_RELEASE, Subject(site=site, key=shipment), over=False)
            if case is None:
                await fact(session, Shipment, site, shipment)  # that there is no such thing, is another answer
                raise DecisionRefused(f"{shipment} has no open case at {site}: nobody has let it go.")
            loading = await _loading(session, site, shipment, at)
            known = await known_of(session, Shipment, site, shipment, at)
            details, refusal = scan.model_dump(mode="json", exclude_none=True), None
            try:
                unit = admit_scan(site, shipment, scan, known, loading.fact)
            except DecisionRefused as why:
                refusal = why
                await append(
                    session, case, at=at, action=REFUSED, by=by, channel=channel, reason=str(why), details=details,
                    once=None if key is None else f"{case.id}/{REFUSED}/{key.caller}/{key.key}",
                )  # fmt: skip
            else:
                if unit not in loading.fact.units:
                    await append(session, case, at=at, action=SCANNED, by=by, channel=channel, details=details)
                    loaded = loading.fact.model_copy(update={"units": (*loading.fact.units, unit)})
                    version = f"{case.id}/{case.trail_length}"
                    loading = await keep_our_word(session, loaded, version, at, loading)
                so_far = await _so_far(session, case, loading.fact)
                remember(session, key, so_far.model_dump(mode="json"), at)
        if refusal is not None:
            raise refusal
        return so_far


async def _loading(session: AsyncSession, site: str, shipment: str, at: datetime) -> Reading[Loading]:
    """What is on the vehicle so far."""
    try:
        return await fact(session, Loading, site, shipment)
    except NotInSystem:
        return Reading(fact=Loading(site=site, shipment=shipment), source=LOCKSTEP.id, version="0", as_of=at)


async def _so_far(session: AsyncSession, case: CaseRow, loading: Loading) -> Scanned:
    await session.flush()
    counted = select(func.count()).select_from(TrailRow).where(TrailRow.case_id == case.id, TrailRow.action == REFUSED)
    leaving = (await fact(session, Shipment, case.site, case.subject)).fact
    approved: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for entry in leaving.lines:
        for lot in entry.lots:
            approved[entry.order, entry.line, lot] += entry.quantity
    return Scanned(
        case_id=case.id,
        loaded=len(loading.units),
        refused=(await session.exec(counted)).one(),
        lines=tuple(
            LoadedSoFar(order=order, line=line, lot=lot, approved=most, loaded=loading.quantity_of(order, line, lot))
            for (order, line, lot), most in approved.items()
        ),
    )
