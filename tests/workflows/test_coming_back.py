"""After it has left, a shipment arrives, or something of it comes back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.decision import Channel, DecisionRefused
from domain.facts import Shipment, ShipmentStatus
from domain.leaving.arrival import Arrival, Returned
from domain.release import Hold
from storage.arrivals import Arrivals, Arrived
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE


async def left(plant: RunningPlant) -> str:
    """The case about SH-9, which has left."""
    await plant.tell(*ready_shipment(plant.now))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", vehicle="M-LK 77", vehicle_fit="yes")
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.say(case, "ready_to_depart", "depart", by="emma")
    await plant.take_over(case)
    await plant.until(case, "dispatched")
    return case


async def say(plant: RunningPlant, outcome: str, reason: str = "", *lots: str) -> Arrived:
    """Sales says what became of SH-9."""
    returned = tuple(Returned(item="VALVE", lot=lot) for lot in lots)
    said = Arrival.model_validate({"outcome": outcome, "reason": reason, "returned": returned})
    return await Arrivals(plant.database).say(SITE, "SH-9", said, person("anna"), Channel.API, datetime.now(UTC))


async def test_what_is_refused_and_comes_back_is_on_hold_at_once(plant: RunningPlant) -> None:
    case = await left(plant)

    refused = [await say(plant, "refused", "The pallets are wet.", "V1") for _ in range(2)]
    held = await plant.fact(Hold, "VALVE:V1")
    await plant.relay.once()
    (hold,) = await plant.caused_by(case)
    await plant.until(hold.id, "contained")

    assert (held.active, held.because) == (True, "SH-9 was refused: The pallets are wet.")
    assert [told.holds for told in refused] == [(hold.id,)] * 2
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.DISPATCHED
    assert "arrival_refused" in [line.action for line in await plant.trail(case)]


async def test_proof_of_delivery_closes_it(plant: RunningPlant) -> None:
    case = await left(plant)

    await say(plant, "delivered")

    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.DELIVERED
    assert (await plant.case(case)).state == "dispatched"
    assert await plant.caused_by(case) == []


async def test_what_cannot_have_come_back_is_refused(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))
    with pytest.raises(DecisionRefused, match="it has not left"):
        await say(plant, "delivered")
    shipment = await plant.fact(Shipment, "SH-9")
    await plant.tell(shipment.model_copy(update={"status": ShipmentStatus.DISPATCHED}))

    with pytest.raises(DecisionRefused, match="Please say why"):
        await say(plant, "damaged")
    with pytest.raises(DecisionRefused, match="took nothing of lot V9"):
        await say(plant, "damaged", "Bent flanges.", "V9")

    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.DISPATCHED
