"""What the clock alone sets going, and whom it wakes."""

from __future__ import annotations

from datetime import timedelta

from domain.facts import Shipment, ShipmentStatus
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import RunningPlant


async def test_a_shipment_is_got_ready_two_days_before_it_must_leave(plant: RunningPlant) -> None:
    facts = ready_shipment(plant.now)
    leaving = next(fact for fact in facts if isinstance(fact, Shipment))
    planned = {"status": ShipmentStatus.PLANNED, "picked_by": (), "ship_by": plant.now + timedelta(days=3)}
    await plant.tell(*facts, leaving.model_copy(update=planned))
    await plant.look_at_the_clock()
    assert await plant.cases("dispatch_release") == []

    await plant.look_at_the_clock(timedelta(hours=24, minutes=1))
    (case,) = await plant.cases("dispatch_release")
    await plant.until(case.id, "gathering")
    tasks = await plant.questions(case.id)
    await plant.tell(leaving)
    await plant.until(case.id, "awaiting_approval")

    assert (case.request["reason"], case.caused_by) == ("DUE", None)
    assert "not picked" in "".join(task.draft["context"] for task in tasks if task.draft["topic"] == "warehouse")
