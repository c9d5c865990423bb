"""Story 7: worker and server are killed in every state that a story of each process comes to; it comes out the same."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from benchmarks.system import Engine, start_engine
from domain.fact import Reading
from relay.outbox import EngineRelay
from runtime.children import Children
from runtime.policies import publish_defaults
from storage.database import Database
from storage.facts import FactStore
from storage.migration import upgrade
from storage.outbox import Outbox
from storage.tables.cases import TrailRow
from tests.acceptance import test_changed_orders as orders
from tests.acceptance.mortal import Workplace, work
from tests.support.invariants import check_invariants
from tests.support.replaying import histories, replay
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import small_plant
from tests.workflows import test_asking_back as asking_back
from tests.workflows import test_dispatch_release as dispatch
from tests.workflows import test_quality_alert as alert
from tests.workflows import test_quality_hold as quality
from tests.workflows import test_schedule_adjustment as schedule
from tests.workflows import test_shortage as shortage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks workers, and kills them")

Story = Callable[[RunningPlant], Awaitable[None]]

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.acceptance.mortal"])
PATIENCE = 60.0

STORIES: dict[str, Story] = {
    "an order is split": orders.test_story_1_more_than_there_is_goes_in_two_parts_once_the_customer_agrees,
    "something is found out first": asking_back.test_finds_out_what_the_planner_wants_and_asks_anew,
    "a plan is moved": schedule.test_moves_what_cannot_be_done_as_planned_and_tells_who_works_by_the_plan,
    "a shortage stays": shortage.test_what_stays_short_is_proposed_to_those_whose_promise_it_breaks,
    "a lot is reworked": quality.test_reworks_has_somebody_else_inspect_it_and_releases_what_came_well,
    "a rule is ended": alert.test_closed_it_stops_no_more_lots_and_lets_none_go,
    "a shipment leaves": dispatch.test_leaves_when_each_has_done_his_part_and_everybody_is_told,
    "loading is stopped": dispatch.test_stops_loading_when_a_lot_is_held_and_goes_on_once_it_is_released,
}
"""Each asserts for itself how it comes out: the same, whether or not anybody dies."""


class _Impatient(Interceptor):
    """Has the engine miss a worker after two seconds instead of ten: nothing else is quicker for it."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - as it is called
        return _StartsImpatiently(next)


class _StartsImpatiently(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002
        input.task_timeout = timedelta(seconds=2)
        return await super().start_workflow(input)


@asynccontextmanager
async def mortal_plant(home: Path) -> AsyncIterator[tuple[RunningPlant, Path]]:
    """The small plant, whose worker and server are killed and begin again; and where it is kept in which states."""
    url, graves, now = f"sqlite+aiosqlite:///{home / 'lockstep.db'}", home / "graves", datetime.now(UTC)
    graves.mkdir()
    await asyncio.to_thread(upgrade, url)
    database, children = Database(url), Children(home / "logs", print)
    await publish_defaults(database)
    told = [Reading(fact=fact, source="erp", version="1", as_of=now) for fact in small_plant(now)]
    await FactStore(database).keep(told)
    engine = await start_engine(children, home)
    client = await Client.connect(engine.address, data_converter=pydantic_data_converter, interceptors=[_Impatient()])
    at = Workplace(url, engine.address, "mortal", graves)
    relay = EngineRelay(Outbox(database), database, client, at.task_queue, "http://lockstep.test")
    plant = RunningPlant(WorkflowEnvironment.from_client(client), database, relay, now, patience=PATIENCE)
    dying = asyncio.create_task(_die_and_begin_again(children, engine, at))
    try:
        yield plant, graves
        await check_invariants(database)
        for history in await histories(client, await plant.workflow_ids()):
            await replay(history)
    finally:
        dying.cancel()
        with suppress(asyncio.CancelledError):
            await dying
        await children.stop(within=10)
        await database.close()


async def _die_and_begin_again(children: Children, engine: Engine, at: Workplace) -> None:
    server = engine.program
    while True:
        worker = FORKS.Process(target=work, args=(at,), daemon=True)
        worker.start()
        try:
            while worker.is_alive():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
        finally:
            worker.kill()
        await children.kill(server)
        server = await children.start("temporal again", engine.command)
        while not await _answers(engine.address):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)


async def _answers(address: str) -> bool:
    try:
        return await (await Client.connect(address)).service_client.check_health()
    except (RPCError, RuntimeError):  # one that cannot be reached is a bare RuntimeError
        return False


@pytest.mark.parametrize("story", STORIES)
async def test_story_7_it_comes_out_the_same(story: str, tmp_path: Path) -> None:
    async with mortal_plant(tmp_path) as (plant, graves):
        await STORIES[story](plant)

        async with plant.database.reading() as session:
            entered = (await session.exec(select(TrailRow).where(TrailRow.action == "entered"))).all()
        been = {line.to_state for line in entered}
        assert len(been) > 2
        assert been | {"received"} <= {grave.name for grave in graves.iterdir()}
