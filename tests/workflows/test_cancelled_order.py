"""An order is cancelled whose goods are about to leave: nothing of it leaves, and what was picked goes back."""

from __future__ import annotations

from decimal import Decimal

from domain.facts import LineStatus, OrderLine, Reservation, Shipment, ShipmentLine, ShipmentStatus
from domain.readiness.shipments import content_of
from tests.support.ready_shipment import papers, ready_shipment
from tests.support.running_plant import RunningPlant

VEHICLE = {"vehicle": "M-LK 77", "vehicle_fit": "yes"}


async def opened(plant: RunningPlant) -> str:
    """The case about SH-9, which lacks nothing, and takes 40 for one line of SO-1 and 12 for another."""
    facts = (*ready_shipment(plant.now), *ready_shipment(plant.now, line="20", quantity=12))
    lines = tuple(
        ShipmentLine(order="SO-1", line=line, quantity=Decimal(quantity), lots=("V1",))
        for line, quantity in (("10", 40), ("20", 12))
    )
    shipment = next(fact for fact in facts if isinstance(fact, Shipment)).model_copy(update={"lines": lines})
    await plant.tell(*facts, shipment, *papers(content_of(shipment)))
    return (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id


async def cancelled(plant: RunningPlant, line: str) -> None:
    """The order book says that the line of SO-1 is cancelled."""
    known = await plant.fact(OrderLine, f"SO-1:{line}")
    await plant.tell(known.model_copy(update={"status": LineStatus.CANCELLED}))


async def put_away(plant: RunningPlant, case: str, state: str) -> str:
    """What the warehouse was asked to put away; it has."""
    await plant.until(case, state)
    (asked,) = [one for one in await plant.questions(case) if one.draft["kind"] == "handoff"]
    await plant.answer(asked, "acknowledge", by="willa")
    context: str = asked.draft["context"]
    return context


async def test_what_is_cancelled_while_it_is_loaded_is_taken_out_and_nothing_leaves_once_all_of_it_is(
    plant: RunningPlant,
) -> None:
    case = await opened(plant)
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.until(case, "loading")

    await cancelled(plant, "20")
    await plant.say(case, "load_stopped", "unload", by="emma")
    await plant.say(case, "gathering", "take_out", by="emma")
    await plant.when(lambda: _asks(plant, case, "handoff"))
    first = await put_away(plant, case, "gathering")
    goes_on = await plant.fact(Shipment, "SH-9")
    await plant.tell(*papers(content_of(goes_on)))
    await plant.until(case, "awaiting_approval")
    await cancelled(plant, "10")
    second = await put_away(plant, case, "putting_away")
    ended = await plant.until(case, "cancelled")

    assert first == "- 12 of VALVE from V1, picked for SO-1:20, which is cancelled"
    assert [line.line for line in goes_on.lines] == ["10"]
    assert second == "- 40 of VALVE from V1, picked for SO-1:10, which is cancelled"
    assert ended.because == "SO-1:10 is cancelled: nothing leaves in SH-9."
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.CANCELLED
    written = [effect.body["kind"] for effect in await plant.effects(case)]
    assert [kind for kind in written if kind in ("revise_shipment", "cancel_shipment")] == [
        "revise_shipment", "cancel_shipment",
    ]  # fmt: skip


async def test_a_decided_cancellation_ends_the_release_and_lets_go_of_what_was_set_aside(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.until(case, "awaiting_approval")

    change = (await plant.change("SO-1", cancel=True)).case_id
    await plant.agree(change, "awaiting_decision", "reduce")
    goes_back = await put_away(plant, case, "putting_away")
    await plant.until(case, "cancelled")
    await plant.take_over(change)

    assert goes_back == "- 40 of VALVE from V1, picked for SO-1:10, which is cancelled"
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.CANCELLED
    assert (await plant.fact(Reservation, "VALVE:SO-1:10")).quantity == 0


async def _asks(plant: RunningPlant, case: str, kind: str) -> bool:
    return any(one.draft["kind"] == kind for one in await plant.questions(case))
