"""What is scanned while a shipment is loaded, each handling unit once; and what was refused, with why."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, DecisionRefused, Principal
from domain.facts import Shipment
from domain.leaving.scan import Scan, why_not_loaded
from domain.ports import NotInSystem
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.subject import Subject
from storage.cases import newest_about
from storage.database import Database
from storage.readiness import known_of
from storage.tables.cases import CaseRow, TrailRow
from storage.trail import append

SCANNED, REFUSED = "scanned", "scan_refused"
"""What the trail calls them."""


class Scanned(BaseModel):
    """What was scanned so far in this case."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    case_id: str
    loaded: int
    """Handling units that may leave."""
    refused: int
    """Scans that were refused."""


class Scans:
    """Scans in our own database: lines on the trail of the case about the shipment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def scan(
        self, site: str, shipment: str, scan: Scan, by: Principal, channel: Channel, at: datetime
    ) -> Scanned:
        """
        What was scanned so far, this included; scanned again it counts once.

        Raises NotInSystem, NoPolicy, DecisionRefused where it must not go on the vehicle, which is counted.
        """
        async with self._database.transaction() as session:
            case = await newest_about(session, DISPATCH_RELEASE, Subject(site=site, key=shipment), over=False)
            if case is None:
                raise NotInSystem(f"No case about {shipment} is open at {site}.")
            known = await known_of(session, Shipment, site, shipment, at)
            why_not = why_not_loaded(site, shipment, scan, known)
            details = scan.model_dump(mode="json")
            await append(
                session, case, at=at, action=REFUSED if why_not else SCANNED, by=by, channel=channel, reason=why_not,
                details=details, once=None if why_not else f"{case.id}/scanned/{scan.handling_unit}/{scan.lot}",
            )  # fmt: skip
            await session.flush()
            so_far = Scanned(
                case_id=case.id,
                loaded=await _counted(session, case, SCANNED),
                refused=await _counted(session, case, REFUSED),
            )
        if why_not:
            raise DecisionRefused(why_not)
        return so_far


async def _counted(session: AsyncSession, case: CaseRow, action: str) -> int:
    query = select(func.count()).select_from(TrailRow).where(TrailRow.case_id == case.id, TrailRow.action == action)
    return (await session.exec(query)).one()
