"""Housings that are missing: how a case about them begins, goes on by itself and is waited for."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

from domain.fact import Fact
from domain.facts import Lot, LotStatus, Receipt
from domain.master_data import Calendar, Item, Person, Site, Transfer
from domain.roles import Role
from storage.tables.cases import CaseRow
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE


def housings(quantity: int, lot: str = "H1", status: LotStatus = LotStatus.UNRESTRICTED) -> Lot:
    """So many housings; ten are needed in eight days."""
    return Lot(site=SITE, item="HOUSING", lot=lot, quantity=Decimal(quantity), status=status)


async def short(plant: RunningPlant, *facts: Fact, **wanted: Any) -> str:
    """The case about housings, of which there are four, or as *facts* say."""
    await plant.tell(*(facts or (housings(4),)))
    return (await plant.open("shortage", by="carla", item="HOUSING", **wanted)).case_id


async def quiet_until(plant: RunningPlant, case: str, state: str, *topics: str) -> CaseRow:
    """The case in *state*, asking about *topics* if any are named, which it comes to once nothing changes any more."""
    for _ in range(40):
        asked = {question.draft["topic"] for question in await plant.questions(case)}
        if (await plant.case(case)).state == state and (not topics or asked == set(topics)):
            break
        await plant.pass_time(case, timedelta(minutes=1))
        await asyncio.sleep(0.1)  # the engine needs a moment to see that time has passed
    return await plant.until(case, state)


async def only_from_the_south(plant: RunningPlant, quantity: int, *, days: int) -> None:
    """Nobody sells housings, and the other site, where Sara plans and Stan manages, has so many, so many days away."""
    housing, site = await plant.fact(Item, "HOUSING"), await plant.fact(Site, SITE)
    calendar = await plant.fact(Calendar, "always")
    by_lorry = (Transfer(origin="south", days=Decimal(days)),)
    await plant.tell(
        housing.model_copy(update={"suppliers": (), "transfers": by_lorry}),
        housing.model_copy(update={"site": "south"}),
        site.model_copy(update={"site": "south"}),
        calendar.model_copy(update={"site": "south"}),
        Lot(site="south", item="HOUSING", lot="S1", quantity=Decimal(quantity)),
        Person(site="south", person="sara", name="Sara", roles=(Role.PLANNER,)),
        Person(site="south", person="stan", name="Stan", roles=(Role.PLANT_MANAGER,)),
    )


async def give(plant: RunningPlant, case: str, way: str, *people: str, quantity: int, cost: int = 75) -> None:
    """Those *people* of the other site agree to give so many housings away."""
    await plant.until(case, "sourcing")
    (asked,) = [one for one in await plant.questions(case) if one.draft["topic"] == f"can:{way}"]
    soon, good = (plant.now + timedelta(days=3)).isoformat(), (plant.now + timedelta(days=5)).isoformat()
    said = {"quantity": str(quantity), "at": soon, "cost": str(cost), "confidence": "sure", "valid_until": good}
    for name in people:
        await plant.answer(asked, "offered", by=name, **said)


async def awaited(plant: RunningPlant, case: str) -> Receipt:
    """What the case has asked for."""
    (effect,) = [row.body for row in await plant.effects(case) if row.body["kind"] == "request_supply"]
    return await plant.fact(Receipt, effect["request"])
