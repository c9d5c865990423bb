"""Story 12: what is on its way out, and what quality has to say to it."""

from __future__ import annotations

from decimal import Decimal

from domain.facts import Inspection, Lot, OrderLine
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE

VEHICLE = {"vehicle": "M-LK 77", "vehicle_fit": "yes", "seal": "S-1"}
HALVES = {"SH-9": "10", "SH-10": "10-2"}
"""Each with its line, as an order that is delivered in two parts has them."""


def inspected(covered: int) -> Inspection:
    """What the final inspection of the lot that both halves are taken from speaks for; none, and it is still owed."""
    result = "pass" if covered else "open"
    return Inspection(
        site=SITE, item="VALVE", lot="V1", inspection="final", result=result, covered=Decimal(covered)
    )  # fmt: skip


async def leaves(plant: RunningPlant, case: str) -> None:
    """The shipment of *case*, which lacks nothing, is let go, loaded and gone."""
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", **VEHICLE)
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.say(case, "ready_to_depart", "depart", by="emma", seal="S-1")
    await plant.take_over(case)
    await plant.until(case, "dispatched")


async def test_story_12_neither_half_of_an_uninspected_lot_leaves_before_the_whole_is_inspected(
    plant: RunningPlant,
) -> None:
    for name, line in HALVES.items():
        await plant.tell(*ready_shipment(plant.now, name=name, line=line, quantity=20), inspected(0))
    first, second = [(await plant.open("dispatch_release", by="emma", shipment=name)).case_id for name in HALVES]

    for case in (first, second):
        assert "V1" in (await plant.until(case, "gathering")).because
    await plant.tell(inspected(39))
    for case in (first, second):
        while (await plant.case(case)).assessment < 2:
            await plant.relay.once()
        await plant.until(case, "gathering")
    await plant.tell(inspected(40))
    await leaves(plant, first)
    await leaves(plant, second)

    assert [(await plant.fact(OrderLine, f"SO-1:{line}")).shipped for line in HALVES.values()] == [20, 20]
    assert (await plant.fact(Lot, "VALVE:V1")).quantity == 60
