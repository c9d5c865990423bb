"""A lot is stopped of which no system has told: by its name, and for good."""

from __future__ import annotations

import pytest

from domain.facts import Lot, LotStatus
from domain.release import Hold
from storage.cases import FoundedOnNothing
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import RunningPlant


async def held(plant: RunningPlant, item: str = "VALVE") -> str:
    """The case about lot V77 of *item*, which Ines stops."""
    return (await plant.open("quality_hold", by="ines", item=item, lot="V77", defect="It leaks.")).case_id


async def test_nothing_of_it_leaves_and_the_case_goes_on_when_it_is_told(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now, lot="V77", without=Lot))
    release = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.until(release, "gathering")

    case = await held(plant)
    at_once = await plant.fact(Hold, "VALVE:V77")
    await plant.when(lambda: _says(plant, release, "Lot V77 is on hold (functional): It leaks."))
    await plant.say(case, "untold", "done", by="willa", counted="100", place="quarantine")
    (lot,) = (fact for fact in ready_shipment(plant.now, lot="V77") if isinstance(fact, Lot))
    await plant.tell(lot)
    await plant.until(case, "investigating")
    await plant.until(release, "gathering")

    assert (at_once.active, at_once.case) == (True, case)
    assert (await plant.fact(Lot, "VALVE:V77")).status is LotStatus.ON_HOLD
    assert "V77 is on hold" in (await plant.case(release)).because


async def test_a_slip_of_the_pen_is_let_go_by_another_engineer_and_leaves_no_lot(plant: RunningPlant) -> None:
    case = await held(plant)

    await plant.say(case, "untold", "false_alarm", by="quin", instructions="It is V1 that leaks.")
    await plant.say(case, "awaiting_disposition", "false_alarm", by="rosa")
    await plant.take_over(case)
    await plant.until(case, "false_alarm")

    assert not (await plant.fact(Hold, "VALVE:V77")).active
    assert "V77" not in {lot.lot for lot in await plant.facts(Lot, "VALVE")}


async def test_of_an_item_that_nobody_knows_nothing_is_stopped(plant: RunningPlant) -> None:
    with pytest.raises(FoundedOnNothing, match="There is no item VALV at"):
        await held(plant, item="VALV")

    assert await plant.cases("quality_hold") == []


async def _says(plant: RunningPlant, case: str, text: str) -> bool:
    return text in (await plant.case(case)).because
