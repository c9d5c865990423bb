"""Waivers as people look at them: whom each waits for, and what somebody may do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import DecisionRefused
from domain.readiness.waiver import Waiver, admit_consent, admit_ending
from domain.trail import TrailEntry
from domain.watching import names_of
from storage.database import Database
from storage.identity import Caller
from storage.readiness import not_over, waiver_of, waivers_for
from storage.tables.cases import CaseRow, TrailRow, WatchRow
from storage.tables.readiness import WaiverRow
from storage.trail import entry
from storage.waivers import meaning_of_consent, waiver_row


@dataclass(frozen=True)
class ShownWaiver:
    """A waiver with all that is needed to agree to it."""

    waiver: Waiver
    signed: str | None
    """What whoever agrees says with his signature; nothing where none is asked."""
    why_not_agree: str
    """What keeps him who looks from agreeing; nothing if he may."""
    why_not_end: str
    """Likewise from refusing it, and from taking it back."""
    cases: tuple[str, ...]
    """The open cases that wait for it."""
    trail: tuple[TrailEntry, ...]
    """What happened to it, newest first."""


class WaiverReader:
    """Looks at waivers and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiver(self, waiver_id: str, caller: Caller, at: datetime) -> ShownWaiver:
        """The waiver as *caller* finds it at *at*. Raises NotInSystem, NoPolicy."""
        async with self._database.reading() as session:
            waiver = waiver_of(await waiver_row(session, waiver_id, caller.sites, locked=False))
            return ShownWaiver(
                waiver=waiver,
                signed=await meaning_of_consent(session, waiver, at),
                why_not_agree=_why_not_agree(waiver, caller, at),
                why_not_end=_why_not_end(waiver, caller, at),
                cases=await _waiting_cases(session, waiver),
                trail=await _trail(session, waiver),
            )

    async def waiting_for(self, caller: Caller, at: datetime) -> tuple[Waiver, ...]:
        """Those that wait at *at* for *caller* to agree, the one that expires first first."""
        query = select(WaiverRow).where(col(WaiverRow.site).in_(caller.sites), not_over(at))
        async with self._database.reading() as session:
            rows = (await session.exec(query.order_by(col(WaiverRow.expires_at), col(WaiverRow.number)))).all()
        return tuple(one for one in map(waiver_of, rows) if not _why_not_agree(one, caller, at))

    async def about(self, site: str, subject: str, at: datetime) -> tuple[Waiver, ...]:
        """Those for the job or shipment *subject* that are not over at *at*, agreed or not."""
        async with self._database.reading() as session:
            return await waivers_for(session, site, [subject], at)


def _why_not_agree(waiver: Waiver, caller: Caller, at: datetime) -> str:
    try:
        admit_consent(waiver, caller.principal, caller.roles.get(waiver.site, frozenset()), at)
    except DecisionRefused as refusal:
        return str(refusal)
    return ""


def _why_not_end(waiver: Waiver, caller: Caller, at: datetime) -> str:
    if waiver.over(at):
        return f"{waiver.id} is over."
    try:
        admit_ending(waiver, caller.principal, caller.roles.get(waiver.site, frozenset()))
    except DecisionRefused as refusal:
        return str(refusal)
    return ""


async def _waiting_cases(session: AsyncSession, waiver: Waiver) -> tuple[str, ...]:
    waiting = select(WatchRow.case_id).where(col(WatchRow.name).in_(names_of(waiver.standing)))
    query = select(CaseRow.id).where(col(CaseRow.id).in_(waiting), col(CaseRow.closed_at).is_(None))
    return tuple((await session.exec(query.order_by(col(CaseRow.number)))).all())


async def _trail(session: AsyncSession, waiver: Waiver) -> tuple[TrailEntry, ...]:
    query = select(TrailRow).where(TrailRow.case_id == waiver.id).order_by(col(TrailRow.sequence).desc())
    return tuple(map(entry, (await session.exec(query)).all()))
