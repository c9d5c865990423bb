"""A rule stops all lots that fit it, those there are and those that come, until people say that they may go."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from domain.decision import FormRefused, NotAllowed
from domain.facts import Inspection, Lot, LotStatus
from domain.release import DispatchApproval, Hold, HoldRule
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import CONCESSION, RunningPlant
from tests.support.small_plant import SITE


def made(plant: RunningPlant, lot: str, *, on: str = "M3", days_ago: float = 1, quantity: int = 100) -> Lot:
    """Valves that a machine made some days ago."""
    at = plant.now - timedelta(days=days_ago)
    return Lot(site=SITE, item="VALVE", lot=lot, quantity=Decimal(quantity), made_on=on, made_at=at)


async def alert(plant: RunningPlant, *, by: str = "ines", **rule: Any) -> str:
    """The alert that Ines gives: by default on all that M3 made in the last two days, V1 among it."""
    asked = rule or {"machine": "M3", "since": plant.now - timedelta(days=2)}
    return (await plant.open("quality_alert", by=by, defect="Burrs.", **asked)).case_id


async def in_force(plant: RunningPlant) -> str:
    """The alert, with V1 and V2 made on M3 stopped by it and a case about each."""
    await plant.tell(made(plant, "V1"), made(plant, "V2", days_ago=1.5))
    case = await alert(plant)
    await plant.until(case, "in_force")
    return case


async def lot_cases(plant: RunningPlant, case: str) -> dict[str, str]:
    """The case about each lot that the alert has stopped, by lot."""
    return {row.subject: row.id for row in await plant.caused_by(case)}


async def is_held(plant: RunningPlant, lot: str) -> bool:
    """Whether nobody may use it."""
    return any(hold.active for hold in await plant.facts(Hold, "VALVE") if hold.lot == lot)


async def test_stops_every_lot_that_fits_before_anybody_has_looked(plant: RunningPlant) -> None:
    await plant.tell(
        made(plant, "V1"), made(plant, "V2", days_ago=1.5), made(plant, "V3", on="M4"), made(plant, "V4", days_ago=3)
    )

    await alert(plant)

    held = [lot for lot in ("V1", "V2", "V3", "V4") if await is_held(plant, lot)]
    assert held == ["V1", "V2"]


async def test_has_each_lot_decided_on_by_a_case_of_its_own(plant: RunningPlant) -> None:
    case = await in_force(plant)

    cases = await lot_cases(plant, case)

    assert sorted(cases) == ["VALVE:V1", "VALVE:V2"]
    await plant.until(cases["VALVE:V1"], "contained")
    await plant.until(cases["VALVE:V2"], "contained")
    assert (await plant.fact(Lot, "VALVE:V2")).status is LotStatus.ON_HOLD


async def test_stops_a_lot_that_comes_later_and_one_that_comes_to_fit(plant: RunningPlant) -> None:
    case = await in_force(plant)
    await plant.tell(made(plant, "V5", on="M4"))
    assert not await is_held(plant, "V5")

    await plant.tell(made(plant, "V5"), made(plant, "V6", days_ago=0))

    assert await is_held(plant, "V5")
    assert await is_held(plant, "V6")
    for lot in ("VALVE:V5", "VALVE:V6"):
        await plant.when(partial(has_case, plant, case, lot))


async def has_case(plant: RunningPlant, case: str, lot: str) -> bool:
    """Whether somebody sees to the lot."""
    return lot in await lot_cases(plant, case)


async def test_stops_what_a_gauge_has_measured(plant: RunningPlant) -> None:
    await alert(plant, gauge="G7", since=plant.now - timedelta(days=2))
    old, new = plant.now - timedelta(days=3), plant.now - timedelta(days=1)
    measured = Inspection(site=SITE, item="VALVE", lot="V1", inspection="bore", gauge="G7", measured_at=old)
    await plant.tell(measured)
    assert not await is_held(plant, "V1")

    await plant.tell(measured.model_copy(update={"measured_at": new}))

    assert await is_held(plant, "V1")


async def test_stops_a_delivery_of_one_supplier(plant: RunningPlant) -> None:
    came = Lot(site=SITE, item="VALVE", lot="V7", quantity=Decimal(10), supplier="Acme", delivery="D-77")
    await plant.tell(came, came.model_copy(update={"lot": "V8", "supplier": "Foundry"}))

    await alert(plant, delivery="D-77", supplier="Acme")

    assert await is_held(plant, "V7")
    assert not await is_held(plant, "V8")


async def test_stops_a_shipment_and_lets_it_go_when_its_lot_is_taken_out(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now), made(plant, "V1"))
    release = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(release, "awaiting_approval", "release", by="sven")
    await plant.say(release, "approved", "load", by="willa", vehicle="M-AB 1", vehicle_fit="yes")
    await plant.until(release, "loading")

    case = await alert(plant)
    await plant.say(release, "load_stopped", "unload", by="emma")
    await plant.until(release, "gathering")
    assert (await plant.fact(DispatchApproval, "SH-9")).revoked
    await plant.when(partial(has_case, plant, case, "VALVE:V1"))
    lot_case = (await lot_cases(plant, case))["VALVE:V1"]
    await plant.until(lot_case, "contained")

    await plant.say(case, "in_force", "narrow", by="quin", lots="VALVE:V1", evidence="Ten looked at, no burrs.")
    await plant.say(case, "awaiting_second", "narrow", by="rosa")
    await plant.take_over(lot_case)
    await plant.until(lot_case, "false_alarm")

    assert not await is_held(plant, "V1")
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.UNRESTRICTED
    await plant.until(release, "awaiting_approval")


async def test_letting_lots_go_needs_evidence_and_a_second_engineer(plant: RunningPlant) -> None:
    case = await in_force(plant)
    with pytest.raises(FormRefused, match="Please fill in: What shows it"):
        await plant.say(case, "in_force", "narrow", by="quin", lots="VALVE:V1")
    with pytest.raises(NotAllowed, match="quality engineer"):
        await plant.say(case, "in_force", "narrow", by="ines", lots="VALVE:V1", evidence="None.")
    await plant.say(case, "in_force", "narrow", by="quin", lots="VALVE:V1", evidence="No burrs.")

    with pytest.raises(NotAllowed, match="quin asked for it"):
        await plant.say(case, "awaiting_second", "narrow", by="quin")
    await plant.say(case, "awaiting_second", "reject", by="rosa", reason="Ten are too few.")

    assert "Ten are too few" in (await plant.until(case, "in_force")).because
    assert await is_held(plant, "V1")
    assert (await plant.fact(HoldRule, "machine:M3")).without == ()


async def test_names_what_it_does_not_stop_instead_of_letting_it_go(plant: RunningPlant) -> None:
    case = await in_force(plant)

    await plant.say(case, "in_force", "narrow", by="quin", lots="VALVE:V9", evidence="No burrs.")

    await plant.when(lambda: told(plant, case, "VALVE:V9 is not stopped by it"))
    assert (await plant.fact(HoldRule, "machine:M3")).without == ()


async def told(plant: RunningPlant, case: str, why: str) -> bool:
    """Whether the case says so now."""
    return why in (await plant.case(case)).because


async def test_goes_further_by_the_word_of_one(plant: RunningPlant) -> None:
    await plant.tell(made(plant, "V4", days_ago=3))
    case = await in_force(plant)
    assert not await is_held(plant, "V4")

    since = (plant.now - timedelta(days=4)).isoformat()
    await plant.say(case, "in_force", "extend", by="quin", since=since, evidence="The tool was worn before.")
    await plant.when(lambda: is_held(plant, "V4"))
    await plant.when(lambda: has_case(plant, case, "VALVE:V4"))


async def test_asked_for_again_it_takes_in_what_either_wants(plant: RunningPlant) -> None:
    await plant.tell(made(plant, "V4", days_ago=3))
    case = await in_force(plant)

    again = await plant.open("quality_alert", by="carla", machine="M3", defect="Cracks.")

    assert (again.case_id, again.result) == (case, "merged")
    assert await is_held(plant, "V4")
    assert (await plant.fact(HoldRule, "machine:M3")).since is None


async def test_a_false_alarm_lets_all_go_but_what_is_held_for_another_reason(plant: RunningPlant) -> None:
    case = await in_force(plant)
    cases = await lot_cases(plant, case)
    await plant.until(cases["VALVE:V2"], "contained")
    await plant.open("quality_hold", by="ines", item="VALVE", lot="V2", defect="It is cracked.")
    await plant.say(case, "in_force", "false_alarm", by="quin", evidence="No burrs on any.")
    await plant.say(case, "awaiting_second", "false_alarm", by="rosa")

    await plant.until(case, "false_alarm")
    await plant.take_over(cases["VALVE:V1"])
    await plant.until(cases["VALVE:V1"], "false_alarm")

    assert not await is_held(plant, "V1")
    assert await is_held(plant, "V2")
    assert (await plant.case(cases["VALVE:V2"])).state == "contained"


async def test_closed_it_stops_no_more_lots_and_lets_none_go(plant: RunningPlant) -> None:
    case = await in_force(plant)
    await plant.say(case, "in_force", "close", by="quin", evidence="The tool was changed.")
    await plant.say(case, "awaiting_second", "close", by="rosa")
    await plant.until(case, "closed")

    await plant.tell(made(plant, "V5"))

    assert not await is_held(plant, "V5")
    assert await is_held(plant, "V1")


async def test_what_was_decided_on_is_not_stopped_again_by_news_of_it(plant: RunningPlant) -> None:
    case = await in_force(plant)
    lot_case = (await lot_cases(plant, case))["VALVE:V1"]
    await plant.say(lot_case, "contained", "done", by="willa", counted="100", place="quarantine")
    await plant.say(
        lot_case, "investigating", "propose", by="quin", use_as_is="60", scrap="40", instructions="So.", **CONCESSION
    )
    await plant.agree(lot_case, "awaiting_disposition", "disposition")
    await plant.scrap(lot_case)
    await plant.take_over(lot_case)
    await plant.until(lot_case, "released")

    await plant.tell(made(plant, "V1", quantity=50))

    assert not await is_held(plant, "V1")


async def test_a_part_that_was_given_back_is_not_stopped_again(plant: RunningPlant) -> None:
    case = await in_force(plant)
    lot_case = (await lot_cases(plant, case))["VALVE:V1"]
    await plant.say(lot_case, "contained", "done", by="willa", counted="100", place="quarantine")
    await plant.say(
        lot_case, "investigating", "propose", by="quin", use_as_is="60", rework="40", instructions="So.", **CONCESSION
    )
    await plant.agree(lot_case, "awaiting_disposition", "disposition")
    await plant.until(lot_case, "reworking")
    (part,) = [lot for lot in await plant.facts(Lot, "VALVE") if lot.lot.startswith("V1-")]

    await plant.tell(part.model_copy(update={"quantity": Decimal(50)}))
    await plant.tell(made(plant, "V5"))
    await plant.when(partial(has_case, plant, case, "VALVE:V5"))

    assert not await is_held(plant, part.lot)
    assert await is_held(plant, "V1")


async def test_what_it_stops_is_missed_and_is_there_again_once_it_is_let_go(plant: RunningPlant) -> None:
    made_on = {"made_on": "M3", "made_at": plant.now - timedelta(days=1)}
    await plant.tell((await plant.fact(Lot, "HOUSING:H1")).model_copy(update=made_on))
    case = await alert(plant)
    await plant.when(partial(has_case, plant, case, "HOUSING:H1"))
    lot_case = (await lot_cases(plant, case))["HOUSING:H1"]
    await plant.until(lot_case, "contained")
    (shortage,) = [row.id for row in await plant.caused_by(lot_case)]
    await plant.until(shortage, "awaiting_decision")

    await plant.say(case, "in_force", "false_alarm", by="quin", evidence="No burrs on any.")
    await plant.say(case, "awaiting_second", "false_alarm", by="rosa")
    await plant.until(case, "false_alarm")
    await plant.until(lot_case, "propagating")
    for _ in range(20):
        await plant.pass_time(shortage, timedelta(minutes=1))
        if (await plant.case(shortage)).state == "no_shortage":
            break

    await plant.until(shortage, "no_shortage")
