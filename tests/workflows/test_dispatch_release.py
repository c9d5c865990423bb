"""A shipment is let go: how it comes to leave, and what keeps it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.decision import NotAllowed
from domain.facts import Lot, OrderLine, Shipment, ShipmentStatus
from domain.policy import Condition, Row
from domain.readiness.shipments import content_of
from domain.release import DispatchApproval, Document, Hold
from runtime.policies import FOLDER, read_policy
from storage.tables.questions import QuestionRow
from tests.support.own_policy import in_force
from tests.support.ready_shipment import PAPERS, ready_shipment
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE
from tests.workflows.conftest import REPLAYED_TOO

VEHICLE = {"vehicle": "M-LK 77", "vehicle_fit": "yes", "driver": "ID L01X00T47", "seal": "S-1"}
HELD = Hold(site=SITE, item="VALVE", lot="V1", severity="functional", because="leaks", case="QH-0")


async def opened(plant: RunningPlant) -> str:
    """The case about SH-9, which lacks nothing."""
    await plant.tell(*ready_shipment(plant.now))
    return (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id


async def tasks(plant: RunningPlant, case: str) -> list[QuestionRow]:
    """What owners have to mend."""
    return [one for one in await plant.questions(case) if one.draft["topic"] != "content"]


@REPLAYED_TOO
async def test_leaves_when_each_has_done_his_part_and_everybody_is_told(plant: RunningPlant) -> None:
    case = await opened(plant)

    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.say(case, "ready_to_depart", "depart", by="emma", seal="S-1")
    await plant.until(case, "propagating")
    handed_over = {one.draft["topic"]: one.draft for one in await plant.questions(case)}
    await plant.take_over(case)
    await plant.until(case, "dispatched")
    await plant.look_at_the_clock(timedelta(minutes=16))
    (timed,) = [line.details for line in await plant.trail(case) if line.action == "ship_notice_timed"]

    assert timed["in_time"]
    assert timed["left_at"] == (await plant.fact(Shipment, "SH-9")).model_dump(mode="json")["left_at"]
    assert {topic: draft["title"] for topic, draft in handed_over.items()} == {
        "sales": "Tell the customer: SH-9 has left", "carrier": "Give CARRIER-1 the papers of SH-9",
    }  # fmt: skip
    assert all("- delivery note\n- labels\n- packing list" in draft["context"] for draft in handed_over.values())
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.DISPATCHED
    assert (await plant.fact(OrderLine, "SO-1:10")).shipped == 40
    assert (await plant.fact(Lot, "VALVE:V1")).quantity == 60
    assert (await plant.fact(DispatchApproval, "SH-9")).approved_by == "sven"
    assert any("L01X00T47" in str(line.details) for line in await plant.trail(case))
    written = [effect.body["kind"] for effect in await plant.effects(case)]
    assert written == ["approve_dispatch", "move_shipment", "move_shipment", "issue_goods", "send_ship_notice"]


async def test_tells_each_owner_what_he_can_mend_and_goes_on_by_itself_when_it_is_there(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now, without=Document))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.until(case, "gathering")
    (task,) = await tasks(plant, case)
    assert (task.draft["topic"], "packing_list" in task.draft["context"]) == ("dispatch", True)

    content = content_of(await plant.fact(Shipment, "SH-9"))
    for name in PAPERS:
        await plant.tell(Document(site=SITE, shipment="SH-9", document=name, status="final", describes=content))
    await plant.until(case, "awaiting_approval")

    assert "look_again" in [line.action for line in await plant.trail(case)]


async def test_what_is_asked_stays_asked_while_something_else_changes(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now, without=Document))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.until(case, "gathering")
    (asked,) = await tasks(plant, case)

    await plant.tell(HELD)
    while len(both := await tasks(plant, case)) < 2:
        await plant.relay.once()

    kept = next(question for question in both if question.id == asked.id)
    assert (kept.asked_at, kept.due_at) == (asked.asked_at, asked.due_at)
    assert {question.draft["topic"] for question in both} == {"dispatch", "quality_engineer"}


async def test_revokes_the_approval_when_a_lot_is_held(plant: RunningPlant) -> None:
    case = await opened(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")

    await plant.tell(HELD)
    await plant.until(case, "gathering")

    assert (await plant.fact(DispatchApproval, "SH-9")).revoked
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.PICKED


async def test_an_approval_dies_when_the_order_is_changed_and_it_is_let_go_anew_afterwards(plant: RunningPlant) -> None:
    case = await opened(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")

    change = (await plant.change("SO-1", requested_at=plant.now + timedelta(days=90))).case_id
    await plant.agree(change, "awaiting_decision", "accept_as_asked")
    because = (await plant.until(case, "gathering")).because
    revoked = (await plant.fact(DispatchApproval, "SH-9")).revoked
    await plant.take_over(change)
    await plant.until(change, "completed")
    await plant.until(case, "awaiting_approval")

    assert (because, revoked) == (f"SO-1:10 is just being changed: {change}.", True)


async def test_stops_loading_when_a_lot_is_held_and_goes_on_once_it_is_released(plant: RunningPlant) -> None:
    case = await opened(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.until(case, "loading")

    await plant.tell(HELD)
    await plant.until(case, "load_stopped")
    await plant.tell(HELD.model_copy(update={"active": False}))
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.until(case, "ready_to_depart")

    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.LOADED


async def test_unloads_what_must_not_leave_and_asks_for_another_release(plant: RunningPlant) -> None:
    case = await opened(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.until(case, "loading")
    await plant.tell(HELD)

    await plant.say(case, "load_stopped", "unload", by="emma")
    await plant.until(case, "gathering")

    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.PICKED
    assert (await plant.fact(DispatchApproval, "SH-9")).revoked


async def test_does_not_leave_with_another_seal_than_it_was_loaded_with(plant: RunningPlant) -> None:
    case = await opened(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.say(case, "loading", "complete_loading", by="willa")

    async def told() -> bool:
        other = "The vehicle has seal S-2; it was loaded with S-1."
        return any(other in line.reason for line in await plant.trail(case))

    await plant.say(case, "ready_to_depart", "depart", by="emma", seal="S-2")
    await plant.when(told)
    await plant.until(case, "ready_to_depart")
    stands = (await plant.fact(Shipment, "SH-9")).status
    await plant.say(case, "ready_to_depart", "unload", by="emma")
    await plant.until(case, "approved")

    assert stands is ShipmentStatus.LOADED
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.PICKED


async def test_whoever_picked_it_does_not_let_it_go(plant: RunningPlant) -> None:
    facts = ready_shipment(plant.now)
    picked = next(fact for fact in facts if isinstance(fact, Shipment)).model_copy(update={"picked_by": ("sven",)})
    await plant.tell(*facts, picked)
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id

    with pytest.raises(NotAllowed, match="sven picked SH-9"):
        await plant.say(case, "awaiting_approval", "release", by="sven")


async def test_goes_back_to_those_who_got_it_ready_when_it_is_not_let_go(plant: RunningPlant) -> None:
    case = await opened(plant)

    await plant.say(case, "awaiting_approval", "reject", by="sven", reason="The pallets lean.")
    await plant.until(case, "gathering")
    (task,) = await tasks(plant, case)
    assert "The pallets lean." in task.draft["context"]
    await plant.say(case, "gathering", "look_again", by="emma")
    await plant.until(case, "awaiting_approval")

    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.PICKED


async def test_asks_anew_when_the_approval_has_run_out(plant: RunningPlant) -> None:
    case = await opened(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")

    await plant.pass_time(case, timedelta(hours=4, minutes=1))

    # What it rests on has grown old meanwhile, too.
    await plant.until(case, "gathering")
    assert (await plant.fact(DispatchApproval, "SH-9")).valid_until - plant.now <= timedelta(hours=5)


async def test_cancelled_goods_do_not_leave(plant: RunningPlant) -> None:
    case = await opened(plant)
    await plant.until(case, "awaiting_approval")

    shipment = await plant.fact(Shipment, "SH-9")
    await plant.tell(shipment.model_copy(update={"status": ShipmentStatus.CANCELLED}))
    await plant.until(case, "cancelled")

    assert (await plant.fact(Lot, "VALVE:V1")).quantity == Decimal(100)


async def test_the_policy_lets_go_where_little_can_go_wrong_and_somebody_once_more_can(
    plant: RunningPlant,
) -> None:
    table = read_policy(FOLDER / "dispatch_release.yaml")
    little = Row(
        rule="little_at_risk", when=Condition(option=("release",), value_up_to=Decimal(400), all_pass=True),
        automatic=True,
    )  # fmt: skip
    await in_force(plant, table.model_copy(update={"rows": (little, *table.rows)}))
    case = await opened(plant)
    await plant.until(case, "approved")
    approved_by = (await plant.fact(DispatchApproval, "SH-9")).approved_by

    line = await plant.fact(OrderLine, "SO-1:10")
    await plant.tell(HELD, line.model_copy(update={"price": Decimal(11)}))
    await plant.until(case, "gathering")
    revoked = (await plant.fact(DispatchApproval, "SH-9")).revoked
    await plant.tell(HELD.model_copy(update={"active": False}))
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")

    assert (approved_by, revoked) == ("lockstep", True)
    assert (await plant.fact(DispatchApproval, "SH-9")).approved_by == "sven"
