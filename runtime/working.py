"""The worker as a program: runs cases, and passes on what was kept."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx2
import structlog
from temporalio.client import Client

from relay.demand import DemandRelay
from relay.intake import IntakeRelay, OrderBook
from relay.notices import NoticeRelay, NoticeSpreader
from relay.outbox import EngineRelay
from relay.readiness import ReadinessRelay
from relay.runner import Part, Relay
from relay.sweep import Sweep
from relay.webhooks import Receiver, Spreader, WebhookRelay
from runtime.assembly import activities, carriers, ports, rooms, sap_order_books
from runtime.failing import FailingCases
from runtime.garbage import Garbage, spare_what_is_loaded
from runtime.measures import Measures, OutboxAge, measure
from runtime.settings import Profile, Settings, read_settings
from runtime.telemetry import set_up_telemetry, trace_database
from runtime.temporal import check_search_attributes, connect, new_worker, register_search_attributes
from storage.addressing import Addressing
from storage.database import Database
from storage.deliveries import Deliveries
from storage.notices import Notices
from storage.outbox import Outbox
from workflows.catalog import WORKFLOWS

log = structlog.get_logger()

MEASURE_EVERY = timedelta(seconds=10)
"""More often than a collector is sent figures."""
GARBAGE_EVERY = timedelta(seconds=5)
SWEEP_EVERY = timedelta(seconds=20)
"""What no message told is found within a minute."""


async def run_worker() -> None:
    """
    Return when told to stop, with everything at rest.

    Raises SettingsWrong, ExporterMissing, SearchAttributesMissing before anything runs.
    """
    settings = read_settings()
    set_up_telemetry(settings, "worker")
    stopping = asyncio.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(told, stopping.set)
    database = Database(settings.database_url)
    trace_database(database.engine)
    measures = Measures()
    measure(database, measures)
    try:
        client = await connect()
        if settings.profile is Profile.DEVELOPMENT:
            await register_search_attributes(client)
        await check_search_attributes(client)
        async with AsyncExitStack() as opened:
            web = await opened.enter_async_context(httpx2.AsyncClient(follow_redirects=False))
            books = await sap_order_books(settings.sap, opened)
            relay = relay_of(settings, database, client, web, books, measures)
            worker = new_worker(client, settings, list(WORKFLOWS.values()), activities(ports(settings, database)))
            spare_what_is_loaded()
            log.info("worker.started", task_queue=settings.task_queue)
            async with worker, asyncio.TaskGroup() as running:
                running.create_task(relay.run())
                await stopping.wait()
                relay.stop()
        log.info("worker.stopped")
    finally:
        await database.close()


def relay_of(
    settings: Settings,
    database: Database,
    client: Client,
    web: httpx2.AsyncClient,
    order_books: Mapping[str, OrderBook],
    measures: Measures,
) -> Relay:
    """Everything that is passed on: events, starts and hints, webhooks, notices, and what no message told."""
    deliveries = Deliveries(database)
    receivers = [
        Receiver(hook.name, str(hook.url), hook.secret.get_secret_value(), hook.sites, hook.types)
        for hook in settings.webhooks
    ]
    intake = IntakeRelay(database, order_books)
    engine = EngineRelay(Outbox(database), database, client, settings.task_queue, settings.public_url)
    readiness = ReadinessRelay(database)
    sweep = Sweep(database, client)
    notices, told_by, in_rooms = Notices(database), carriers(settings), rooms(settings)
    people_told_by = told_by.keys() - {room.name for room in in_rooms}
    addressing = Addressing(database, sorted(people_told_by), in_rooms)
    outbox_age = OutboxAge(Outbox(database), measures)
    return Relay(
        Part("intake", intake.once, settings.intake_interval),
        Part("readiness", readiness.once, settings.intake_interval),
        Part("engine", engine.once, settings.outbox_interval),
        Part("spreading", Spreader(deliveries, receivers).once, settings.outbox_interval),
        *(
            Part(
                f"webhook {receiver.name}",
                WebhookRelay(deliveries, receiver, web, settings.public_url).once,
                settings.outbox_interval,
            )
            for receiver in receivers
        ),
        Part("telling", NoticeSpreader(addressing).once, settings.outbox_interval),
        *(
            Part(
                f"notices by {channel}",
                NoticeRelay(notices, channel, carrier, settings.public_url).once,
                settings.outbox_interval,
            )
            for channel, carrier in told_by.items()
        ),
        Part("unheard hints", sweep.unheard_hints, SWEEP_EVERY),
        Part("stopped cases", sweep.stopped_cases, SWEEP_EVERY),
        Part("unconfirmed moves", sweep.unconfirmed_moves, SWEEP_EVERY),
        Part("untold changes", sweep.changes_nobody_told, SWEEP_EVERY),
        Part("further demand", DemandRelay(database).once, SWEEP_EVERY),
        Part("moments", sweep.moments_that_came, SWEEP_EVERY),
        Part("daily reports", sweep.reports_due, SWEEP_EVERY),
        Part("hold lists", sweep.hold_lists_due, SWEEP_EVERY),
        Part("ageing holds", sweep.holds_that_aged, SWEEP_EVERY),
        Part("what came back", sweep.what_came_back, SWEEP_EVERY),
        Part("untold readiness", readiness.untold, SWEEP_EVERY),
        Part("outbox age", outbox_age.once, MEASURE_EVERY),
        Part("garbage", Garbage(database).once, GARBAGE_EVERY),
        Part("failing cases", FailingCases(client, measures).once, SWEEP_EVERY),
    )
