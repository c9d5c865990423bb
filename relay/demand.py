"""From what more is wanted of an item to the shortage that it makes, if it makes one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

import structlog

from activities.shortage import would_be_missing
from domain.decision import Channel
from domain.fact import plain_number
from domain.option import Gap
from domain.ports import NotInSystem
from domain.processes.shortage import SHORTAGE
from domain.shortage.requested import ShortageRequest
from domain.subject import Subject
from domain.supply import Place
from relay.sweep import MOST_OPENED
from storage.alone import alone
from storage.cases import open_case, running
from storage.database import Database
from storage.demand import demand_to_look_at, looked_at
from storage.facts import FactStore
from storage.policies import NoPolicy
from storage.readiness_policies import timing_at
from storage.trail import LOCKSTEP

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class DemandRelay:
    """Looks behind whoever told of orders and jobs, item by item: many lines of one item are one look."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = _now) -> None:
        self._database = database
        self._now = now

    async def once(self) -> int:
        """How many items were looked at; none once enough was opened."""
        now = self._now()
        async with self._database.reading() as session:
            wanted = await demand_to_look_at(session, now)
        done = opened = 0
        for place, noted in wanted.items():
            if opened >= MOST_OPENED:
                log.warning("demand.held_back", opened=opened)
                return 0
            try:
                opened += await self._look_at(place, noted, now)
                done += 1
            except NoPolicy as why:  # the next look will see
                log.warning("demand.not_followed", item=place.name, site=place.site, why=str(why))
        return done

    async def _look_at(self, place: Place, noted: Collection[int], now: datetime) -> bool:
        """Whether a case was opened."""
        gap = await self._missing(place, now)
        async with self._database.transaction() as session:
            await alone(session)
            if not await looked_at(session, noted) or gap is None:
                return False
            # An open case waits for orders and jobs itself.
            subject = Subject(site=place.site, key=place.name)
            if await running(session, subject.workflow_id(SHORTAGE.name)) is not None:
                return False
            request = ShortageRequest(item=place.name, reason="PROJECTION", comment=_why(place, gap))
            opened = await open_case(session, SHORTAGE, place.site, request, LOCKSTEP, Channel.TIMER, now)
        log.info("demand.not_covered", item=place.name, site=place.site, case=opened.case_id)
        return True

    async def _missing(self, place: Place, now: datetime) -> Gap | None:
        async with self._database.reading() as session:
            timing = await timing_at(session, place.site, now)
        try:
            return await would_be_missing(FactStore(self._database), place, now, timing)
        except NotInSystem:
            # Nobody plans with what nobody described.
            return None


def _why(place: Place, gap: Gap) -> str:
    much = f"{plain_number(gap.quantity)} {place.name}"
    return f"More is wanted than before: {much} are not there {gap.since:%Y-%m-%d %H:%M} UTC, safety stock counted."
