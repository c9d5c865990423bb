"""From kept events to facts and cases."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.catalog import PROCESSES
from domain.decision import Channel, DecisionRefused, Principal, PrincipalKind
from domain.fact import Reading
from domain.facts import OrderLine
from domain.leaving.arrival import Arrival
from domain.leaving.vehicle import VehicleNews
from domain.ports import NotInSystem, SystemUnavailable
from domain.reason import ReasonUnexplained, check_reason
from domain.told_fact import UnknownKind, fact_of
from relay.following import follow
from storage.alone import alone
from storage.arrivals import say_of_arrival
from storage.cases import open_case
from storage.database import Database
from storage.facts import keep_fact
from storage.intake import Intake, still_waiting
from storage.policies import NoPolicy
from storage.tables.plant import EventRow
from storage.traces import continuing
from storage.vehicles import say_of_vehicle

log = structlog.get_logger()

_FACT = re.compile(r"lockstep\.fact\.(?P<kind>[a-z_]+)\.v1")
# Brings a fact with it.
_REQUEST = re.compile(r"lockstep\.(?P<process>[a-z_]+)\.change_requested\.v1")
# Brings a request with it, and the site it is about.
_OF_SHIPMENT = re.compile(r"lockstep\.shipment\.(?P<what>delivered|refused|damaged|confirmed|came|no_show)\.v1")
# Says what became of a shipment that left, or of the vehicle that is to take one.
_ORDER_CHANGED = re.compile(r"sap\.s4\.beh\.salesorder\.v\d+\.SalesOrder\.(Created|Changed)\.v\d+")
# Says that an order is different; how, the source must be asked.

PATIENCE = 12
"""Tries, over about half an hour, for what an event is about to turn up."""
_AT_ONCE = 10
# Orders that are asked for at the same time: a slow system delays the events of others by one answer at most.


class OrderBook(Protocol):
    """A system that is asked what an order says after it told us that the order changed."""

    async def read_order(self, order: str) -> tuple[Reading[OrderLine], ...]:
        """The lines of the order. Raises NotInSystem, SystemUnavailable."""


class Ignored(Exception):
    """The event asks for nothing; the sentence says why."""


class NotUsable(Exception):
    """The event asks for something that makes no sense; the sentence says what is wrong."""


def _now() -> datetime:
    return datetime.now(UTC)


class IntakeRelay:
    """
    Works on kept events, oldest first. What an event changes and that it is done are one transaction.

    Events may come twice, late and in any order: each source's newest word about a thing stands.
    """

    def __init__(
        self, database: Database, order_books: Mapping[str, OrderBook], *, now: Callable[[], datetime] = _now
    ) -> None:
        self._database = database
        self._intake = Intake(database)
        self._order_books = order_books
        self._now = now

    async def once(self) -> int:
        """How many events were worked on."""
        told = await self._intake.due(self._now(), ours=True)
        for event in told:
            await self._take_up(event)
        of_others = await self._intake.due(self._now(), ours=False, limit=_AT_ONCE)
        await asyncio.gather(*(self._take_up(event) for event in of_others))
        return len(told) + len(of_others)

    async def _take_up(self, event: EventRow) -> None:
        with continuing(event.trace, "event", source=event.source, event=event.event_id):
            await self._work_on(event)

    async def _work_on(self, event: EventRow) -> None:
        try:
            await self._act(event)
        except Ignored as why:
            await self._intake.settle(event, "ignored", str(why))
        except (NotUsable, ReasonUnexplained, UnknownKind, ValidationError) as why:
            await self._fail(event, _sentence(why))
        except (NotInSystem, NoPolicy, DecisionRefused) as why:
            # What it is about may only be on its way: events overtake one another.
            if event.attempts + 1 < PATIENCE:
                await self._delay(event, str(why))
            else:
                await self._fail(event, str(why))
        except SystemUnavailable as why:
            await self._delay(event, str(why))
        except Exception as why:
            log.exception("event.broken", source=event.source, id=event.event_id)
            await self._delay(event, f"{type(why).__name__}: {why}")

    async def _act(self, event: EventRow) -> None:
        if told := _FACT.fullmatch(event.type):
            await self._keep([_told(event, told["kind"])], event)
        elif asked := _REQUEST.fullmatch(event.type):
            await self._open(asked["process"], event)
        elif said := _OF_SHIPMENT.fullmatch(event.type):
            await self._say_of_shipment(said["what"], event)
        elif _ORDER_CHANGED.fullmatch(event.type):
            await self._keep(await self._asked_back(event), event)
        else:
            raise Ignored(f"Nothing follows from {event.type}.")

    async def _asked_back(self, event: EventRow) -> list[Reading[Any]]:
        """What the source says of the order that the event names."""
        order = _object(event).get("SalesOrder")
        if not isinstance(order, str) or not order:
            raise NotUsable("The event does not name its SalesOrder.")
        book = self._order_book(event.source)
        if book is None:
            raise Ignored(f"No system is set that could be asked what changed at {event.source}.")
        return list(await book.read_order(order))

    def _order_book(self, source: str) -> OrderBook | None:
        known = [name for name in self._order_books if f"{source}/".startswith(f"{name.rstrip('/')}/")]
        return self._order_books[max(known, key=len)] if known else None

    async def _keep(self, readings: list[Reading[Any]], event: EventRow) -> None:
        """Keep the facts that the sender may speak of, and open the cases that follow."""
        allowed = [reading for reading in readings if _may_speak_of(event, reading.fact.site)]
        if readings and not allowed:
            raise Ignored(_not_allowed(event, readings[0].fact.site))

        async def keep(session: AsyncSession) -> str:
            changes = [change for told in allowed if (change := await keep_fact(session, told)) is not None]
            became = [f"{len(changes)} of {len(readings)} facts changed"]
            for change in changes:
                try:
                    became += await follow(session, change, _sender(event), Channel.EVENT, self._now())
                except NoPolicy as why:
                    became.append(f"no case yet: {why}")
            return "; ".join(became)

        await self._in_one_transaction(event, keep)

    async def _open(self, name: str, event: EventRow) -> None:
        if name not in PROCESSES:
            raise Ignored(f"There is no process {name}.")
        process = PROCESSES[name]
        site, data = _at_site(event)
        request = process.request.model_validate(data)
        if request.reason not in process.reasons:
            raise NotUsable(f"{request.reason} is no reason; reasons are {', '.join(process.reasons)}.")
        check_reason(request)

        async def open_it(session: AsyncSession) -> str:
            by = _sender(event)
            opened = await open_case(session, process, site, request, by, Channel.EVENT, self._now())
            return f"{opened.result} {opened.case_id}"

        await self._in_one_transaction(event, open_it)

    async def _say_of_shipment(self, what: str, event: EventRow) -> None:
        site, data = _at_site(event)
        shipment, by, now = data.pop("shipment", None), _sender(event), self._now()
        if not isinstance(shipment, str):
            raise NotUsable("The data must name the shipment.")
        news = {"at": _so_since(event)} | data | {"outcome": what}

        async def say_it(session: AsyncSession) -> str:
            if what in ("confirmed", "came", "no_show"):
                said = VehicleNews.model_validate(news)
                slot = await say_of_vehicle(session, site, shipment, said, by, Channel.EVENT, now)
                return f"slot of {shipment} {slot.status}"
            arrival = Arrival.model_validate(news)
            arrived = await say_of_arrival(session, site, shipment, arrival, by, Channel.EVENT, now)
            return " ".join((f"{shipment} {arrived.status}", *arrived.holds))

        await self._in_one_transaction(event, say_it)

    async def _in_one_transaction(self, event: EventRow, work: Callable[[AsyncSession], Awaitable[str]]) -> None:
        async with self._database.transaction() as session:
            await alone(session)
            row = await still_waiting(session, event)
            if row is not None:
                row.outcome = (await work(session))[:1000]
                row.state = "done"
                session.add(row)

    async def _fail(self, event: EventRow, why: str) -> None:
        log.warning("event.failed", source=event.source, id=event.event_id, why=why)
        await self._intake.settle(event, "failed", why)

    async def _delay(self, event: EventRow, why: str) -> None:
        log.warning("event.delayed", source=event.source, id=event.event_id, why=why)
        await self._intake.later(event, self._now(), why)


def _told(event: EventRow, kind: str) -> Reading[Any]:
    data = _object(event)
    version = str(data.get("version") or event.event_id)
    return Reading(fact=fact_of(kind, data), source=event.source, version=version, as_of=_so_since(event))


def _so_since(event: EventRow) -> datetime:
    # Nothing can be so after we have heard of it; a clock that is ahead would shut out all later news.
    return min(event.time or event.received_at, event.received_at)


def _at_site(event: EventRow) -> tuple[str, dict[str, Any]]:
    """The site that the event is about, and what else it says. Raises NotUsable, Ignored."""
    data = _object(event)
    site = data.pop("site", None)
    if not isinstance(site, str):
        raise NotUsable("The data must name the site.")
    if not _may_speak_of(event, site):
        raise Ignored(_not_allowed(event, site))
    return site, data


def _object(event: EventRow) -> dict[str, Any]:
    if not isinstance(event.data, dict):
        raise NotUsable("The data must be an object.")
    return dict(event.data)


def _may_speak_of(event: EventRow, site: str) -> bool:
    return event.sites is None or site in event.sites


def _not_allowed(event: EventRow, site: str) -> str:
    return f"{event.received_from} may not speak of {site}."


def _sender(event: EventRow) -> Principal:
    return Principal(kind=PrincipalKind.MACHINE, id=event.received_from, name=event.source)


def _sentence(why: Exception) -> str:
    if not isinstance(why, ValidationError):
        return str(why)
    flaws = why.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, flaw['loc'])) or 'data'}: {flaw['msg']}" for flaw in flaws)
