"""Cases and their engine: told once, told late, told again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import update
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RetryConfig
from temporalio.testing import WorkflowEnvironment

from domain.case import Step
from domain.catalog import PROCESSES
from domain.decision import Channel
from relay.outbox import EngineRelay
from relay.sweep import Sweep
from runtime.dev_server import free_port, temporal_command
from storage.cases import Cases
from storage.database import Database
from storage.outbox import MessageKind, Outbox, post
from storage.record import CaseRecord
from storage.tables.messages import OutboxRow
from tests.relay.record import ERP, cases, messages
from tests.support.small_plant import SITE
from workflows.search_attributes import SEARCH_ATTRIBUTES


def relay_to(record: Database, client: Client, queue: str = "nobody") -> EngineRelay:
    return EngineRelay(Outbox(record), record, client, queue, "http://lockstep.example")


async def asked(record: Database, order: str = "SO-2", quantity: str = "14") -> str:
    """A case."""
    process = PROCESSES["order_change"]
    request = process.request.model_validate(
        {"order": order, "line": "10", "quantity": quantity, "reason": "OTHER", "comment": "Müller called."}
    )
    opened = await Cases(record).open(process, SITE, request, ERP, Channel.API, datetime.now(UTC))
    return opened.case_id


async def make_due(record: Database) -> None:
    """The pause after a try in vain is over."""
    async with record.transaction() as session:
        await session.exec(update(OutboxRow).values(due_at=datetime.now(UTC)))


@pytest.fixture
async def engine(environment: WorkflowEnvironment) -> Client:
    """The engine."""
    return environment.client


async def ended(client: Client, record: Database) -> None:
    """Nothing of this test runs any more."""
    for case in await cases(record):
        await client.get_workflow_handle(case.workflow_id).terminate("The test is over.")


async def test_a_case_told_twice_runs_once_and_says_what_it_is_about(engine: Client, record: Database) -> None:
    case_id = await asked(record)
    (case,) = await cases(record)
    relay = relay_to(record, engine)

    await relay.once()
    first = await engine.get_workflow_handle(case.workflow_id).describe()
    async with record.transaction() as session:
        post(session, MessageKind.START, case, at=datetime.now(UTC))
    await relay.once()
    second = await engine.get_workflow_handle(case.workflow_id).describe()
    await ended(engine, record)

    assert first.run_id == second.run_id
    assert [message.state for message in await messages(record, "start")] == ["delivered", "delivered"]
    assert await first.memo() == {"case_id": case_id, "forced": 0}
    assert await first.static_summary() == f"{case_id} order change: SO-2:10 at north"
    assert "Müller called." in (await first.static_details() or "")


async def test_a_case_waits_while_the_one_before_is_still_ending(engine: Client, record: Database) -> None:
    await asked(record)
    (case,) = await cases(record)
    before = await engine.start_workflow(
        "order_change", id=case.workflow_id, task_queue="nobody", memo={"case_id": "OC-0"}
    )
    relay = relay_to(record, engine)

    await relay.once()
    (waiting,) = await messages(record, "start")
    await before.terminate()
    await make_due(record)
    await relay.once()
    run = await engine.get_workflow_handle(case.workflow_id).describe()
    await ended(engine, record)

    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert "still runs" in waiting.error
    assert (await run.memo())["case_id"] == case.id
    assert run.status is WorkflowExecutionStatus.RUNNING


async def test_a_run_ended_before_its_first_task_was_done_begins_again_with_what_it_was_given(
    engine: Client, record: Database
) -> None:
    case_id = await asked(record)
    (case,) = await cases(record)
    relay = relay_to(record, engine)
    handle = engine.get_workflow_handle(case.workflow_id)
    await relay.once()
    step = Step(case_id=case_id, sequence=1, at=datetime.now(UTC), state="assessing", assessment=1)
    await CaseRecord(record).enter(step)
    await handle.terminate()

    found = await Sweep(record, engine).stopped_cases()
    await relay.once()
    run = await handle.describe()
    await ended(engine, record)

    assert found == 1
    assert run.status is WorkflowExecutionStatus.RUNNING
    assert (await cases(record))[0].state == "assessing"


async def test_a_hint_arrives_and_one_for_a_case_that_does_not_run_yet_is_no_trouble(
    engine: Client, record: Database
) -> None:
    case_id = await asked(record)
    (case,) = await cases(record)
    relay = relay_to(record, engine)
    await relay.once()

    await Cases(record).withdraw(case_id, "Never mind.", ERP, Channel.API, datetime.now(UTC))
    await relay.once()
    history = await engine.get_workflow_handle(case.workflow_id).fetch_history()
    await ended(engine, record)
    async with record.transaction() as session:
        post(session, MessageKind.HINT, case, at=datetime.now(UTC))
    await relay.once()

    signals = [event for event in history.events if event.HasField("workflow_execution_signaled_event_attributes")]
    assert [signal.workflow_execution_signaled_event_attributes.signal_name for signal in signals] == ["look_again"]
    assert [message.state for message in await messages(record, "hint")] == ["delivered", "delivered"]


async def test_a_message_nobody_can_deliver_does_not_hold_up_the_others(engine: Client, record: Database) -> None:
    await asked(record, "SO-2")
    await asked(record, "SO-1")
    first, second = await cases(record)
    async with record.transaction() as session:
        first.process = "moonwalk"
        session.add(first)

    await relay_to(record, engine).once()
    await engine.get_workflow_handle(second.workflow_id).terminate()

    assert [message.state for message in await messages(record, "start")] == ["waiting", "delivered"]


async def test_nothing_is_lost_while_the_engine_is_away(record: Database, tmp_path: Path) -> None:
    port = free_port(19233)

    async def start() -> WorkflowEnvironment:
        return await WorkflowEnvironment.start_local(
            port=port,
            data_converter=pydantic_data_converter,
            search_attributes=SEARCH_ATTRIBUTES,
            retry_config=RetryConfig(max_retries=1),
            dev_server_existing_path=str(temporal_command()),
            dev_server_database_filename=str(tmp_path / "temporal.db"),
        )

    first = await start()
    relay = relay_to(record, first.client)
    await first.shutdown()
    await asked(record, "SO-2")
    await asked(record, "SO-1")

    passed_while_away = await relay.once()
    away = await messages(record, "start")
    second = await start()
    passed = 0
    async with asyncio.timeout(20):
        while passed < 2:
            await make_due(record)
            passed += await relay.once()
            await asyncio.sleep(0.02)
    handles = [second.client.get_workflow_handle(case.workflow_id) for case in await cases(record)]
    statuses = [(await handle.describe()).status for handle in handles]
    await second.shutdown()

    assert passed_while_away == 0
    assert [(message.state, message.attempts) for message in away] == [("waiting", 1), ("waiting", 0)]
    assert [message.state for message in await messages(record, "start")] == ["delivered", "delivered"]
    assert statuses == [WorkflowExecutionStatus.RUNNING] * 2
