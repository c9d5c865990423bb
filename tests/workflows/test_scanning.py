"""What goes on the vehicle is scanned: only what was approved, and may still leave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.decision import Channel, DecisionRefused
from domain.leaving.scan import Scan
from domain.ports import NotInSystem
from domain.release import Hold
from storage.scans import Scanned, Scans
from tests.support.ready_shipment import other_lot, ready_shipment
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE


async def scan(plant: RunningPlant, unit: str, lot: str = "V1") -> Scanned:
    """A pallet is scanned at the dock."""
    said = Scan(handling_unit=unit, item="VALVE", lot=lot)
    return await Scans(plant.database).scan(SITE, "SH-9", said, person("willa"), Channel.API, datetime.now(UTC))


async def test_refuses_what_was_not_approved_or_may_not_leave_any_more_and_counts_it(plant: RunningPlant) -> None:
    with pytest.raises(NotInSystem, match="No case about SH-9"):
        await scan(plant, "P-1")
    await plant.tell(*ready_shipment(plant.now), *other_lot("V2", 60))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")
    with pytest.raises(DecisionRefused, match="SH-9 is approved, not being loaded"):
        await scan(plant, "P-1")
    await plant.say(case, "approved", "load", by="willa", vehicle="M-LK 77", vehicle_fit="yes")
    await plant.until(case, "loading")

    scanned = [await scan(plant, unit) for unit in ("P-1", "P-2", "P-2")]
    with pytest.raises(DecisionRefused, match="Lot V2 of VALVE is not among what was approved"):
        await scan(plant, "P-3", lot="V2")
    await plant.tell(Hold(site=SITE, item="VALVE", lot="V1", because="leaks", case="QH-0"))
    with pytest.raises(DecisionRefused, match="V1 is on hold"):
        await scan(plant, "P-4")
    await plant.until(case, "load_stopped")

    assert [(told.loaded, told.refused) for told in scanned] == [(1, 1), (2, 1), (2, 1)]
    refused = [line for line in await plant.trail(case) if line.action == "scan_refused"]
    assert [line.details["handling_unit"] for line in refused] == ["P-1", "P-3", "P-4"]
