"""A lot is blocked in another system, and let go there while the case here is open."""

from __future__ import annotations

from domain.facts import Lot, LotStatus
from domain.release import Hold
from relay.sweep import Sweep
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import RunningPlant


async def test_what_another_system_blocks_is_decided_here_whatever_that_system_says_next(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))
    release = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.until(release, "awaiting_approval")
    free = await plant.fact(Lot, "VALVE:V1")

    await plant.tell(free.model_copy(update={"status": LotStatus.ON_HOLD}))
    await Sweep(plant.database, plant.environment.client).changes_nobody_told()
    (case,) = await plant.cases("quality_hold")
    await plant.until(case.id, "contained")
    await plant.until(release, "gathering")
    written_for_the_block = await plant.effects(case.id)
    await plant.tell(free)
    await plant.when(lambda: _is_blocked(plant))
    hold = await plant.fact(Hold, "VALVE:V1")
    await plant.say(case.id, "contained", "done", by="willa", counted="100", place="quarantine")
    await plant.say(case.id, "investigating", "propose", by="quin", instructions="Measured again.", release="100")
    await plant.agree(case.id, "awaiting_disposition", "disposition")
    await plant.take_over(case.id)
    await plant.until(case.id, "released")
    await plant.until(release, "awaiting_approval")

    assert (case.request["blocked_by"], hold.placed_by, hold.active) == ("erp", "erp", True)
    assert written_for_the_block == []
    reasons = [line.reason for line in await plant.trail(case.id)]
    assert "Lot VALVE:V1 changed: status from on hold to unrestricted, as erp says." in reasons
    assert "erp says that V1 is unrestricted. The hold stays in force, and it is blocked there." in reasons
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.UNRESTRICTED
    assert "shortage" in {one.process for one in await plant.caused_by(case.id)}


async def _is_blocked(plant: RunningPlant) -> bool:
    return (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD
