"""What an order change may cost the engine; a feature that makes it dearer has to be worth it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from benchmarks.history import NOBODY_ASKED, ONE_DECISION, HistoryCost, cost_of
from tests.support.running_plant import RunningPlant


async def test_a_change_that_needs_nobody_keeps_to_its_budget(plant: RunningPlant) -> None:
    opened = await plant.change("SO-1", quantity="41")

    cost = await _cost_when_over(plant, opened.case_id)

    assert over(cost, NOBODY_ASKED) == []


async def test_a_decision_with_a_reminder_and_three_handoffs_keeps_to_its_budget(
    plant: RunningPlant,
) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    handle = await plant.handle(opened.case_id)

    await plant.pass_time(opened.case_id, timedelta(hours=2, minutes=1))
    await plant.answer(question, "expedite", by="boris")
    await plant.until(opened.case_id, "propagating")
    for handoff, by in zip(await plant.questions(opened.case_id), ("carla", "dev", "anna"), strict=True):
        await plant.answer(handoff, "acknowledge", by=by)
        await handle.query("snapshot")  # is answered once the case has looked, so that each answer wakes it by itself
    cost = await _cost_when_over(plant, opened.case_id)

    assert "reminded" in {line.action for line in await plant.trail(opened.case_id)}
    assert over(cost, ONE_DECISION) == []


def over(cost: HistoryCost, limit: HistoryCost) -> list[str]:
    """What *cost* has too much of."""
    had, may = asdict(cost), asdict(limit)
    return [f"{had[name]} {name} instead of {may[name]}" for name in may if had[name] > may[name]]


async def _cost_when_over(plant: RunningPlant, case_id: str) -> HistoryCost:
    await plant.until(case_id, "completed")
    handle = await plant.handle(case_id)
    await handle.result()
    return cost_of(await handle.fetch_history())
