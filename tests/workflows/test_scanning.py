"""What goes on the vehicle is scanned: only what was approved, and may still leave."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.decision import Channel, DecisionRefused
from domain.facts import OrderLine, Shipment
from domain.leaving.scan import Scan
from domain.ports import NotInSystem
from domain.readiness.shipments import content_of
from domain.release import Hold, Loading
from storage.scans import Scanned, Scans
from tests.support.ready_shipment import other_lot, papers, ready_shipment
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE

VEHICLE = {"vehicle": "M-LK 77", "vehicle_fit": "yes"}


async def scan(plant: RunningPlant, unit: str, lot: str = "V1", quantity: int | None = None) -> Scanned:
    """A pallet is scanned at the dock."""
    said = Scan(handling_unit=unit, item="VALVE", lot=lot, quantity=None if quantity is None else Decimal(quantity))
    return await Scans(plant.database).scan(SITE, "SH-9", said, person("willa"), Channel.API, datetime.now(UTC))


async def test_refuses_what_was_not_approved_or_may_not_leave_any_more_and_counts_it(plant: RunningPlant) -> None:
    with pytest.raises(NotInSystem, match="SH-9"):
        await scan(plant, "P-1")
    await plant.tell(*ready_shipment(plant.now), *other_lot("V2", 60))
    with pytest.raises(DecisionRefused, match="SH-9 has no open case"):
        await scan(plant, "P-1")
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")
    with pytest.raises(DecisionRefused, match="SH-9 is approved, not being loaded"):
        await scan(plant, "P-1")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
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


async def test_what_was_scanned_is_what_leaves_and_nobody_types_a_number(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.until(case, "loading")

    scanned = [await scan(plant, unit, quantity=quantity) for unit, quantity in (("P-1", 25), ("P-2", 10))]
    with pytest.raises(DecisionRefused, match="35 are on the vehicle: 6 more are too many"):
        await scan(plant, "P-3", quantity=6)
    await plant.say(case, "loading", "complete_loading", by="willa", reason="No room.")
    await plant.until(case, "loaded_short")
    (short,) = await plant.questions(case)
    await plant.say(case, "loaded_short", "unload", by="emma")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.until(case, "loading")
    emptied = await plant.fact(Loading, "SH-9")
    again = await scan(plant, "P-1", quantity=25)
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.say(case, "loaded_short", "look_again", by="emma")
    await plant.until(case, "loading")
    await scan(plant, "P-2", quantity=10)
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.say(case, "loaded_short", "leave_short", by="emma", rest="own_shipment")
    await plant.say(case, "loaded_short", "leave_short", by="anna")
    await plant.until(case, "load_stopped")
    await plant.tell(*papers(content_of(await plant.fact(Shipment, "SH-9"))))
    await plant.say(case, "ready_to_depart", "depart", by="emma")
    await plant.take_over(case)
    await plant.until(case, "dispatched")

    assert [(told.loaded, told.lines[0].loaded) for told in scanned] == [(1, Decimal(25)), (2, Decimal(35))]
    assert again.lines[0].approved == 40
    assert short.draft["context"] == "No room.\n- SO-1:10:V1: 35 are loaded"
    assert [choice["name"] for choice in short.draft["choices"]] == ["leave_short", "unload", "look_again"]
    assert (emptied.units, again.loaded) == ((), 1)
    assert (await plant.fact(OrderLine, "SO-1:10")).shipped == 35
    (planned,) = [one.body for one in await plant.effects(case) if one.body["kind"] == "add_shipment"]
    assert [entry["quantity"] for entry in planned["lines"]] == ["5"]
