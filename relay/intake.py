"""From kept events to facts and cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog
from pydantic import ValidationError

from domain.case import Request
from domain.catalog import PROCESSES
from domain.decision import Channel, Principal, PrincipalKind
from domain.facts import OrderLine, Reading, UnknownKind, fact_of
from domain.ports import NotInSystem, SystemUnavailable
from domain.triggers import TRIGGERS
from storage.cases import Cases
from storage.facts import Change, FactStore
from storage.intake import Intake
from storage.policies import NoPolicy
from storage.tables import EventRow

log = structlog.get_logger()

FACT = "lockstep.fact."
"""Begins the type of an event that brings a fact with it: ``lockstep.fact.order_line.v1``."""
CHANGE_REQUESTED = ".change_requested.v1"
"""Ends the type of an event that brings a request with it: ``lockstep.order_change.change_requested.v1``."""


class OrderBook(Protocol):
    """A system that is asked what an order says after it told us that the order changed."""

    async def read_order(self, order: str) -> tuple[Reading[OrderLine], ...]:
        """The lines of the order. Raises NotInSystem, SystemUnavailable."""


class Ignored(Exception):
    """The event asks for nothing; the sentence says why."""


class IntakeRelay:
    """Works on kept events, oldest first; what fails is tried again and never dropped."""

    def __init__(self, intake: Intake, facts: FactStore, cases: Cases, order_books: Mapping[str, OrderBook]) -> None:
        self._intake = intake
        self._facts = facts
        self._cases = cases
        self._order_books = order_books

    async def once(self) -> int:
        """How many events were worked on."""
        due = await self._intake.due(datetime.now(UTC))
        for event in due:
            await self._settle(event)
        return len(due)

    async def _settle(self, event: EventRow) -> None:
        assert event.number is not None
        now = datetime.now(UTC)
        try:
            outcome = await self._work(event, now)
        except Ignored as why:
            await self._intake.settle(event.number, "ignored", str(why))
        except (ValidationError, UnknownKind, NotInSystem, NoPolicy) as why:
            log.warning("event.refused", source=event.source, event=event.event_id, why=str(why))
            await self._intake.settle(event.number, "failed", str(why))
        except SystemUnavailable as why:
            log.warning("event.delayed", source=event.source, event=event.event_id, why=str(why))
            await self._intake.later(event.number, event.attempts, now, str(why))
        else:
            await self._intake.settle(event.number, "done", outcome)

    async def _work(self, event: EventRow, now: datetime) -> str:
        if event.type.startswith(FACT):
            return await self._told(event, now)
        if event.type.startswith("lockstep.") and event.type.endswith(CHANGE_REQUESTED):
            return await self._requested(event, now)
        return await self._hinted(event, now)

    async def _told(self, event: EventRow, now: datetime) -> str:
        kind = event.type.removeprefix(FACT).rsplit(".", 1)[0]
        told = fact_of(kind, dict(event.data))
        self._may_speak_of(event, told.site)
        version = str(event.data.get("version") or event.event_id)
        reading = Reading(fact=told, source=event.source, version=version, as_of=event.time or event.received_at)
        return await self._keep([reading], event, now)

    async def _requested(self, event: EventRow, now: datetime) -> str:
        name = event.type.removeprefix("lockstep.").removesuffix(CHANGE_REQUESTED)
        if name not in PROCESSES:
            raise Ignored(f"There is no process {name}.")
        process = PROCESSES[name]
        data = dict(event.data)
        site = str(data.pop("site", ""))
        self._may_speak_of(event, site)
        request = process.request.model_validate(data)
        opened = await self._cases.open(process, site, request, _source(event), Channel.EVENT, now)
        return f"{opened.result} {opened.case_id}"

    async def _hinted(self, event: EventRow, now: datetime) -> str:
        """A thin event: something changed. What, the source is asked."""
        book = next((book for prefix, book in self._order_books.items() if event.source.startswith(prefix)), None)
        order = event.data.get("SalesOrder") if isinstance(event.data, dict) else None
        if book is None:
            raise Ignored(f"Nobody is configured to be asked about {event.source}.")
        if not isinstance(order, str):
            raise Ignored(f"{event.type} is not about an order.")
        lines = await book.read_order(order)
        for line in lines:
            self._may_speak_of(event, line.fact.site)
        return await self._keep(list(lines), event, now)

    async def _keep(self, readings: list[Reading[Any]], event: EventRow, now: datetime) -> str:
        changes = await self._facts.keep(readings)
        opened = [case for change in changes for case in await self._follow(change, event, now)]
        return f"{len(changes)} facts changed" + (f"; {', '.join(opened)}" if opened else "")

    async def _follow(self, change: Change, event: EventRow, now: datetime) -> list[str]:
        """The cases that *change* starts."""
        if change.before is None:
            return []
        opened = []
        for trigger in TRIGGERS:
            if not isinstance(change.after.fact, trigger.fact):
                continue
            request: Request | None = trigger.request(change.before, change.after.fact)
            if request is None:
                continue
            before = Reading(
                fact=change.before, source=change.after.source, version=change.after.version, as_of=change.after.as_of
            )
            site = change.after.fact.site
            case = await self._cases.open(
                trigger.process, site, request, _source(event), Channel.EVENT, now, before=before
            )
            opened.append(f"{case.result} {case.case_id}")
        return opened

    def _may_speak_of(self, event: EventRow, site: str) -> None:
        if event.sites is not None and site not in event.sites:
            raise Ignored(f"{event.received_from} may not speak of {site or 'no site'}.")


def _source(event: EventRow) -> Principal:
    return Principal(kind=PrincipalKind.MACHINE, id=event.received_from, name=event.source)
