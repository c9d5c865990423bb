"""Whatever a process writes may be refused: nobody acts as if it were so, and somebody says how it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.effect_shape import EffectShape
from domain.facts import Job, Lot, LotStatus, Shipment, ShipmentStatus
from domain.ports import EffectRefused
from domain.release import Hold, HoldRule
from domain.shipment_effect import IssueGoods
from storage.database import Database
from tests.support import missing_housings as shortage
from tests.support.running_plant import RunningPlant
from tests.workflows import test_dispatch_release as dispatch
from tests.workflows import test_quality_alert as alert
from tests.workflows import test_quality_hold as quality
from tests.workflows import test_schedule_adjustment as schedule
from tests.workflows.test_writing import Faults, stubborn_plant


@pytest.fixture
async def refusing(
    request: pytest.FixtureRequest, environment: WorkflowEnvironment, database: Database
) -> AsyncIterator[RunningPlant]:
    """The small plant, whose systems refuse the first few writes."""
    faults = Faults([EffectRefused("Locked by the night run.")] * request.param)
    async with stubborn_plant(environment, database, faults, of=EffectShape) as plant:
        yield plant


def refuses(writes: int) -> pytest.MarkDecorator:
    """So many writes are refused."""
    return pytest.mark.parametrize("refusing", [writes], indirect=True)


async def refused(plant: RunningPlant, case: str, choices: Sequence[str], by: str) -> None:
    """Who owns it is asked how it goes on, and has it tried again, in vain."""
    failed = await plant.until(case, "commit_failed")
    (repair,) = await plant.questions(case)
    assert failed.because == "Locked by the night run."
    assert [choice["name"] for choice in repair.draft["choices"]] == list(choices)

    await plant.answer(repair, "retry", by=by)

    await plant.when(lambda: asked_again(plant, repair.id))
    assert (await plant.case(case)).because == "Locked by the night run."


async def asked_again(plant: RunningPlant, before: str) -> bool:
    """Whether it was tried again, and the same is asked once more."""
    case = before.rpartition("-")[0].rpartition("-")[0]
    return [asked.draft["topic"] for asked in await plant.questions(case) if asked.id != before] == ["repair"]


ALL = ("retry", "done_by_hand", "abandon")
KEPT = ALL[:2]
"""What is held, or stopped, is not given up because a system does not write it."""


@refuses(3)
async def test_a_shipment_is_not_let_go_by_what_was_not_written(refusing: RunningPlant) -> None:
    plant = refusing
    case = await dispatch.opened(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await refused(plant, case, ALL, by="emma")
    await plant.say(case, "commit_failed", "done_by_hand", by="emma", reason="It is in the dock's book.")

    # Whoever says so is believed only as far as the systems say so, too.
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "commit_failed", "abandon", by="emma", reason="Not today.")
    await plant.until(case, "abandoned")

    assert {effect.state for effect in await plant.effects(case)} == {"refused"}
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.PICKED


@refuses(2)
async def test_a_lot_stays_held_here_until_it_is_blocked_elsewhere(refusing: RunningPlant) -> None:
    plant = refusing
    case = await quality.held(plant)
    await refused(plant, case, KEPT, by="quin")
    assert (await plant.fact(Hold, "VALVE:V1")).active
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.UNRESTRICTED

    await plant.say(case, "commit_failed", "done_by_hand", by="quin", reason="It is locked in the store.")
    await plant.until(case, "contained")

    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD


@refuses(2)
async def test_a_rule_stops_lots_until_its_end_is_written(refusing: RunningPlant) -> None:
    plant = refusing
    case = await alert.alert(plant)
    await plant.say(case, "in_force", "close", by="quin", evidence="The tool was changed.")
    await plant.say(case, "awaiting_second", "close", by="rosa")
    await refused(plant, case, KEPT, by="quin")
    assert (await plant.fact(HoldRule, "machine:M3")).active

    await plant.say(case, "commit_failed", "done_by_hand", by="quin", reason="Told everybody.")
    await plant.say(case, "awaiting_second", "close", by="rosa")
    await plant.until(case, "closed")

    assert not (await plant.fact(HoldRule, "machine:M3")).active


@refuses(2)
async def test_nothing_is_ordered_by_what_was_given_up(refusing: RunningPlant) -> None:
    plant = refusing
    case = await shortage.short(plant)
    await plant.say(case, "awaiting_decision", "expedite-Foundry", by="dev")
    await refused(plant, case, ALL, by="dev")

    await plant.say(case, "commit_failed", "abandon", by="dev", reason="Somebody else sees to it.")
    await plant.until(case, "abandoned")

    assert {effect.state for effect in await plant.effects(case)} == {"refused"}


@refuses(1)
async def test_what_was_ordered_by_hand_counts_once_it_is_told(refusing: RunningPlant) -> None:
    plant = refusing
    case = await shortage.short(plant)
    await plant.say(case, "awaiting_decision", "expedite-Foundry", by="dev")

    await plant.say(case, "commit_failed", "done_by_hand", by="dev", reason="Ordered by telephone.")
    await plant.until(case, "awaiting_decision")
    await plant.tell(shortage.housings(10))
    await shortage.quiet_until(plant, case, "propagating")


@refuses(2)
async def test_no_job_is_moved_by_what_was_given_up(refusing: RunningPlant) -> None:
    plant = refusing
    case = await schedule.confirmed(plant, hours=4)
    await plant.agree(case, "awaiting_decision", "do_nothing", but="carla")
    await refused(plant, case, ALL, by="boris")

    await plant.say(case, "commit_failed", "abandon", by="boris", reason="It is repaired.")
    await plant.until(case, "abandoned")

    assert await plant.fact(Job, "J-2") == schedule.soon(plant.now)


@refuses(1)
async def test_a_plan_that_somebody_cannot_work_by_is_made_anew(refusing: RunningPlant) -> None:
    plant = refusing
    case = await schedule.confirmed(plant, hours=4)
    await plant.agree(case, "awaiting_decision", "do_nothing", but="carla")
    await plant.say(case, "commit_failed", "done_by_hand", by="boris", reason="It is on the board.")

    await plant.until(case, "propagating")
    asked = {one.draft["topic"]: one for one in await plant.questions(case)}
    await plant.answer(asked["production"], "refuse", by="carla", reason="The night shift is ill.")
    anew = await plant.until(case, "awaiting_decision")

    assert anew.assessment > 1
    assert any("The night shift is ill." in line.reason for line in await plant.trail(case))


async def test_what_has_left_by_hand_is_handed_on(environment: WorkflowEnvironment, database: Database) -> None:
    faults = Faults([EffectRefused("The period is closed.")])
    async with stubborn_plant(environment, database, faults, of=IssueGoods) as plant:
        case = await dispatch.opened(plant)
        await plant.say(case, "awaiting_approval", "release", by="sven")
        await plant.say(case, "approved", "load", by="willa", **dispatch.VEHICLE)
        await plant.say(case, "loading", "complete_loading", by="willa")
        await plant.until(case, "ready_to_depart")
        await plant.tell(dispatch.HELD)
        await plant.until(case, "load_stopped")
        await plant.tell(dispatch.HELD.model_copy(update={"active": False}))
        await plant.say(case, "ready_to_depart", "depart", by="emma", seal="S-1")

        failed = await plant.until(case, "commit_failed")
        (repair,) = await plant.questions(case)
        await plant.answer(repair, "done_by_hand", by="emma", reason="Booked in the new period.")
        await plant.take_over(case)
        await plant.until(case, "dispatched")

        assert failed.because == "The period is closed."
        # What stands on the vehicle is not put back by writing so.
        assert [choice["name"] for choice in repair.draft["choices"]] == list(KEPT)


STOPPED = {
    "schedule_adjustment": (schedule.down, "triage", "carla"),
    "shortage": (shortage.short, "awaiting_decision", "carla"),
    "dispatch_release": (dispatch.opened, "awaiting_approval", "emma"),
}


@pytest.mark.parametrize("process", STOPPED)
async def test_nothing_is_asked_any_more_of_what_was_taken_back(plant: RunningPlant, process: str) -> None:
    begin, asking, by = STOPPED[process]
    case = await begin(plant)
    await plant.until(case, asking)

    await plant.withdraw(case, "A mistake.", by=by)
    over = await plant.until(case, "withdrawn")

    assert over.because == "A mistake."
    assert await plant.questions(case) == []
    assert await plant.effects(case) == []
