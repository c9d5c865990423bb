"""A stuck case is moved by hand: it holds at once, and goes back unless the plant manager confirms it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from domain.decision import Answer, Channel, NotAllowed
from domain.facts import Job, Lot, LotStatus, OrderLine
from domain.force import ForcedMove, ForceRefused
from domain.ports import EffectRefused
from relay.sweep import Sweep
from storage.cases import OpenedCase
from storage.database import Database
from storage.decisions import Decisions
from tests.storage.plant import seen_now
from tests.support.running_plant import RunningPlant, person
from tests.workflows.test_writing import Faults, decided, stubborn_plant


async def undecided(plant: RunningPlant) -> str:
    case_id = (await plant.change("SO-2", quantity="14")).case_id
    await plant.until(case_id, "awaiting_decision")
    return case_id


async def confirm(plant: RunningPlant, moved: ForcedMove, by: str = "paul") -> None:
    said = Answer(choice="confirm", seen=await seen_now(plant.database, moved.question))
    await Decisions(plant.database).answer(moved.question, said, person(by), Channel.API, datetime.now(UTC))
    await plant.relay.once()


async def put_back(plant: RunningPlant, moved: ForcedMove) -> None:
    seen = await seen_now(plant.database, moved.question)
    said = Answer(choice="put_back", reason="There was another way.", seen=seen)
    await Decisions(plant.database).answer(moved.question, said, person("paul"), Channel.API, datetime.now(UTC))
    await plant.relay.once()


async def nobody_says_anything(plant: RunningPlant) -> None:
    later = datetime.now(UTC) + timedelta(minutes=31)
    await Sweep(plant.database, plant.environment.client, now=lambda: later).unconfirmed_moves()
    await plant.relay.once()


async def test_a_forced_case_asks_there_at_once_and_goes_on_from_there(plant: RunningPlant) -> None:
    case_id = await undecided(plant)

    moved = await plant.force(case_id, "needs_information")
    (asked,) = await plant.questions(case_id)
    await confirm(plant, moved)
    await plant.answer(asked, "assess_again", by="anna", reason="He rang.")
    await plant.until(case_id, "awaiting_decision")
    await plant.agree(case_id, "awaiting_decision", "expedite")
    await plant.take_over(case_id)

    await plant.until(case_id, "completed")
    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 14
    told = {line.action: line for line in await plant.trail(case_id)}
    assert told["forced"].details["severity"] == "critical"
    assert told["force_confirmed"].details["settled_by"] == "Paul"


async def test_without_a_word_it_is_where_it_was_with_the_question_as_it_was(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    (before,) = await plant.questions(case_id)

    await plant.force(case_id, "needs_information")
    await nobody_says_anything(plant)
    await plant.until(case_id, "awaiting_decision")
    (after,) = await plant.questions(case_id)

    assert (after.id, after.due_at, after.asked_at) == (before.id, before.due_at, before.asked_at)
    await plant.answer(after, "expedite", by="boris")
    await plant.take_over(case_id)
    await plant.until(case_id, "completed")


async def test_a_case_that_was_ended_by_force_is_open_again_when_the_plant_manager_says_no(
    plant: RunningPlant,
) -> None:
    case_id = await undecided(plant)
    (before,) = await plant.questions(case_id)

    moved = await plant.force(case_id, "withdrawn")
    ended = await plant.case(case_id)
    await put_back(plant, moved)
    await plant.until(case_id, "awaiting_decision")
    (after,) = await plant.questions(case_id)

    assert ended.closed_at is not None
    assert after.id == before.id
    await plant.answer(after, "reject", by="boris", reason="The foundry is closed.")
    await plant.until(case_id, "rejected")


async def test_what_was_ended_by_force_stays_so_once_another_case_is_about_it(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    moved = await plant.force(case_id, "withdrawn")
    newer: OpenedCase = await plant.change("SO-2", quantity="12")

    await put_back(plant, moved)
    await plant.until(newer.case_id, "awaiting_decision")

    assert (await plant.case(case_id)).state == "withdrawn"
    stands = next(line for line in await plant.trail(case_id) if line.action == "force_stands")
    assert "another case is open about the same" in stands.reason
    assert stands.details["severity"] == "critical"


async def test_a_case_whose_workflow_is_gone_is_moved_all_the_same(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    await (await plant.handle(case_id)).terminate("Somebody pressed the wrong button.")

    moved = await plant.force(case_id, "needs_information")
    await confirm(plant, moved)
    await plant.say(case_id, "needs_information", "drop", by="anna", reason="He does not want it any more.")

    await plant.until(case_id, "withdrawn")


async def test_the_run_from_before_is_ended_and_the_next_case_about_it_runs(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    before = await (await plant.handle(case_id)).describe()

    moved = await plant.force(case_id, "assessing")
    await plant.until(case_id, "awaiting_decision")
    earlier = plant.environment.client.get_workflow_handle(before.id, run_id=before.run_id)

    assert (await earlier.describe()).status is WorkflowExecutionStatus.TERMINATED
    await confirm(plant, moved)
    await plant.withdraw(case_id, "Not wanted any more.")
    await plant.until(case_id, "withdrawn")
    newer = await plant.change("SO-2", quantity="12")
    await plant.until(newer.case_id, "awaiting_decision")


async def test_what_was_written_since_stands_though_nobody_confirmed_the_move(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    moved = await plant.force(case_id, "assessing")
    await plant.agree(case_id, "awaiting_decision", "expedite")
    await plant.until(case_id, "propagating")

    await put_back(plant, moved)
    await plant.take_over(case_id)

    await plant.until(case_id, "completed")
    assert (await plant.fact(Job, "J-2")).quantity == 14
    stands = next(line for line in await plant.trail(case_id) if line.action == "force_stands")
    assert "what was written since stands" in stands.reason


async def test_what_is_written_is_not_forced_away(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    await plant.agree(case_id, "awaiting_decision", "expedite")
    await plant.until(case_id, "propagating")

    with pytest.raises(ForceRefused, match="is in force"):
        await plant.force(case_id, "withdrawn")

    refused = (await plant.trail(case_id))[-1]
    assert (refused.action, refused.details["to"]) == ("force_refused", "withdrawn")
    await plant.take_over(case_id)
    await plant.until(case_id, "completed")


async def test_a_write_that_failed_goes_on_when_its_end_by_force_is_put_back(
    environment: WorkflowEnvironment, database: Database
) -> None:
    async with stubborn_plant(environment, database, Faults([EffectRefused("Locked.")])) as plant:
        case_id = await decided(plant)
        await plant.until(case_id, "commit_failed")

        moved = await plant.force(case_id, "abandoned")
        await put_back(plant, moved)
        await plant.until(case_id, "propagating")

        assert (await plant.fact(Job, "J-2")).quantity == 14


async def test_no_held_lot_leaves_by_force(plant: RunningPlant) -> None:
    opened = await plant.open(
        "quality_hold", by="ines", item="VALVE", lot="V1", severity="functional", defect="Cracks."
    )
    await plant.until(opened.case_id, "contained")

    for state in ("released", "disposed", "withdrawn", "ready_to_release", "needs_information"):
        with pytest.raises(ForceRefused):
            await plant.force(opened.case_id, state)

    moved = await plant.force(opened.case_id, "assessing")
    await confirm(plant, moved)
    await plant.until(opened.case_id, "contained")
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD


async def test_who_forces_does_not_confirm(plant: RunningPlant) -> None:
    case_id = await undecided(plant)
    moved = await plant.force(case_id, "needs_information")

    with pytest.raises(NotAllowed):
        await confirm(plant, moved, by="adam")

    await nobody_says_anything(plant)
    await plant.until(case_id, "awaiting_decision")
