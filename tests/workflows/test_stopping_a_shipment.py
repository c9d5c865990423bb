"""A shipment is stopped by hand: at once, wherever it stands; and goes on when those who stopped it say so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.decision import Channel, DecisionRefused, NotAllowed
from domain.facts import Shipment, ShipmentStatus
from domain.ports import NotInSystem
from domain.release import DispatchApproval, ShipmentHold
from storage.shipment_holds import ShipmentHolds
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE

VEHICLE = {"vehicle": "M-LK 77", "vehicle_fit": "yes"}


async def approved(plant: RunningPlant) -> str:
    """The case about SH-9, which was let go."""
    await plant.tell(*ready_shipment(plant.now))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")
    return case


async def stop(plant: RunningPlant, by: str, because: str = "The customer has not paid.") -> ShipmentHold:
    """Somebody stops SH-9."""
    holds = ShipmentHolds(plant.database)
    return await holds.place(SITE, "SH-9", because, person(by), Channel.API, datetime.now(UTC))


async def test_its_approval_dies_and_it_is_let_go_anew_once_the_hold_is_lifted(plant: RunningPlant) -> None:
    case = await approved(plant)

    await stop(plant, by="fay")
    await plant.until(case, "gathering")
    (asked,) = [one for one in await plant.questions(case) if one.draft["topic"] == "hold_finance"]
    revoked = (await plant.fact(DispatchApproval, "SH-9")).revoked
    await plant.say(case, "gathering", "lift_finance", by="paul")
    await plant.until(case, "awaiting_approval")

    assert revoked
    assert "The customer has not paid." in asked.draft["context"]
    assert not (await plant.fact(ShipmentHold, "SH-9:finance")).active
    stopped = [line for line in await plant.trail(case) if line.action == "stopped"]
    assert [(line.by["id"], line.role, line.reason) for line in stopped] == [
        ("fay", "finance", "The customer has not paid.")
    ]


async def test_loading_stops_and_goes_on(plant: RunningPlant) -> None:
    case = await approved(plant)
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.until(case, "loading")

    await stop(plant, by="anna", because="The customer closes at noon.")
    await plant.say(case, "load_stopped", "lift_sales", by="anna")
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.until(case, "ready_to_depart")

    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.LOADED


async def test_each_function_lifts_its_own_and_in_finance_another_than_who_stopped_it(plant: RunningPlant) -> None:
    case = await approved(plant)
    await stop(plant, by="fay")
    await stop(plant, by="emma")
    await plant.until(case, "gathering")

    with pytest.raises(NotAllowed, match="stopped SH-9 for finance"):
        await plant.say(case, "gathering", "lift_finance", by="fay")
    with pytest.raises(NotAllowed):
        await plant.say(case, "gathering", "lift_dispatch", by="fay")
    await plant.say(case, "gathering", "lift_dispatch", by="sven")
    while (await plant.fact(ShipmentHold, "SH-9:dispatch")).active:
        await plant.relay.once()
    await plant.say(case, "gathering", "lift_finance", by="paul")
    await plant.until(case, "awaiting_approval")


async def test_who_may_not_stop_it_is_told_and_nothing_changes(plant: RunningPlant) -> None:
    case = await approved(plant)

    with pytest.raises(NotAllowed, match="is stopped by sales, finance"):
        await stop(plant, by="willa")
    with pytest.raises(NotInSystem):
        await ShipmentHolds(plant.database).place(
            SITE, "SH-404", "It does not exist.", person("emma"), Channel.API, datetime.now(UTC)
        )
    with pytest.raises(NotInSystem):
        await plant.fact(ShipmentHold, "SH-9:warehouse")

    assert (await plant.case(case)).state == "approved"


async def test_nobody_stops_it_twice_in_one_function_or_after_it_has_left(plant: RunningPlant) -> None:
    case = await approved(plant)
    await stop(plant, by="fay")

    with pytest.raises(DecisionRefused, match="fay stopped SH-9 as finance already"):
        await stop(plant, by="fay")
    await plant.until(case, "gathering")
    shipment = await plant.fact(Shipment, "SH-9")
    await plant.tell(shipment.model_copy(update={"status": ShipmentStatus.DISPATCHED}))
    with pytest.raises(DecisionRefused, match="there is nothing to stop any more"):
        await stop(plant, by="emma")
    await plant.until(case, "left_unapproved")


async def test_what_nobody_has_a_case_about_gets_one(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))

    await stop(plant, by="sven", because="Wait for me.")
    await plant.relay.once()
    case = "DR-1"
    await plant.say(case, "gathering", "lift_shipping_manager", by="sven")
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")
