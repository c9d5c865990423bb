"""What no message told: found by looking, now and then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError
from temporalio.client import Client

from domain.catalog import PROCESSES
from domain.decision import Channel
from domain.fact import Fact
from domain.words import in_words
from relay.following import follow, follow_moment
from relay.resuming import is_running, run_of
from storage.ageing import Ageing
from storage.alone import alone
from storage.daily_reports import DailyReports
from storage.database import Database
from storage.facts import unfollowed, unfollowed_change
from storage.force import Force
from storage.hold_lists import HoldLists
from storage.moments import come, look_later, moments_come
from storage.policies import NoPolicy
from storage.record import CaseRecord
from storage.restarts import OpenCase, Restarts
from storage.returning import Returning
from storage.trail import LOCKSTEP

log = structlog.get_logger()

HEARD_WITHIN = timedelta(seconds=60)
"""A case that has not looked by then after its hint was delivered is told again."""
FOUND = "found by the sweep: no event told of it"
"""The comment of a request that the sweep makes."""
MOST_OPENED = 20
"""Cases that one look at the clock opens at most: when a whole plant is late, its people are not buried at once."""
LATER = timedelta(minutes=5)
"""When a moment is looked at again that could not be followed."""

_RUNNING = "ExecutionStatus = 'Running' AND WorkflowType IN ({})".format(", ".join(f"'{name}'" for name in PROCESSES))


def _now() -> datetime:
    return datetime.now(UTC)


class Sweep:
    """Nine looks, each to be taken about three times a minute; none changes anything where all is well."""

    def __init__(self, database: Database, client: Client, *, now: Callable[[], datetime] = _now) -> None:
        self._database = database
        self._restarts = Restarts(database)
        self._returning = Returning(database)
        self._ageing = Ageing(database)
        self._client = client
        self._now = now

    async def unheard_hints(self) -> int:
        """How many cases were told again to look, because the first word was lost."""
        now = self._now()
        return await self._restarts.hint_again(now - HEARD_WITHIN, now)

    async def stopped_cases(self) -> int:
        """How many open cases the engine was told again to run: lost, or ended by somebody."""
        cases = await self._restarts.open_cases()
        if not cases:
            return 0
        running = {run.id async for run in self._client.list_workflows(_RUNNING)}
        found = 0
        for case in cases:
            # The list may be a moment behind, so whoever is not on it is asked for by name.
            if case.workflow_id not in running and (why := await self._stopped(case)):
                found += await self._restarts.start_again(case.id, why, self._now())
        return found

    async def unconfirmed_moves(self) -> int:
        """How many moves by force somebody was reminded of, or were put back since nobody confirmed them."""
        due = await Force(self._database).due(self._now())
        for step in due:
            await CaseRecord(self._database).escalate(step)
        return len(due)

    async def reports_due(self) -> int:
        """How many daily reports are on their way, because the next working morning has come."""
        return await _unless_another_worker(DailyReports(self._database).send_due(self._now()))

    async def hold_lists_due(self) -> int:
        """How many lists of lots on hold are on their way, because a new week has begun."""
        return await _unless_another_worker(HoldLists(self._database).send_due(self._now()))

    async def changes_nobody_told(self) -> int:
        """How many facts said something else than any case knew of, because they came by no event."""
        async with self._database.reading() as session:
            facts = await unfollowed(session)
        return sum([await self._follow(told) for told in facts])

    async def what_came_back(self) -> int:
        """How many questions are no longer parked or delegated, because the time for that is over."""
        return await self._returning.note_returned(self._now())

    async def holds_that_aged(self) -> int:
        """How many lots on hold were raised to somebody, because they are on hold for so long."""
        return await self._ageing.raise_aged(self._now())

    async def _follow(self, told: Fact) -> int:
        try:
            async with self._database.transaction() as session:
                await alone(session)
                # Looked at again: an event may have told of it in the meantime.
                change = await unfollowed_change(session, told)
                if change is None:
                    return 0
                cases = await follow(session, change, LOCKSTEP, Channel.TIMER, self._now(), comment=FOUND)
        except NoPolicy as why:  # the next look will see
            log.warning("change.not_followed", fact=told.key, site=told.site, why=str(why))
            return 0
        log.info("change.found", fact=told.key, site=told.site, cases=cases)
        return 1

    async def moments_that_came(self) -> int:
        """How many facts were looked at whose time has come, though nothing changed; none once enough was opened."""
        now = self._now()
        async with self._database.transaction() as session:
            looked_at, facts = await come(session, now)
        opened = 0
        for told in facts:
            if opened >= MOST_OPENED:
                log.warning("moments.held_back", opened=opened)
                return 0
            opened += await self._look_at_the_clock(told, now)
        return looked_at

    async def _look_at_the_clock(self, told: Fact, now: datetime) -> int:
        """How many cases were opened because the time of *told* has come."""
        try:
            async with self._database.transaction() as session:
                await alone(session)
                became = [await follow_moment(session, due, now) for due in await moments_come(session, told, now)]
        except Exception as why:
            # Whatever it is about one of them, it must not keep the others waiting.
            unexpected = not isinstance(why, NoPolicy)
            log.warning("moment.not_followed", fact=told.key, site=told.site, why=str(why), exc_info=unexpected)
            async with self._database.transaction() as session:
                await look_later(session, told, now + LATER)
            return 0
        log.info("moment.came", fact=told.key, site=told.site, became=became)
        return sum("opened" in one for one in became)

    async def _stopped(self, case: OpenCase) -> str | None:
        """Why the engine does not run the case; nothing if it does."""
        run = await run_of(self._client, case.workflow_id, case.id, case.forced)
        if run is None:
            return "The engine does not know the case."
        if is_running(run) or run.status is None:
            return None
        return f"The engine ended the case before it was over: {in_words(run.status.name.lower())}."


async def _unless_another_worker(sending: Awaitable[int]) -> int:
    """How many were sent; none where another worker was there in the same moment."""
    try:
        return await sending
    except IntegrityError:
        return 0
