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
from temporalio.testing import WorkflowEnvironment

from connectors.plant.plant import EmbeddedPlant
from domain.decision import Channel
from domain.effect import ReviseOrderLine
from domain.evidence import digest
from domain.fact import Reading
from domain.facts import Job, OrderLine
from relay.following import TAKEN_BACK
from relay.intake import IntakeRelay
from relay.sweep import FOUND, Sweep
from runtime.policies import publish_defaults
from storage.bypasses import BypassReader
from storage.cases import Cases
from storage.database import Database
from storage.facts import FactStore
from storage.intake import IncomingEvent, Intake
from storage.tables.messages import OutboxRow
from tests.relay.record import ERP, NOON, Clock, cases, line, trail
from tests.support.running_plant import CONCESSION, RunningPlant
from tests.support.small_plant import SITE


def sweep(record: Database, environment: WorkflowEnvironment, ahead: timedelta = timedelta(0)) -> Sweep:
    return Sweep(record, environment.client, now=lambda: datetime.now(UTC) + ahead)


async def loaded(record: Database, version: str, *, source: str = "file", **different: object) -> None:
    """The order line is different, and no event said so."""
    known = await line(record)
    told = OrderLine.model_validate(known.model_dump(mode="json") | different)
    as_of = datetime.now(UTC)
    await FactStore(record).keep([Reading(fact=told, source=source, version=version, as_of=as_of)])


# What the engine no longer runs.


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

    found = await sweep(plant.database, plant.environment).stopped_cases()
    again = await sweep(plant.database, plant.environment).stopped_cases()
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

    await sweep(plant.database, plant.environment).stopped_cases()
    await plant.relay.once()
    case = await plant.until(case_id, "rejected")

    assert case.because == "The foundry is closed."


async def test_a_case_the_engine_has_lost_is_looked_at_anew(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    (lost,) = await plant.questions(case_id)
    await forget(plant, case_id)

    found = await sweep(plant.database, plant.environment).stopped_cases()
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

    await sweep(plant.database, plant.environment).stopped_cases()
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

    await sweep(plant.database, plant.environment).stopped_cases()
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
    await sweep(plant.database, plant.environment).stopped_cases()
    await plant.relay.once()
    await handle.terminate()

    at_once = await sweep(plant.database, plant.environment).stopped_cases()
    later = await sweep(plant.database, plant.environment, timedelta(seconds=31)).stopped_cases()

    assert (at_once, later) == (0, 1)
    await plant.relay.once()


async def test_where_all_is_well_the_sweep_does_nothing(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    before = len(await trail(plant.database, case_id))
    looks = sweep(plant.database, plant.environment, timedelta(hours=1))

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

    early = await sweep(plant.database, plant.environment, timedelta(seconds=55)).unheard_hints()
    due = await sweep(plant.database, plant.environment, timedelta(seconds=65)).unheard_hints()
    twice = await sweep(plant.database, plant.environment, timedelta(seconds=65)).unheard_hints()
    async with plant.database.transaction() as session:
        await session.exec(update(OutboxRow).values(due_at=datetime.now(UTC)))
    await plant.relay.once()
    case = await plant.until(case_id, "withdrawn")

    assert (early, due, twice) == (0, 1, 0)
    assert case.because == "Never mind."


# Changes that no event told of.


async def test_a_change_that_no_event_told_of_opens_a_case_once(
    record: Database, environment: WorkflowEnvironment
) -> None:
    was = await line(record)
    await loaded(record, "2", quantity="14")

    first = await sweep(record, environment).changes_nobody_told()
    second = await sweep(record, environment).changes_nobody_told()

    (case,) = await cases(record)
    assert (first, second) == (1, 0)
    assert (case.request["reason"], case.request["comment"]) == ("REGULARISE", FOUND)
    assert case.request["already_made"] is True
    assert case.before["fact"]["quantity"] == str(was.quantity)
    assert case.requester["id"] == "lockstep"


async def test_a_change_that_an_event_told_of_is_not_found_again(
    record: Database, environment: WorkflowEnvironment
) -> None:
    data = (await line(record)).model_dump(mode="json") | {"quantity": "14"}
    event = IncomingEvent(source="/erp", id="1", type="lockstep.fact.order_line.v1", data=data)
    await Intake(record).receive([event], ERP, (SITE,), NOON + timedelta(minutes=1))
    await IntakeRelay(record, {}, now=Clock()).once()

    assert await sweep(record, environment).changes_nobody_told() == 0
    assert len(await cases(record)) == 1


async def test_an_event_that_comes_after_a_bypass_tells_of_both_changes(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await loaded(record, "2", source="/erp", quantity="14")
    data = (await line(record)).model_dump(mode="json") | {"revision": "B"}
    now = datetime.now(UTC) + timedelta(minutes=1)
    event = IncomingEvent(source="/erp", id="1", type="lockstep.fact.order_line.v1", data=data)
    await Intake(record).receive([event], ERP, (SITE,), now)
    await IntakeRelay(record, {}, now=lambda: now).once()

    (case,) = await cases(record)
    assert (case.request["quantity"], case.request["revision"]) == ("14", "B")
    assert await sweep(record, environment).changes_nobody_told() == 0


async def test_a_second_bypass_is_settled_with_the_first_from_what_was_decided_last(
    record: Database, environment: WorkflowEnvironment
) -> None:
    was = await line(record)
    await loaded(record, "2", quantity="14")
    await sweep(record, environment).changes_nobody_told()
    await loaded(record, "3", quantity="14", revision="B")
    await sweep(record, environment).changes_nobody_told()

    first, second = await cases(record)
    assert (second.supersedes, second.before["fact"]["quantity"]) == (first.id, str(was.quantity))
    assert (second.request["quantity"], second.request["revision"]) == ("14", "B")
    counted = await BypassReader(record).at_site(SITE, datetime.now(UTC))
    assert (counted.changes, counted.undecided, counted.rate) == (2, 2, 1)
    assert [one.became for one in counted.newest] == [f"superseding {second.id}", f"opened {first.id}"]


async def test_a_bypass_that_was_put_back_by_hand_needs_nobody_any_more(
    record: Database, environment: WorkflowEnvironment
) -> None:
    was = await line(record)
    await loaded(record, "2", quantity="14")
    await sweep(record, environment).changes_nobody_told()
    await loaded(record, "3", quantity=str(was.quantity))
    await sweep(record, environment).changes_nobody_told()

    (case,) = await cases(record)
    told = (await trail(record, case.id))[-1]
    assert (told.action, told.reason) == ("withdraw", TAKEN_BACK)


async def test_what_we_wrote_ourselves_is_no_bypass(record: Database, environment: WorkflowEnvironment) -> None:
    known = await FactStore(record).read(OrderLine, SITE, "SO-2:10")
    ours = ReviseOrderLine(
        site=SITE, order="SO-2", line="10", cancelled=True, item=known.fact.item,
        revision=known.fact.revision, quantity=known.fact.quantity, requested_at=known.fact.requested_at,
        promised_at=known.fact.promised_at, priority=known.fact.priority, expected=digest(known.fact),
    )  # fmt: skip
    plant = EmbeddedPlant(record)
    await plant.apply(ours, "OC-1/1")
    written = await sweep(record, environment).changes_nobody_told()
    await plant.undo(ours, "OC-1/1")

    assert (written, await sweep(record, environment).changes_nobody_told()) == (0, 0)
    assert await cases(record) == []


async def test_a_change_that_was_taken_back_before_anybody_looked_opens_nothing(
    record: Database, environment: WorkflowEnvironment
) -> None:
    was = await line(record)
    await loaded(record, "2", quantity="14")
    await loaded(record, "3", quantity=str(was.quantity))

    await sweep(record, environment).changes_nobody_told()

    assert await cases(record) == []
    assert await sweep(record, environment).changes_nobody_told() == 0


async def test_a_change_without_a_policy_waits_for_one(
    database: Database, record: Database, environment: WorkflowEnvironment
) -> None:
    known = await line(record)
    await FactStore(database).keep([Reading(fact=known, source="file", version="1", as_of=NOON)])
    await loaded(database, "2", quantity="14")

    without = await sweep(database, environment).changes_nobody_told()
    await publish_defaults(database)
    with_one = await sweep(database, environment).changes_nobody_told()

    assert (without, with_one) == (0, 1)
    assert len(await cases(database)) == 1


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
