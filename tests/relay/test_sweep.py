"""What no message told is found by looking."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.decision import Channel
from domain.facts import Job, OrderLine
from relay.sweep import Sweep
from storage.cases import Cases
from storage.tables.messages import OutboxRow
from tests.relay.record import ERP, trail
from tests.support.running_plant import CONCESSION, RunningPlant


def sweep(plant: RunningPlant, ahead: timedelta = timedelta(0)) -> Sweep:
    return Sweep(plant.database, plant.environment.client, now=lambda: datetime.now(UTC) + ahead)


async def undecided(plant: RunningPlant) -> str:
    """A case that waits for the planner."""
    case_id = (await plant.change("SO-2", quantity="14")).case_id
    await plant.until(case_id, "awaiting_decision")
    return case_id


async def carried_through(plant: RunningPlant, case_id: str) -> None:
    """The planner decides, everybody takes it over, and the plant is as decided, once."""
    (question,) = await plant.questions(case_id)
    await plant.answer(question, "expedite", by="boris")
    await plant.until(case_id, "propagating")
    for handoff, by in zip(await plant.questions(case_id), ("carla", "dev", "anna"), strict=True):
        await plant.answer(handoff, "acknowledge", by=by)
    await plant.until(case_id, "completed")
    assert (await plant.fact(Job, "J-2")).quantity == 14
    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 14


@pytest.mark.parametrize("way", ["terminate", "cancel"])
async def test_a_case_whose_workflow_somebody_ended_goes_on_with_the_same_question(
    plant: RunningPlant, way: str
) -> None:
    case_id = await undecided(plant)
    asked = [question.id for question in await plant.questions(case_id)]
    handle = await plant.handle(case_id)
    if way == "terminate":
        await handle.terminate("An operator pressed the wrong button.")
    else:
        await handle.cancel()
        await until(plant, case_id, WorkflowExecutionStatus.CANCELED)

    found = await sweep(plant).stopped_cases()
    again = await sweep(plant).stopped_cases()
    await plant.relay.once()
    run = await handle.describe()

    assert (found, again) == (1, 0)
    assert run.status is WorkflowExecutionStatus.RUNNING
    assert (await trail(plant.database, case_id))[-1].action == "found_stopped"
    assert [question.id for question in await plant.questions(case_id)] == asked
    await carried_through(plant, case_id)


async def test_an_answer_given_while_the_workflow_was_gone_counts(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    await (await plant.handle(case_id)).terminate()
    (question,) = await plant.questions(case_id)
    await plant.answer(question, "reject", by="boris", reason="The foundry is closed.")

    await sweep(plant).stopped_cases()
    await plant.relay.once()
    case = await plant.until(case_id, "rejected")

    assert case.because == "The foundry is closed."


async def test_a_case_the_engine_has_lost_is_looked_at_anew(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    (lost,) = await plant.questions(case_id)
    await forget(plant, case_id)

    found = await sweep(plant).stopped_cases()
    await plant.relay.once()
    await plant.until(case_id, "awaiting_decision")
    (question,) = await plant.questions(case_id)

    assert found == 1
    assert question.id != lost.id
    actions = [entry.action for entry in await trail(plant.database, case_id)]
    assert actions[-4:] == ["found_stopped", "reopened", "entered", "entered"]
    await carried_through(plant, case_id)


async def test_a_decision_being_carried_out_when_the_engine_lost_it_is_carried_out_once(
    plant: RunningPlant,
) -> None:
    case_id = await undecided(plant)
    (question,) = await plant.questions(case_id)
    await plant.answer(question, "expedite", by="boris")
    await plant.until(case_id, "propagating")
    before = await plant.effects(case_id)
    await forget(plant, case_id)

    await sweep(plant).stopped_cases()
    await plant.relay.once()
    await plant.until(case_id, "propagating")
    for handoff, by in zip(await plant.questions(case_id), ("carla", "dev", "anna"), strict=True):
        await plant.answer(handoff, "acknowledge", by=by)
    await plant.until(case_id, "completed")

    assert [(row.key, row.state) for row in await plant.effects(case_id)] == [(row.key, row.state) for row in before]
    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 14


async def test_what_a_held_lot_was_divided_into_is_not_written_again_when_the_engine_lost_its_case(
    plant: RunningPlant,
) -> None:
    opened = await plant.open("quality_hold", by="emma", item="VALVE", lot="V1", defect="It leaks.")
    await plant.say(opened.case_id, "contained", "done", by="willa", counted="100", place="quarantine")
    await plant.say(
        opened.case_id, "investigating", "propose", by="quin", instructions="See drawing.", repair="100", **CONCESSION
    )
    await plant.agree(opened.case_id, "awaiting_disposition", "disposition")
    await plant.until(opened.case_id, "reworking")
    before = await plant.effects(opened.case_id)
    await forget(plant, opened.case_id)

    await sweep(plant).stopped_cases()
    await plant.relay.once()
    await plant.until(opened.case_id, "reworking")

    assert [(row.key, row.state) for row in await plant.effects(opened.case_id)] == [
        (row.key, row.state) for row in before
    ]
    states = [entry.to_state for entry in await trail(plant.database, opened.case_id) if entry.to_state]
    assert states[-3:] == ["received", "assessing", "reworking"]


async def test_a_case_that_stops_each_time_is_started_ever_more_slowly(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    handle = await plant.handle(case_id)
    await handle.terminate()
    await sweep(plant).stopped_cases()
    await plant.relay.once()
    await handle.terminate()

    at_once = await sweep(plant).stopped_cases()
    later = await sweep(plant, timedelta(seconds=31)).stopped_cases()

    assert (at_once, later) == (0, 1)
    await plant.relay.once()


async def test_where_all_is_well_the_sweep_does_nothing(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    before = len(await trail(plant.database, case_id))
    looks = sweep(plant, timedelta(hours=1))

    done = [await looks.unheard_hints(), await looks.stopped_cases(), await looks.changes_nobody_told()]

    assert done == [0, 0, 0]
    assert len(await trail(plant.database, case_id)) == before


# Hints that nobody heard.


async def test_a_hint_that_was_lost_on_its_way_is_given_again(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    await Cases(plant.database).withdraw(case_id, "Never mind.", ERP, Channel.API, datetime.now(UTC))
    async with plant.database.transaction() as session:
        lost = update(OutboxRow).where(col(OutboxRow.kind) == "hint")
        await session.exec(lost.values(state="delivered", sent_at=datetime.now(UTC)))

    early = await sweep(plant, timedelta(seconds=55)).unheard_hints()
    due = await sweep(plant, timedelta(seconds=65)).unheard_hints()
    twice = await sweep(plant, timedelta(seconds=65)).unheard_hints()
    async with plant.database.transaction() as session:
        await session.exec(update(OutboxRow).values(due_at=datetime.now(UTC)))
    await plant.relay.once()
    case = await plant.until(case_id, "withdrawn")

    assert (early, due, twice) == (0, 1, 0)
    assert case.because == "Never mind."


async def forget(plant: RunningPlant, case_id: str) -> None:
    """The engine has never heard of the case."""
    client, case = plant.environment.client, await plant.case(case_id)
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=case.workflow_id)
        )
    )
    await until(plant, case_id, None)


async def until(plant: RunningPlant, case_id: str, wanted: WorkflowExecutionStatus | None) -> None:
    """The engine says so of the case."""
    async with asyncio.timeout(10):
        while await status(plant, case_id) is not wanted:  # noqa: ASYNC110 - the engine tells nobody
            await asyncio.sleep(0.02)


async def status(plant: RunningPlant, case_id: str) -> WorkflowExecutionStatus | None:
    """What the engine says of the case; nothing if it does not know it."""
    try:
        return (await (await plant.handle(case_id)).describe()).status
    except RPCError as failure:
        if failure.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
