"""Story 4: a stopped line is helped out by another site, the lorry breaks down, and the order goes later."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.facts import Job, Lot, OrderLine, Reservation
from domain.master_data import Item
from storage.tables.cases import CaseRow
from tests.support.missing_housings import awaited, give, housings, only_from_the_south, quiet_until, short
from tests.support.running_plant import RunningPlant


async def followed(plant: RunningPlant, case: str, process: str) -> CaseRow:
    """The one case of *process* that *case* has set going."""
    (found,) = [one for one in await plant.caused_by(case) if one.process == process]
    return found


async def test_story_4_a_transfer_that_slips_moves_the_plan_and_then_the_order(plant: RunningPlant) -> None:
    await only_from_the_south(plant, 30, days=3)
    there = await plant.fact(Item, "HOUSING", site="south")
    case = await short(plant, housings(4), there.model_copy(update={"safety_stock": Decimal(5)}), line_stopped=True)
    assert (await plant.until(case, "counting")).because.startswith("S1: ")
    await plant.say(case, "counting", "as_recorded", by="willa")
    await give(plant, case, "transfer-south", "sara", quantity=25, cost=200)
    await plant.say(case, "awaiting_decision", "transfer-south", by="boris")
    await plant.until(case, "monitoring")
    coming = await awaited(plant, case)
    (asked,) = await plant.questions(case)
    held_back = await plant.fact(Reservation, f"HOUSING:{coming.receipt}:1", site="south")
    assert (asked.draft["topic"], coming.quantity, held_back.quantity) == ("warehouse", Decimal(6), Decimal(6))

    # The lorry has broken down, and all that the other site can spare is on it.
    late = plant.now + timedelta(days=14)
    left = Lot(site="south", item="HOUSING", lot="S1", quantity=Decimal(11))
    await plant.tell(coming.model_copy(update={"expected_at": late}), left)
    await quiet_until(plant, case, "awaiting_decision")
    await plant.agree(case, "awaiting_decision", "short")
    await plant.until(case, "monitoring")

    plan = await followed(plant, case, "schedule_adjustment")
    await plant.agree(plan.id, "awaiting_decision", "do_nothing")
    await plant.take_over(plan.id)
    await plant.until(plan.id, "effective")
    assert (await plant.fact(Job, "J-2")).starts_at >= late

    # What the shortage had proposed is overtaken by what the plan says.
    proposed = await followed(plant, case, "order_change")
    await plant.until(proposed.id, "superseded")
    change = await followed(plant, plan.id, "order_change")
    promised = (await plant.fact(OrderLine, "SO-2:10")).due_at
    await plant.agree(change.id, "awaiting_decision", "accept_as_asked")
    await plant.take_over(change.id)
    await plant.until(change.id, "completed")

    assert change.requester["id"] == proposed.requester["id"] == "lockstep"
    assert (await plant.fact(OrderLine, "SO-2:10")).due_at >= late > promised
