"""Jobs, lots and shipments as people look at them: where each is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.fact import Fact, Reading
from domain.facts import Job, Lot, Shipment
from domain.ports import NotInSystem
from domain.standing.jobs import job_standing
from domain.standing.lots import lot_standing
from domain.standing.shipments import shipment_standing
from domain.standing.standing import Standing
from domain.views import Page
from domain.words import in_words
from storage.database import Database
from storage.derived_lists import EVERYTHING, Wanted, open_cases, page_of_wanted
from storage.facts import fact
from storage.readiness import known_of_all

_STANDINGS: Final[Mapping[type[Fact], Callable[..., Standing]]] = {
    Job: job_standing,
    Lot: lot_standing,
    Shipment: shipment_standing,
}


class StandingReader:
    """Looks at jobs, lots and shipments, and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self, kind: type[Fact], site: str, key: str, sites: Collection[str], at: datetime) -> Standing:
        """Where the thing is at *at*, as far as our facts say. Raises NotInSystem, NoPolicy."""
        if site not in sites:
            raise NotInSystem(f"There is no {in_words(kind.kind)} {key} at {site}.")
        async with self._database.reading() as session:
            return (await _standings(session, kind, site, [await fact(session, kind, site, key)], at))[0]

    async def standings(
        self,
        kind: type[Fact],
        site: str,
        sites: Collection[str],
        at: datetime,
        wanted: Wanted = EVERYTHING,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Standing]:
        """
        Where those at *site* are that are wanted, by name.

        Raises NotInSystem, NoPolicy, BadCursor, NoSuchStatus, NobodyAwaited.
        """
        if site not in sites:
            raise NotInSystem(f"There is no site {site}.")
        async with self._database.reading() as session:

            async def work_out(things: Sequence[Reading[Any]]) -> Sequence[Standing]:
                return await _standings(session, kind, site, things, at)

            return await page_of_wanted(session, kind, site, work_out, wanted, cursor, limit)


async def _standings(
    session: AsyncSession, kind: type[Fact], site: str, things: Sequence[Reading[Any]], at: datetime
) -> list[Standing]:
    known = await known_of_all(session, kind, site, things, at)
    cases = await open_cases(session, kind, site, [told.fact.key for told in things])
    return [_STANDINGS[kind](told, known, cases[told.fact.key]) for told in things]
