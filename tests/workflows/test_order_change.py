"""An order is changed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.facts import Job, OrderLine, Reservation
from tests.support.running_plant import RunningPlant


async def test_takes_a_small_increase_from_stock_without_asking_anybody(plant: RunningPlant) -> None:
    opened = await plant.change("SO-1", quantity="41")

    case = await plant.until(opened.case_id, "completed")

    assert (await plant.fact(OrderLine, "SO-1:10")).quantity == 41
    assert (await plant.fact(Reservation, "VALVE:SO-1:10")).quantity == 41
    assert case.chosen is not None
    assert case.chosen["name"] == "accept_as_asked"
    assert await plant.questions(opened.case_id) == []


async def test_asks_the_planner_and_makes_the_decision_true_everywhere(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await plant.answer(question, "expedite", by="boris")
    await plant.until(opened.case_id, "propagating")
    for handoff, by in zip(await plant.questions(opened.case_id), ("carla", "dev", "anna"), strict=True):
        await plant.answer(handoff, "acknowledge", by=by)
    await plant.until(opened.case_id, "completed")

    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 14
    assert (await plant.fact(Job, "J-2")).quantity == 14
