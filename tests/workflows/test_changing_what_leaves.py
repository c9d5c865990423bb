"""What is to leave is changed before anybody lets it go: other lots, less, another time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.decision import FormRefused, NotAllowed
from domain.facts import Lot, Shipment, ShipmentStatus
from domain.readiness.shipments import content_of
from domain.release import DispatchApproval, Document, Hold, Slot
from tests.support.ready_shipment import other_lot, papers, ready_shipment
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE

VEHICLE = {"vehicle": "M-LK 77", "vehicle_fit": "yes"}
HELD = Hold(site=SITE, item="VALVE", lot="V1", severity="functional", because="leaks", case="QH-0")
INSTEAD_OF_V1 = "SO-1:10:V1"


async def opened(plant: RunningPlant, *lots: str) -> str:
    """The case about SH-9, which takes V1; of each of *lots* there is enough, the first expires first."""
    told = [
        fact
        for number, lot in enumerate(lots, start=30)
        for fact in other_lot(lot, 60, plant.now + timedelta(days=number))
    ]
    await plant.tell(*ready_shipment(plant.now), *told)
    return (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id


async def got_ready(plant: RunningPlant) -> None:
    """What SH-9 takes now is picked, and its papers are written anew."""
    shipment = await plant.fact(Shipment, "SH-9")
    await plant.tell(shipment.model_copy(update={"status": ShipmentStatus.PICKED}), *papers(content_of(shipment)))


async def ways(plant: RunningPlant, case: str) -> dict[str, tuple[str, ...]]:
    """The lots that dispatch may choose among, by what they are instead of."""
    choices = [choice for one in await plant.questions(case) for choice in one.draft["choices"]]
    swaps = [choice for choice in choices if choice["name"] == "swap_lot"]
    return {field["name"]: tuple(field["words"]) for swap in swaps for field in swap["form"]["fields"]}


async def test_what_is_held_while_it_is_loaded_leaves_with_another_lot_and_the_customer_is_told_once(
    plant: RunningPlant,
) -> None:
    case = await opened(plant, "V2")
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.until(case, "loading")

    await plant.tell(HELD)
    await plant.say(case, "load_stopped", "unload", by="emma")
    await plant.say(case, "gathering", "swap_lot", by="emma", **{INSTEAD_OF_V1: "V2"})
    while (await plant.fact(Shipment, "SH-9")).status is not ShipmentStatus.PLANNED:
        await plant.relay.once()
    await got_ready(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.say(case, "ready_to_depart", "depart", by="emma")
    await plant.take_over(case)
    await plant.until(case, "dispatched")

    assert [(await plant.fact(Lot, f"VALVE:{lot}")).quantity for lot in ("V1", "V2")] == [100, 20]
    written = [effect.body["kind"] for effect in await plant.effects(case)]
    assert (written.count("approve_dispatch"), written.count("issue_goods")) == (2, 1)
    notices = [effect for effect in await plant.effects(case) if effect.body["kind"] == "send_ship_notice"]
    left = content_of(await plant.fact(Shipment, "SH-9"))
    assert [effect.body["describes"] for effect in notices] == [left]
    assert (await plant.fact(Document, "SH-9:ship_notice")).describes == left


async def test_offers_lots_that_may_leave_first_the_one_that_expires_first(plant: RunningPlant) -> None:
    held = HELD.model_copy(update={"lot": "STOPPED"})
    await plant.tell(*other_lot("FEW", 39), *other_lot("OLD", 60, plant.now + timedelta(days=1)), held)

    case = await opened(plant, "V3", "V2", "STOPPED")
    await plant.until(case, "awaiting_approval")

    assert await ways(plant, case) == {INSTEAD_OF_V1: ("V3", "V2")}


async def test_offers_a_lot_as_soon_as_it_may_leave(plant: RunningPlant) -> None:
    case = await opened(plant)
    await plant.until(case, "awaiting_approval")
    release = next(one for one in await plant.questions(case) if one.draft["topic"] == "release")

    await plant.tell(*other_lot("V2", 60))
    while await ways(plant, case) != {INSTEAD_OF_V1: ("V2",)}:
        await plant.relay.once()

    assert release.id in {question.id for question in await plant.questions(case)}


async def test_the_papers_and_the_approval_are_for_the_lots_that_leave(plant: RunningPlant) -> None:
    case = await opened(plant, "V2")

    await plant.say(case, "awaiting_approval", "swap_lot", by="emma", **{INSTEAD_OF_V1: "V2"})
    await plant.until(case, "gathering")
    tasks = {one.draft["topic"]: one.draft["context"] for one in await plant.questions(case)}
    await got_ready(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")

    assert "planned, not picked" in tasks["warehouse"]
    assert "The paper packing list of SH-9 describes other goods" in tasks["dispatch"]
    shipment = await plant.fact(Shipment, "SH-9")
    assert shipment.lines[0].lots == ("V2",)
    assert (await plant.fact(DispatchApproval, "SH-9")).describes == content_of(shipment)
    assert "effect_confirmed" in [line.action for line in await plant.trail(case)]


async def test_a_lot_that_may_not_leave_is_refused_and_nothing_changes(plant: RunningPlant) -> None:
    case = await opened(plant, "V2")
    await plant.until(case, "awaiting_approval")

    with pytest.raises(FormRefused, match="must be one of V2"):
        await plant.say(case, "awaiting_approval", "swap_lot", by="emma", **{INSTEAD_OF_V1: "V9"})
    with pytest.raises(NotAllowed):
        await plant.say(case, "awaiting_approval", "swap_lot", by="sven", **{INSTEAD_OF_V1: "V2"})

    assert (await plant.fact(Shipment, "SH-9")).lines[0].lots == ("V1",)
    assert "answer_refused" in [line.action for line in await plant.trail(case)]


async def test_asks_for_another_time_at_the_dock_which_counts_once_it_is_confirmed(plant: RunningPlant) -> None:
    case = await opened(plant)
    starts_at = plant.now + timedelta(hours=20)
    said = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=2)).isoformat()}

    await plant.say(case, "awaiting_approval", "move_slot", by="emma", **said)
    await plant.until(case, "gathering")
    asked = await plant.fact(Slot, "SH-9")
    await plant.tell(asked.model_copy(update={"status": "confirmed"}))
    await plant.until(case, "awaiting_approval")

    assert (asked.status, asked.starts_at) == ("requested", starts_at)


async def test_a_time_after_it_must_leave_is_of_no_use_and_nothing_changes(plant: RunningPlant) -> None:
    case = await opened(plant)
    before, starts_at = await plant.fact(Slot, "SH-9"), plant.now + timedelta(days=3)
    said = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=2)).isoformat()}

    await plant.say(case, "awaiting_approval", "move_slot", by="emma", **said)
    while not (why := [line.reason for line in await plant.trail(case) if "must leave" in line.reason]):
        await plant.relay.once()
    await plant.until(case, "awaiting_approval")

    assert why == ["The slot would end after SH-9 must leave."]
    assert await plant.fact(Slot, "SH-9") == before
