"""Less leaves than was to: because dispatch has the rest wait, or because not all of it could be loaded."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from domain.decision import FormRefused, NotAllowed
from domain.facts import Lot, OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.readiness.shipments import content_of
from domain.release import DispatchApproval
from tests.support.ready_shipment import other_lot, papers, ready_shipment
from tests.support.running_plant import RunningPlant

VEHICLE = {"vehicle": "M-LK 77", "vehicle_fit": "yes"}
V1, V2 = "SO-1:10:V1", "SO-1:10:V2"


async def opened(plant: RunningPlant, **ordered: object) -> str:
    """The case about SH-9, which takes 30 of V1 and 10 of V2 for one order line that says what is *ordered*."""
    facts = (*ready_shipment(plant.now), *other_lot("V2", 60))
    lines = tuple(
        ShipmentLine(order="SO-1", line="10", quantity=Decimal(quantity), lots=(lot,))
        for lot, quantity in (("V1", 30), ("V2", 10))
    )
    shipment = next(fact for fact in facts if isinstance(fact, Shipment)).model_copy(update={"lines": lines})
    line = next(fact for fact in facts if isinstance(fact, OrderLine)).model_copy(update=ordered)
    await plant.tell(*facts, shipment, line, *papers(content_of(shipment)))
    return (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id


async def papers_written(plant: RunningPlant) -> None:
    """The papers are written anew for what leaves now."""
    await plant.tell(*papers(content_of(await plant.fact(Shipment, "SH-9"))))


async def leaves(plant: RunningPlant, case: str) -> None:
    """What leaves is approved, loaded and let go."""
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.say(case, "ready_to_depart", "depart", by="emma")
    await plant.until(case, "propagating")


async def test_the_rest_becomes_a_shipment_of_its_own_and_nothing_is_lost(plant: RunningPlant) -> None:
    case = await opened(plant)

    said = {V1: "12.5", V2: "0", "rest": "own_shipment"}
    await plant.say(case, "awaiting_approval", "partial_shipment", by="emma", **said)
    await plant.until(case, "gathering")
    await papers_written(plant)
    await leaves(plant, case)
    handed_over = [one.draft["topic"] for one in await plant.questions(case)]
    await plant.take_over(case)
    await plant.until(case, "dispatched")

    assert handed_over == ["sales", "carrier"]
    (rest,) = [effect for effect in await plant.effects(case) if effect.body["kind"] == "add_shipment"]
    planned = await plant.fact(Shipment, rest.body["shipment"])
    left = await plant.fact(Shipment, "SH-9")
    assert [(line.quantity, line.lots) for line in left.lines] == [(Decimal("12.5"), ("V1",))]
    assert [(line.quantity, line.lots) for line in planned.lines] == [(Decimal("17.5"), ("V1",)), (10, ("V2",))]
    assert (planned.status, planned.ship_by) == (ShipmentStatus.PLANNED, left.ship_by)
    assert (await plant.fact(OrderLine, "SO-1:10")).shipped == Decimal("12.5")


async def test_the_rest_stays_open(plant: RunningPlant) -> None:
    case = await opened(plant)

    said = {V1: "30", V2: "0", "rest": "stays_open"}
    await plant.say(case, "awaiting_approval", "partial_shipment", by="emma", **said)
    await plant.until(case, "gathering")

    assert [line.quantity for line in (await plant.fact(Shipment, "SH-9")).lines] == [30]
    assert [effect.body["kind"] for effect in await plant.effects(case)] == ["revise_shipment"]


async def test_a_promise_that_the_rest_breaks_is_changed_else_another_shipment_is_planned(
    plant: RunningPlant,
) -> None:
    due = plant.now + timedelta(hours=20)
    case = await opened(plant, requested_at=due, promised_at=due)

    said = {V1: "30", V2: "0", "rest": "stays_open"}
    await plant.say(case, "awaiting_approval", "partial_shipment", by="emma", **said)
    await plant.until(case, "gathering")
    (change,) = await plant.caused_by(case)
    await plant.until(change.id, "awaiting_decision", "awaiting_customer")
    await plant.withdraw(change.id, "The customer waits a week.")
    line = await plant.fact(OrderLine, "SO-1:10")
    await plant.tell(line.model_copy(update={"promised_at": due + timedelta(days=7)}))
    await papers_written(plant)
    await leaves(plant, case)
    asked = {one.draft["topic"]: one.draft for one in await plant.questions(case)}
    await plant.take_over(case)
    await plant.until(case, "dispatched")

    assert (change.process, change.subject, change.request["reason"]) == ("order_change", "SO-1:10", "DISPATCH_PROBLEM")
    assert "SH-9 leaves without 10 of VALVE for SO-1:10" in change.request["comment"]
    assert "emma decided so" in change.request["comment"]
    assert datetime.fromisoformat(change.request["requested_at"]) > due
    assert len(await plant.caused_by(case)) == 1
    assert asked["dispatch"]["title"] == "Plan another shipment for the rest of SH-9"
    assert "10 of VALVE for SO-1:10" in asked["dispatch"]["context"]


@pytest.mark.parametrize(
    ("ordered", "said", "why"),
    [
        ({}, {V1: "31", V2: "0"}, "takes 30 at most"),
        ({}, {V1: "0", V2: "0"}, "must come to more than 0"),
        ({}, {V1: "30", V2: "10"}, "must come to less than 40"),
        ({"least_shipped": Decimal(20)}, {"SO-1:10": "15"}, "takes nothing, or 20 at least"),
    ],
)
async def test_what_the_order_does_not_allow_is_refused(
    plant: RunningPlant, ordered: dict[str, object], said: dict[str, str], why: str
) -> None:
    case = await opened(plant, **ordered)
    before = await plant.fact(Shipment, "SH-9")

    with pytest.raises(FormRefused, match=why):
        await plant.say(case, "awaiting_approval", "partial_shipment", by="emma", rest="stays_open", **said)

    assert await plant.fact(Shipment, "SH-9") == before


async def test_what_ships_complete_cannot_be_parted(plant: RunningPlant) -> None:
    case = await opened(plant, partial_allowed=False)

    await plant.until(case, "awaiting_approval")

    choices = [choice["name"] for one in await plant.questions(case) for choice in one.draft["choices"]]
    assert choices == ["release", "reject", "swap_lot", "move_slot"]


async def loaded_less(plant: RunningPlant) -> str:
    """The case, after somebody found no room for ten."""
    case = await opened(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.say(case, "loading", "loaded_less", by="willa", reason="No room.", **{V1: "30", V2: "0"})
    await plant.until(case, "loaded_short")
    return case


async def test_leaves_short_when_dispatch_and_sales_agree_and_the_notice_tells_what_left(plant: RunningPlant) -> None:
    case = await loaded_less(plant)

    later = {"rest": "order_change", "rest_at": (plant.now + timedelta(days=90)).isoformat()}
    await plant.say(case, "loaded_short", "leave_short", by="emma", **later)
    await plant.say(case, "loaded_short", "leave_short", by="anna")
    await plant.until(case, "load_stopped")
    await papers_written(plant)
    await plant.say(case, "ready_to_depart", "depart", by="emma")
    await plant.take_over(case)
    await plant.until(case, "dispatched")

    (change,) = await plant.caused_by(case)
    assert change.request["requested_at"] == later["rest_at"].replace("+00:00", "Z")
    left = await plant.fact(Shipment, "SH-9")
    notices = [one.body["describes"] for one in await plant.effects(case) if one.body["kind"] == "send_ship_notice"]
    assert notices == [content_of(left)]
    assert (await plant.fact(DispatchApproval, "SH-9")).describes == content_of(left)
    assert (await plant.fact(OrderLine, "SO-1:10")).shipped == 30
    assert [(await plant.fact(Lot, f"VALVE:{lot}")).quantity for lot in ("V1", "V2")] == [70, 60]


async def test_goes_on_loading_when_there_is_room_after_all(plant: RunningPlant) -> None:
    case = await loaded_less(plant)

    await plant.say(case, "loaded_short", "look_again", by="emma")
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.say(case, "ready_to_depart", "depart", by="emma")
    await plant.until(case, "propagating")

    assert (await plant.fact(OrderLine, "SO-1:10")).shipped == 40
    assert [(await plant.fact(Lot, f"VALVE:{lot}")).quantity for lot in ("V1", "V2")] == [70, 50]


async def test_less_than_approved_does_not_leave_on_the_word_of_one(plant: RunningPlant) -> None:
    case = await loaded_less(plant)

    with pytest.raises(NotAllowed):
        await plant.say(case, "loaded_short", "leave_short", by="willa")
    await plant.say(case, "loaded_short", "leave_short", by="emma")

    assert (await plant.case(case)).state == "loaded_short"
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.LOADING
